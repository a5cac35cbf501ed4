"""The room plan: who may import whom. Reads every import, also inside functions, and names the first wrong line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

BOTTOM = {"slaportal.web", "slaportal.outbox", "slaportal.audit", "slaportal.accounts"}
# Everybody has to name people, and rooms hand their ticks to the outbox: these modules are open to their peers.
PEOPLE = "slaportal.accounts.models"
READER = "slaportal.accounts.reader"
TICKS = "slaportal.outbox.ticks"

# Room → the rooms (or single modules) that it may import, besides itself. The longest matching name is the room.
MAY_IMPORT: dict[str, set[str]] = {
    "agreements.terms": set(),
    "slaportal.web": set(),
    "slaportal.outbox": {"slaportal.web", PEOPLE, READER},
    "slaportal.audit": {"slaportal.web", PEOPLE, READER, TICKS},
    "slaportal.accounts": {"slaportal.web", "slaportal.audit", "slaportal.outbox"},
    "agreements": {"agreements.terms", *BOTTOM},
    "leads": {"agreements", "agreements.terms", *BOTTOM},
    "kpis": {"leads", "agreements", "agreements.terms", *BOTTOM},
}
WIRING = "slaportal"
ROOMS = {*MAY_IMPORT, WIRING}
# The core is the standard library and pydantic, so that it tests in milliseconds and can be read alone.
FORBIDDEN_IN_CORE = {"django", "rest_framework", "celery", "redis", "psycopg2", "knox", "allauth", "slaportal"}


def room_of(module: str) -> str | None:
    """The room that a dotted module belongs to; None for the standard library and packages."""
    found = [room for room in ROOMS if module == room or module.startswith(f"{room}.")]
    return max(found, key=len) if found else None


def modules() -> list[Path]:
    """All modules of the project but the tests."""
    return sorted(path for top in ("slaportal", "agreements", "leads", "kpis") for path in (ROOT / top).rglob("*.py"))


def imports_of(path: Path, module: str) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of each import; relative ones are made absolute, `from a import b` names a.b."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def wrong_import(path: Path, root: Path = ROOT) -> str | None:
    """The first import of a module that the plan does not allow, as "file:line: …"."""
    parts = path.relative_to(root).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    room = room_of(module)
    for line, name in sorted(imports_of(path, module)):
        target = room_of(name)
        place = f"{path.relative_to(root)}:{line}"
        if room == "agreements.terms" and name.split(".")[0] in FORBIDDEN_IN_CORE:
            return f"{place}: the core imports {name}; it may import the standard library and pydantic only"
        if target in {None, room} or room == WIRING:
            continue
        if not any(target == allowed or name.startswith(f"{allowed}.") for allowed in MAY_IMPORT[room or ""]):
            return f"{place}: {room} may not import {name}"
    return None


def test_no_import_points_down() -> None:
    wrong = [found for path in modules() if (found := wrong_import(path))]
    assert wrong == [], wrong[0]


def test_nothing_stands_outside_the_rooms() -> None:
    assert (ROOT / "slaportal" / "__init__.py").read_text() == ""
    assert {path.relative_to(ROOT).parts[0] for path in modules()} == {"slaportal", "agreements", "leads", "kpis"}


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("agreements/models.py", "from leads.models import Lead"),
        ("agreements/models.py", "def late():\n    import kpis.rollups"),
        ("agreements/terms/rules.py", "from django.db import models"),
        ("agreements/terms/rules.py", "from .. import selectors"),
        ("agreements/terms/rules.py", "from agreements import selectors"),
        ("leads/services/intake.py", "from kpis import rollups"),
        ("leads/services/intake.py", "from slaportal import settings"),
        ("slaportal/web/policy.py", "from slaportal.accounts.models import User"),
        ("slaportal/web/policy.py", "from ..accounts import models"),
        ("slaportal/outbox/drain.py", "from slaportal.celery import app"),
        ("slaportal/audit/services.py", "from slaportal.outbox.services import send"),
        ("slaportal/outbox/drain.py", "from slaportal.accounts.services import invite"),
        ("slaportal/accounts/views.py", "if True:\n    from agreements.models import Agreement"),
    ],
)
def test_a_wrong_import_would_be_found(tmp_path: Path, file: str, source: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert str(wrong_import(path, tmp_path)).startswith(file)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("kpis/views.py", "from leads.models import Lead\nfrom agreements.terms.rules import parse"),
        ("agreements/terms/rules.py", "from . import calendar\nimport pydantic, datetime"),
        ("slaportal/accounts/views.py", "from slaportal.web.policy import public"),
        ("slaportal/urls.py", "import leads.urls, kpis.urls"),
        ("leads/api.py", "from django.db import models\nfrom .models import Lead"),
    ],
)
def test_a_right_import_passes(tmp_path: Path, file: str, source: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert wrong_import(path, tmp_path) is None
