"""Histories of leads made up for calibrations: what decides is known, and what only looks as if it did."""

from __future__ import annotations

from typing import Any

import numpy as np

CITIES = ("東京", "القاهرة", "Zürich", "São Paulo", "Jakarta", "Lyon", "北京", "Łódź")
Facts = dict[str, Any]


def history(n: int, *, rate: float = 0.3, strength: float = 1.0, seed: int = 7) -> tuple[list[Facts], list[int]]:
    """``n`` leads of which about ``rate`` won: more with more visits, in some cities, with a budget; and much noise."""
    random = np.random.default_rng(seed)
    visits = random.poisson(4, n)
    city = random.choice(len(CITIES), n, p=[0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05])
    has_budget = random.random(n) < 0.4
    logit = strength * ((visits - 4) * 0.5 + np.where(city < 2, 0.8, -0.4) + has_budget * 1.2)
    noise = random.logistic(size=n)
    won = logit + noise > np.quantile(logit + noise, 1 - rate)
    days = random.integers(1, 28, n)
    leads = [
        {
            "source": ("web", "fair", "Empfehlung")[int(random.integers(3))],
            "email": f"lead{i}@x{i}.example",
            "attributes.visits": str(visits[i]),
            "attributes.city": f" {CITIES[city[i]]} ",
            "attributes.budget": "はい" if has_budget[i] else "いいえ",
            "attributes.newsletter": bool(random.random() < 0.5),
            "attributes.employees": round(float(random.lognormal(4, 1)), 1) if random.random() < 0.7 else None,
            "attributes.signed_up_on": f"2026-0{random.integers(1, 10)}-{days[i]:02}",
            "attributes.session": f"{random.integers(1 << 60):x}",
            "attributes.note": "rare" if random.random() < 0.002 else "",
            "attributes.portal": "main",
            "attributes.number": 580_000 + i * 3,
        }
        for i in range(n)
    ]
    return leads, won.astype(int).tolist()
