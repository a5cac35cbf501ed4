"""Who works in the demo company. Addresses end in a domain that can never exist."""

from __future__ import annotations

from dataclasses import dataclass

from slaportal.accounts.demo import DOMAIN
from slaportal.accounts.models import Role, Side, Team, User

# Printed when the demo world is made: on this machine only, and only for people who exist nowhere else.
PASSWORD = "demo-world-2026"  # noqa: S105 - meant to be known


@dataclass(frozen=True)
class Cast:
    """The people by their part."""

    reps: tuple[User, ...]
    sales_manager: User
    marketer: User
    marketing_manager: User
    admin: User

    @property
    def everyone(self) -> tuple[User, ...]:
        return (*self.reps, self.sales_manager, self.marketer, self.marketing_manager, self.admin)


def make_cast(timezone: str) -> Cast:
    """The two teams and their people."""
    sales = Team.objects.create(name="Field Sales", side=Side.SALES)
    marketing = Team.objects.create(name="Marketing", side=Side.MARKETING)

    def person(name: str, role: str, team: Team | None) -> User:
        address = f"{name.split()[0].lower()}@{DOMAIN}"
        return User.objects.create_user(address, PASSWORD, name=name, role=role, team=team, timezone=timezone)

    return Cast(
        reps=(
            person("Sam Okoro", Role.REP, sales),
            person("Lena Fischer", Role.REP, sales),
            person("Noor El Amrani", Role.REP, sales),
        ),
        sales_manager=person("Maya Okoye", Role.SALES_MANAGER, sales),
        marketer=person("Mina Park", Role.MARKETER, marketing),
        marketing_manager=person("Mia Chen", Role.MARKETING_MANAGER, marketing),
        admin=person("Ada Nakamura", Role.ADMIN, None),
    )
