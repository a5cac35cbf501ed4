"""Every address of the site with arguments from the world, and who may open it: what the policies must equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from slaportal.accounts.models import Role
from tests.flows.world import World

ROLES = frozenset(Role.values)
MANAGERS = frozenset({Role.MARKETING_MANAGER.value, Role.SALES_MANAGER.value})
LEADERS = MANAGERS | {Role.ADMIN.value}
ADMIN = frozenset({Role.ADMIN.value})
SELLERS = frozenset({Role.REP.value, Role.SALES_MANAGER.value})
FEEDERS = LEADERS | {Role.MARKETER.value}

# Strangers open these too.
PUBLIC = frozenset(
    {
        *("healthz", "readyz", "set_language", "api-schema"),
        *("account_login", "account_logout", "account_inactive"),
        *("account_reset_password", "account_reset_password_done"),
        *("accounts:set-up", "accounts:password-link", "accounts:demo-entry"),
        "hubspot:hook",
        *("leads:hooks-webhook", "leads:hooks-form", "leads:hooks-form-thanks"),
        *("leads:hooks-script", "leads:hooks-site"),
    }
)
# Programs that sign what they send; whatever is not signed is answered by 401.
SIGNED = frozenset({"leads:hooks-webhook", "hubspot:hook"})
# What is not open to everybody who is logged in.
OPEN_TO: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            *("accounts:settings", "accounts:people", "accounts:person", "accounts:person-availability"),
            *("accounts:person-absences", "accounts:person-absence-removal", "audit:entries"),
            *("agreements:agreement-new", "agreements:template", "agreements:draft-start", "agreements:draft-propose"),
            *("agreements:segment", "agreements:place", "agreements:default", "agreements:retire"),
            "leads:would-change",
            *("agreements:draft-withdraw", "agreements:draft-discard", "agreements:draft-chapter"),
            "agreements:rule",
            *("goals:goals-draft", "kpis:calibration-draft"),
            *("agreements:draft-carry-over", "agreements:proposal-take", "agreements:proposal-decline"),
        ),
        LEADERS,
    ),
    **dict.fromkeys(
        (
            *("accounts:person-new", "accounts:person-details", "accounts:person-deactivation"),
            *("accounts:person-reactivation", "accounts:person-access-reset", "accounts:teams", "accounts:team-name"),
            *("hubspot:connection-new", "hubspot:connection", "hubspot:connection-edit", "hubspot:connection-secrets"),
            *("hubspot:connection-state", "hubspot:connection-pull", "hubspot:connection-retry"),
            "hubspot:connection-retirement",
            *("outbox:deliveries", "outbox:delivery-replay", "leads:set-aside-list", "leads:set-aside-retry"),
            *("leads:source-new", "leads:source-edit", "leads:source-state", "leads:source-secret"),
            *("leads:source-retirement", "leads:source-mapping"),
        ),
        ADMIN,
    ),
    **dict.fromkeys(
        (
            *("kpis:calibration", "kpis:calibration-start"),
            *(
                "kpis:visitors",
                "kpis:spend-entry",
                "leads:lead-export",
                "leads:import-list",
                "leads:import-new",
                "leads:import-map",
            ),
            *("leads:import-check", "leads:import-run", "leads:import-report", "leads:import-rejected"),
            *(
                "leads:import-handoff",
                "leads:import-undo",
                "leads:rescoring-handoff",
                "leads:draft-count-start",
                "leads:account-new",
                "leads:account-import",
            ),
            *("leads:duplicates", "leads:duplicates-look", "leads:lead-merge", "leads:lead-distinction"),
            "leads:merge-undo",
            *("leads:account-edit", "leads:account-target", "leads:account-removal"),
            *("leads:source-list", "leads:source", "leads:source-preview"),
        ),
        FEEDERS,
    ),
    **dict.fromkeys(
        (
            *("leads:handoff-attempts", "leads:handoff-acceptance", "leads:handoff-qualification"),
            *("leads:handoff-win", "leads:handoff-loss", "leads:handoff-return"),
        ),
        SELLERS,
    ),
    **dict.fromkeys(("agreements:draft-sign", "agreements:draft-open", "agreements:draft-request"), MANAGERS),
    "leads:handoff-assignment": frozenset({Role.SALES_MANAGER.value, Role.ADMIN.value}),
    "leads:handoff-path": frozenset({Role.MARKETER.value, Role.MARKETING_MANAGER.value}),
    "leads:lead-enrolment": ROLES - ADMIN,
    "leads:lead-handoff": MANAGERS | {Role.MARKETER.value},
    "leads:promise-reason": SELLERS | {Role.MARKETING_MANAGER.value},
}

# Open to more roles by policy, and then only to those who work on the very thing, or manage the very person.
READERS: dict[str, frozenset[str]] = {
    "leads:today-step": SELLERS,
    # The world's only agreement is the default one: it has no segment, no other place and no end.
    **dict.fromkeys(
        ("agreements:segment", "agreements:place", "agreements:default", "agreements:retire", "leads:would-change"),
        frozenset(),
    ),
    "accounts:person": frozenset({Role.SALES_MANAGER.value, Role.ADMIN.value}),
}
# These only take something; to look at them is answered by 405.
TAKES_ONLY = frozenset(
    {
        *("leads:duplicates-look", "leads:lead-distinction", "leads:merge-undo"),
        *("leads:account-target", "leads:account-removal"),
        *("leads:source-state", "leads:source-secret", "leads:source-retirement", "leads:hooks-webhook"),
        *("leads:hooks-form", "leads:hooks-site"),
        *("accounts:availability", "accounts:demo-entry", "accounts:person-absence-removal"),
        *(
            "goals:goals-draft",
            "accounts:person-absences",
            "accounts:person-access-reset",
            "accounts:person-availability",
        ),
        *("accounts:person-deactivation", "accounts:person-details", "accounts:person-reactivation"),
        *("accounts:team-name", "accounts:token-revocation", "agreements:draft-discard", "agreements:draft-propose"),
        *("agreements:draft-sign", "agreements:draft-start", "agreements:draft-withdraw", "kpis:visitors"),
        "kpis:spend-entry",
        *("agreements:rule", "kpis:calibration-start", "kpis:calibration-draft"),
        *("agreements:draft-open", "agreements:draft-request", "agreements:comment-resolution"),
        *("agreements:proposal-take", "agreements:proposal-decline"),
        "leads:rule-matches",
        *("leads:handoff-acceptance", "leads:handoff-assignment", "leads:handoff-attempts", "leads:handoff-loss"),
        *("leads:handoff-path", "leads:handoff-qualification", "leads:handoff-return", "leads:handoff-win"),
        *(
            "leads:import-handoff",
            "leads:import-undo",
            "leads:lead-enrolment",
            "leads:lead-handoff",
            "leads:promise-reason",
        ),
        *(
            "leads:rescoring-handoff",
            "leads:draft-count-start",
            "leads:set-aside-retry",
            "outbox:all-notifications-reading",
            "outbox:delivery-replay",
        ),
        *("outbox:notification-reading", "set_language", "hubspot:hook"),
        *("hubspot:connection-secrets", "hubspot:connection-state", "hubspot:connection-pull"),
        *("hubspot:connection-retry", "hubspot:connection-retirement"),
    }
)

# Not pages: they answer machines, are parts of pages or files; or there is nothing to see in a world with people.
NO_PAGES = frozenset(
    {
        *("leads:lead-export", "leads:import-rejected", "account_logout", "outbox:bell", "api-schema"),
        "agreements:version-pdf",
        "leads:hooks-script",
        *("healthz", "readyz", "accounts:set-up", "accounts:password-link"),
    }
)

# Which kind of source a page is about; the others show a webhook.
SOURCE_OF = dict.fromkeys(("leads:source-preview", "leads:hooks-form", "leads:hooks-form-thanks"), "form")
SOURCE_OF |= {"leads:source-edit": "form", "leads:hooks-site": "site"}


@dataclass(frozen=True)
class Route:
    """A named address: its path with the arguments' names, and its view."""

    name: str
    path: str
    view: Any

    @property
    def is_api(self) -> bool:
        return self.path.startswith("api/")

    @property
    def open_to(self) -> frozenset[str]:
        """The roles that may open it as people; programs are checked by their token."""
        return OPEN_TO.get(self.name, ROLES)


