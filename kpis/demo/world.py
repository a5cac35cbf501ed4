"""The demo world: people, a signed agreement, three months of history, and a scene that is alive right now."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext as _

from agreements.models import AgreementVersion
from agreements.services import (
    add_comment,
    create_agreement,
    edit_draft,
    note_opening,
    propose_change,
    propose_version,
    request_changes,
    sign_version,
    start_draft,
)
from agreements.terms.calendar import WorkCalendar
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from kpis.demo.history import History
from kpis.demo.people import Cast, make_cast
from kpis.demo.prospects import prospects
from kpis.spend import save_spend
from kpis.visitors import record_visitors
from leads.drain import drain_events
from leads.intake import append_events, save_leads
from leads.models import SourceKind
from leads.months import Month
from leads.sources.keeping import add_source
from leads.sweep import sweep
from slaportal.outbox.models import Notification, OutboxMessage

DAYS = 92
# Where it is the middle of a working day somewhere, so that clocks run while you look.
ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Asia/Dubai",
    "Asia/Jakarta",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "America/Sao_Paulo",
)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = [["09:00", "18:00"]]
# Sources that cost something: their share of the leads, and about what one lead of them costs.
PAID = {"webinar": (0.18, 45), "fair": (0.1, 120), "partner": (0.1, 60)}
CONTACT_FORM = {"email": "E-mail", "name": "Name", "company": "Company", "message": "Message"}


def make_world(*, n_leads: int, now: datetime, seed: int = 7) -> Cast:
    """Fill an empty database; ``now`` is the end of the story. One transaction: half a world is none."""
    chance = Random(seed)  # noqa: S311 - a story, not a secret
    start = now - timedelta(days=DAYS)
    with transaction.atomic():
        terms = demo_terms(now)
        cast = make_cast(terms.calendar.timezone)
        version = sign_first_version(cast, terms, start)
        history = History(cast, version, now - timedelta(hours=1), chance)
        history.plan_ticks(start)
        history.plan_prospects(prospects(n_leads, start, now, chance))
        history.play()
        count_visitors(cast, now, n_leads, chance)
        count_costs(cast, now, n_leads, chance)
        add_contact_form(cast, start)
        set_the_scene(version, now)
        draft = propose_next_version(cast, version, now)
        discuss(cast, version, draft, now - timedelta(days=1))
        keep_the_past_quiet(now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return cast


def demo_terms(now: datetime) -> Terms:
    """The default terms with a calendar in which now is a working hour; today's weekday works even at a weekend."""
    zone = next((name for name in ZONES if 11 <= now.astimezone(ZoneInfo(name)).hour < 16), ZONES[0])
    today = WEEK[now.astimezone(ZoneInfo(zone)).weekday()]
    days = [day for day in WEEK if day in WEEK[:5] or day == today]
    chapters: dict[str, Any] = default_terms().as_dict()
    chapters["calendar"] = {"timezone": zone, "hours": dict.fromkeys(days, HOURS)}
    return Terms.parse(chapters)


def sign_first_version(cast: Cast, terms: Terms, at: datetime) -> AgreementVersion:
    """Version 1, proposed and signed by both managers the day before the story starts."""
    before = at - timedelta(days=1)
    version = create_agreement(
        slug="default", name=_("Agreement of Marketing and Sales"), by=cast.admin, terms=terms, at=before
    )
    propose_version(version=version, by=cast.marketing_manager, why=_("Our first agreement."), at=before)
    for manager in (cast.marketing_manager, cast.sales_manager):
        sign_version(version=version, by=manager, digest=version.digest, language="en", at=before)
    return version


def count_visitors(cast: Cast, now: datetime, n_leads: int, chance: Random) -> None:
    """Visitors of the months of the story, about forty for each lead."""
    month = Month.of(now, "UTC")
    for _back in range(4):
        count = round(n_leads / 3 * 40 * chance.uniform(0.85, 1.15))
        record_visitors(month=month.first, count=count, by=cast.marketer, at=now)
        month = month.previous


def count_costs(cast: Cast, now: datetime, n_leads: int, chance: Random) -> None:
    """What the paid sources cost in each month of the story, by lead."""
    month, rows = Month.of(now, "UTC"), []
    for _back in range(4):
        for source, (share, cost) in PAID.items():
            amount = round(n_leads / 3 * share * cost * chance.uniform(0.8, 1.2), -1)
            rows.append({"month": str(month), "source": source, "amount": str(amount), "currency": "EUR"})
        month = month.previous
    save_spend(rows, by=cast.marketer, at=now)


