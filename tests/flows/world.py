"""One of everything, so that every address has something to show; with texts that are as long and odd as real ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from agreements.models import Comment, Proposal
from agreements.services import (
    add_comment,
    create_agreement,
    edit_draft,
    propose_change,
    propose_version,
    sign_by_console,
    sign_version,
    start_draft,
)
from kpis.visitors import record_visitors
from leads.accounts.saving import save_accounts
from leads.attempts import log_attempt
from leads.drain import drain_events, keep_scores
from leads.handoff import accept_handoff, qualify_handoff, win_handoff
from leads.hubspot.troubles import note_trouble
from leads.imports import jobs
from leads.imports.guessing import samples_of, suggested_map
from leads.imports.storing import store_upload
from leads.intake import append_events, save_leads
from leads.models import Account, Commitment, Handoff, Lead, LeadImport, LeadSource, SourceKind
from leads.returns import return_handoff
from leads.sources.keeping import add_source
from leads.sources.receiving import keep_sample, receive_delivery
from leads.sweep import sweep
from slaportal.accounts.models import Absence, Role, Side, Team, User
from slaportal.accounts.tokens import create_token
from slaportal.outbox.drain import drain
from slaportal.outbox.models import Job, Notification, OutboxMessage
from slaportal.outbox.services import send
from tests.conftest import PASSWORD
from tests.flows.conftest import CHECKLIST, WANTED

# The odd ones: forty letters without a blank, a right-to-left name, a name of one word that breaks nowhere.
NAMES = (
    "Léa Petit",
    "Wolfeschlegelsteinhausenbergerdorffschmidt",
    "نور الهدى عبد الرحمن",
    "森 葵子",
    "Dana <b>Roy</b>",
    "Maximiliane-Philippine von Hohenlohe-Langenburg",
)
FILE = (
    "Prospect ID,Email,First Name,Company,Total Time Spent on Website,Lead Quality\n"
    "p1,ana@fjord.example,Ana,Fjord,674,Select\n"
    "p2,not an address,Bo,Fjord,12,High in Relevance\n"
    "p3,cy@fjord.example,Cy,,,Might be\n"
)


@dataclass(frozen=True)
class World:
    """The people by role, and the ids that the addresses need."""

    people: dict[str, User]
    lead: Lead
    handoff: Handoff
    returned: Handoff
    broken: Commitment
    imports: dict[str, LeadImport]
    account: Account
    job: Job
    notification: Notification
    message: OutboxMessage
    token: str
    comment: Comment
    proposal: Proposal
    sources: dict[str, LeadSource]


def make_world(now: datetime) -> World:
    """Fill an empty database; `now` is a working hour, and all that happens lies in the days before it."""
    people = make_people()
    version = sign_by_console(
        version=create_agreement(slug="default", name="Default", by=None, at=now - timedelta(days=60)),
        at=now - timedelta(days=60),
    )
    save_accounts([{"name": "Nordlys KK", "domains": ["nordlys.example"], "tier": "1"}], at=now - timedelta(days=30))
    handed = make_passes(people, now)
    sweep(now)
    draft = start_draft(agreement=version.agreement, by=people["marketing_manager"], at=now)
    terms = draft.document.as_dict()
    terms["commitments"][0]["working_minutes"] = 120
    edit_draft(version=draft, terms=terms, expected_digest=draft.digest, by=people["marketing_manager"], at=now)
    propose_version(version=draft, by=people["marketing_manager"], why="Mondays", at=now)
    sign_version(version=draft, by=people["marketing_manager"], digest=draft.digest, language="en", at=now)
    clause = version.document.commitments[0].id
    rep = people["rep"]
    comment = add_comment(version=draft, clause=clause, text="Two hours are <long>.", by=rep, at=now)
    proposal = propose_change(agreement=version.agreement, clause=clause, what="One hour", why="Speed", by=rep, at=now)
    record_visitors(month=now.date().replace(day=1), count=1234, by=people["marketer"], at=now)
    imports = make_imports(people["marketer"], now)
    send("email", key="dead", payload={"notification": "0"}, at=now)
    OutboxMessage.objects.filter(dedup_key="dead").update(dead_at=now, attempts=5, error="The server is away.")
    token, _ = create_token(owner=people["rep"], name="site", by=people["rep"], at=now)
    job = imports["done"].job
    assert job is not None
    return World(
        people=people,
        lead=handed[0].lead,
        handoff=handed[0],
        returned=handed[3],
        broken=Commitment.objects.filter(handoff=handed[0]).exclude(breached_at=None).get(),
        imports=imports,
        account=Account.objects.get(),
        job=job,
        notification=Notification.objects.filter(recipient=people["rep"]).order_by("created_at")[0],
        message=OutboxMessage.objects.get(dedup_key="dead"),
        token=str(token.public_id),
        comment=comment,
        proposal=proposal,
        sources=make_sources(people["admin"], now),
    )


def make_sources(admin: User, now: datetime) -> dict[str, LeadSource]:
    """One of each kind that anybody can make; the webhook has sent once."""
    kept = {}
    fields = [{"name": "email", "label": "Your <e-mail>", "required": True}]
    fields.append({"name": "attributes.Größe", "label": "Größe", "required": False})
    options = {"fields": fields, "event_type": "demo_request", "button": "Send", "origins": [], "consent": None}
    for kind in (SourceKind.WEBHOOK, SourceKind.FORM, SourceKind.SITE):
        chosen = options if kind == SourceKind.FORM else {}
        source, _ = add_source(kind=kind, name=f"Our {kind.value}", options=chosen, by=admin, at=now)
        kept[kind.value] = source
    body = {"lead": {"email": "zoe@fjord.example"}, "event": {"type": "demo_request"}}
    keep_sample(kept["webhook"], body, at=now)
    receive_delivery(source=kept["webhook"], delivery="msg_1", body=body, at=now)
    hubspot = LeadSource.objects.create(kind=SourceKind.HUBSPOT, name="HubSpot <EU>", created_at=now, updated_at=now)
    note_trouble(hubspot, "signature_wrong", at=now)
    kept["hubspot"] = hubspot
    return kept


def make_people() -> dict[str, User]:
    """One for each role, two more reps; those of the field under one manager."""
    field = Team.objects.create(name="Field Sales", side=Side.SALES)
    inside = Team.objects.create(name="Inside Sales", side=Side.SALES)
    marketing = Team.objects.create(name="Marketing", side=Side.MARKETING)

    def person(name: str, role: str, team: Team | None) -> User:
        address = f"{name.split()[0].lower()}@example.com"
        return User.objects.create_user(address, PASSWORD, name=name, role=role, team=team)

    people = {
        Role.REP.value: person("Sam Okoro", Role.REP, field),
        "colleague": person("Lena Fischer", Role.REP, field),
        "stranger": person("Otto Berg", Role.REP, inside),
        Role.SALES_MANAGER.value: person("Maya Haddad", Role.SALES_MANAGER, field),
        Role.MARKETER.value: person("Mina Park", Role.MARKETER, marketing),
        Role.MARKETING_MANAGER.value: person("Mia Laurent", Role.MARKETING_MANAGER, marketing),
        Role.ADMIN.value: person("Ada Nakamura", Role.ADMIN, None),
    }
    User.objects.filter(name__in=["Lena Fischer", "Otto Berg"]).update(is_available=False)
    Absence.objects.create(user=people["stranger"], starts_on="2026-11-01", ends_on="2026-11-30", note="Parental leave")
    return people


def make_passes(people: dict[str, User], now: datetime) -> list[Handoff]:
    """Six leads handed to Sam yesterday: broken, fresh, accepted, returned, won, and one that nobody has."""
    rep, opened = people["rep"], now - timedelta(days=1)
    rows = [
        {**WANTED, "name": name, "external_id": f"w{n}", "email": f"w{n}@nordlys.example"}
        for n, name in enumerate(NAMES)
    ]
    save_leads(rows, source="website", by=None, at=opened - timedelta(hours=1))
    handed = [raise_hand(n, at) for n, at in enumerate([opened, now, *[opened] * 3])]
    User.objects.filter(pk=rep.pk).update(is_available=False)
    handed.append(raise_hand(5, now))
    User.objects.filter(pk=rep.pk).update(is_available=True)
    for handoff in handed[2:5]:
        log_attempt(
            handoff=handoff, by=rep, channel="phone", outcome="reached", note="Rings back <soon> & gladly", at=opened
        )
    accept_handoff(handoff=handed[2], by=rep, at=opened)
    return_handoff(handoff=handed[3], reason="return-bad-timing", by=rep, note="Next year", at=now)
    accept_handoff(handoff=handed[4], by=rep, at=opened)
    qualify_handoff(handoff=handed[4], by=rep, checklist=CHECKLIST, at=opened)
    win_handoff(handoff=handed[4], amount="12500.00", by=rep, at=now)
    return handed


def raise_hand(number: int, at: datetime) -> Handoff:
    """The pass that a demo request of this lead opens."""
    lead = Lead.objects.get(external_id=f"w{number}")
    kinds = ("page_view", "demo_request")
    rows = [
        {
            "source": "website",
            "external_id": f"{number}-{kind}-{at.timestamp()}",
            "lead": {"id": str(lead.public_id)},
            "type": kind,
            "occurred_at": at.isoformat(),
            "properties": {"path": "/pricing?" + "very-long-campaign-parameter=" * 8},
        }
        for kind in kinds
    ]
    append_events(rows, by=None, at=at)
    drain_events(at)
    return Handoff.objects.get(lead=lead, closed_at=None)


def make_imports(by: User, now: datetime) -> dict[str, LeadImport]:
    """One import at each step, the last with a rejected row."""
    imports = {}
    for name in ("uploaded", "checked", "done"):
        found, file = store_upload([FILE.encode()], file_name=f"{name}-{'x' * 60}.csv", encoding="", by=by, at=now)
        if name != "uploaded":
            column_map = suggested_map(file.headers, samples_of(file))
            jobs.start_check(lead_import=found, column_map=column_map, by=by, at=now)
            drain(now)
        if name == "done":
            jobs.start_run(lead_import=found, by=by, at=now)
            drain(now)
            keep_scores(now)
        imports[name] = LeadImport.objects.get(pk=found.pk)
    return imports