def routes() -> list[Route]:
    """All of them, as the URL configuration has them."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Route]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, prefix + str(one.pattern), one.namespace or namespace)
        elif isinstance(one, URLPattern):
            name = f"{namespace}:{one.name}" if namespace else str(one.name)
            yield Route(name, prefix + str(one.pattern), one.callback)


def address_of(route: Route, world: World) -> str:
    """The route's address for something that is there."""
    names = {name: str(_sample(route, name, world)) for name in _arguments(route)}
    return reverse(route.name, kwargs=names)


def _arguments(route: Route) -> list[str]:
    parts = [part.split(">")[0] for part in route.path.split("<")[1:]]
    return [part.rpartition(":")[2] for part in parts]


def _sample(route: Route, name: str, world: World) -> Any:
    plain = {"slug": "default", "number": 1, "chapter": "cadence", "path": "nurture-later", "token": "none"}
    plain |= {"template": "enterprise", "word": "definition-mql", "kind": "webhook"}
    named = {"job_id": world.job.pk, "notification_id": world.notification.pk, "message_id": world.message.pk}
    named |= {"clause": world.comment.clause, "comment": world.comment.public_id, "proposal": world.proposal.public_id}
    named |= {"handoff": world.handoff.public_id, "lead": world.lead.public_id}
    if route.name == "handoff-path":
        return world.returned.public_id
    if name in plain:
        return plain[name]
    return named[name] if name in named else _public_id(route, world)


def _public_id(route: Route, world: World) -> Any:
    """Addresses of all rooms call it public_id; what it names follows from where it stands."""
    path = route.path.removeprefix("api/")
    if "hubspot/" in path:
        return world.sources["hubspot"].public_id
    if path.startswith("imports/"):
        step = {"leads:import-map": "uploaded", "leads:import-check": "checked"}.get(route.name, "done")
        return world.imports[step].public_id
    if route.name == "leads:handoff-path":
        return world.returned.public_id
    if path.startswith(("leads/accounts/", "accounts/")):
        return world.account.public_id
    if path.startswith(("settings/sources/", "hooks/")):
        return world.sources[SOURCE_OF.get(route.name, "webhook")].public_id
    if "/comments/" in path:
        return world.comment.public_id
    if "/proposals/" in path:
        return world.proposal.public_id
    people = world.people
    rep = people[Role.REP.value]
    samples = {
        "leads/": world.lead.public_id,
        # No leads were merged in this world.
        "merges/": world.lead.public_id,
        "handoffs/": world.handoff.public_id,
        "today/": world.handoff.public_id,
        "promises/": world.broken.public_id,
        "me/tokens/": world.token,
        "settings/people/": rep.public_id,
        "settings/teams/": rep.team.public_id if rep.team else None,
    }
    return next(value for start, value in samples.items() if path.startswith(start))