def add_contact_form(cast: Cast, at: datetime) -> None:
    """The form that the company's web site shows, ready to be pasted and tried."""
    fields = [{"name": name, "label": label, "required": name == "email"} for name, label in CONTACT_FORM.items()]
    options = {"event_type": "contact_request", "button": _("Send"), "fields": fields}
    add_source(kind=SourceKind.FORM, name="website-contact", options=options, by=cast.admin, at=at)


def set_the_scene(version: AgreementVersion, now: datetime) -> None:
    """What is going on right now: one demo request due in twelve minutes, one missed an hour ago, one just in."""
    clock = version.calendar()
    scene = (
        ("Aiko Mori", "Nordlys Software", 48),
        ("Dana Roy", "Acme Services", 98),
        ("Lea Petit", "Volta Systems", 3),
    )
    for number, (name, company, minutes) in sorted(enumerate(scene), key=lambda one: -one[1][2]):
        at = _ago(clock, now, minutes)
        row = {
            "external_id": f"NOW{number}",
            "source": "web",
            "email": f"{name.split()[0].lower()}@{company.split()[0].lower()}-today.example",
            "name": name,
            "company": company,
            "title": "Head of Operations",
            "phone": f"+81 3 5550 01{number:02}",
            "country": "Germany",
            "attributes": {"industry": "Software", "employees": "220"},
        }
        save_leads([row], source="web", by=None, at=at - timedelta(minutes=4))
        acts = (("page_view", {"path": "/pricing"}, 3), ("demo_request", {"path": "/demo"}, 0))
        events = [
            {
                "source": "web",
                "external_id": f"NOW{number}-{kind}",
                "lead": {"email": row["email"]},
                "type": kind,
                "occurred_at": (at - timedelta(minutes=before)).isoformat(),
                "properties": properties,
            }
            for kind, properties, before in acts
        ]
        append_events(events, by=None, at=at)
        drain_events(at)
    sweep(now)


def propose_next_version(cast: Cast, version: AgreementVersion, now: datetime) -> AgreementVersion:
    """A change under way: Marketing has signed, Sales has not."""
    at = now - timedelta(days=2)
    draft = start_draft(agreement=version.agreement, by=cast.marketing_manager, at=at)
    terms = draft.document.as_dict()
    terms["qualification"]["bands"]["interest"]["2"] = 25
    for promise in terms["commitments"]:
        if promise["kind"] == "first_response_hand_raise":
            promise["working_minutes"] = 120
    edit_draft(version=draft, terms=terms, expected_digest=draft.digest, by=cast.marketing_manager, at=at)
    propose_version(version=draft, by=cast.marketing_manager, why=_("The queue is over capacity on Mondays."), at=at)
    sign_version(version=draft, by=cast.marketing_manager, digest=draft.digest, language="en", at=at)
    return draft


def discuss(cast: Cast, version: AgreementVersion, draft: AgreementVersion, at: datetime) -> None:
    """What is said about it: a rep's comment, a marketer's proposal, and what Sales asks for before it signs."""
    promise = next(one for one in draft.document.commitments if one.kind == "first_response_hand_raise")
    returns = next(one for one in version.document.commitments if one.kind == "choose_path")
    add_comment(
        version=draft, clause=promise.id, text=_("On Mondays we have forty calls before noon."), by=cast.reps[0], at=at
    )
    propose_change(
        agreement=version.agreement,
        clause=returns.id,
        what=_("Choose the path of a returned lead within four working hours."),
        why=_("A lead that waits for a day has forgotten us."),
        by=cast.marketer,
        at=at,
    )
    note_opening(version=draft, by=cast.sales_manager, digest=draft.digest, language="en", at=at)
    request_changes(
        version=draft,
        by=cast.sales_manager,
        text=_("Two hours are too long from Tuesday to Friday. Let us try 90 minutes."),
        digest=draft.digest,
        at=at,
    )


def keep_the_past_quiet(now: datetime) -> None:
    """Nobody is mailed about what happened months ago, and only the last days' notices are unread."""
    OutboxMessage.objects.filter(done_at=None, created_at__lt=now - timedelta(hours=2)).update(done_at=now)
    Notification.objects.filter(read_at=None, created_at__lt=now - timedelta(days=2)).update(read_at=now)


def _ago(clock: WorkCalendar, now: datetime, minutes: int) -> datetime:
    """The latest moment with so many working minutes up to now."""
    at = now - timedelta(minutes=minutes)
    while clock.between(at, now) < minutes * 60:
        at -= timedelta(minutes=15)
    return clock.add(at, clock.between(at, now) - minutes * 60)
