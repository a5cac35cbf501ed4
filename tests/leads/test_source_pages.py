"""The settings of sources: made, mapped, paused, renewed and ended by admins, read by those who feed leads in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from leads.models import Deal, Lead, LeadEvent, LeadIdentity, LeadSource, SourceKind
from leads.sources.counting import count
from leads.sources.keeping import add_source, retire_source
from leads.sources.receiving import keep_sample
from slaportal.accounts.models import User
from slaportal.accounts.sealing import unseal
from slaportal.accounts.tokens import create_token
from slaportal.audit.models import AuditEntry

NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def admin(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def hook(ada: User) -> LeadSource:
    return add_source(kind=SourceKind.WEBHOOK, name="crm", options={}, by=ada, at=NOW)[0]


def test_an_empty_list_says_what_to_do(admin: Client) -> None:
    page = admin.get("/settings/sources/").content.decode()
    assert "No sources yet." in page
    assert "/settings/sources/new/webhook/" in page


def test_a_new_webhook_shows_its_secret_once(admin: Client) -> None:
    answer = admin.post("/settings/sources/new/webhook/", {"name": "crm", "event_type": "demo_request"})
    assert answer.status_code == 201
    source = LeadSource.objects.get()
    secret = unseal(source.sealed)["secret"]
    assert secret in answer.content.decode()
    assert secret not in admin.get(f"/settings/sources/{source.public_id}/").content.decode()
    assert secret not in str(AuditEntry.objects.values())
    assert source.options == {"event_type": "demo_request"}
    assert "crm" in admin.get("/settings/sources/").content.decode()


def test_a_name_is_given_once(admin: Client, hook: LeadSource) -> None:
    answer = admin.post("/settings/sources/new/webhook/", {"name": "crm"})
    assert answer.status_code == 422
    assert "There is a source of this name already." in answer.content.decode()
    assert LeadSource.objects.count() == 1


def from_elsewhere(fact: str, make_lead: Callable[..., Lead]) -> None:
    """A fact of this kind, and of no other, that carries the name "partner"."""
    lead = make_lead(source="partner" if fact == "lead" else "fair")
    named = {"source": "partner", "external_id": "7", "lead": lead}
    if fact == "identity":
        LeadIdentity.objects.create(**named)
    if fact == "event":
        LeadEvent.objects.create(**named, type="call", occurred_at=NOW, received_at=NOW)
    if fact == "deal":
        Deal.objects.create(**named, created_at=NOW, changed_at=NOW)


@pytest.mark.parametrize("path", ["new/webhook/", "new/site/", "hubspot/new/"])
@pytest.mark.parametrize("fact", ["lead", "identity", "event", "deal"])
def test_the_name_of_what_came_otherwise_is_refused(
    admin: Client, make_lead: Callable[..., Lead], fact: str, path: str
) -> None:
    from_elsewhere(fact, make_lead)
    entries = {"name": "partner", "origins": "https://www.example.com"}
    answer = admin.post(f"/settings/sources/{path}", entries)
    assert answer.status_code == 422
    assert "carry this name as their source already. Choose another" in answer.content.decode()
    assert not LeadSource.objects.exists()
    assert admin.post(f"/settings/sources/{path}", entries | {"name": "partner 2"}).status_code in {201, 302}


@pytest.mark.parametrize(
    ("path", "entries"),
    [
        ("new/webhook/", {"name": ""}),
        ("new/webhook/", {"name": "a", "event_type": "Demo Request"}),
        ("new/webhook/", {"name": "a\0b"}),
    ],
)
def test_a_wrong_entry_is_told(admin: Client, path: str, entries: dict[str, str]) -> None:
    assert admin.post(f"/settings/sources/{path}", entries).status_code == 422
    assert not LeadSource.objects.exists()


@pytest.mark.parametrize("kind", ["hubspot", "anything"])
def test_there_is_no_such_kind_to_make(admin: Client, kind: str) -> None:
    assert admin.get(f"/settings/sources/new/{kind}/").status_code == 404


def test_pause_go_on_renew_and_end(admin: Client, hook: LeadSource) -> None:
    page = f"/settings/sources/{hook.public_id}/"
    assert "Paused" in admin.post(f"{page}state/", {"is_active": "no"}, follow=True).content.decode()
    assert "Pause<" in admin.post(f"{page}state/", {"is_active": "yes"}, follow=True).content.decode()
    old = unseal(hook.sealed)["secret"]
    renewed = admin.post(f"{page}secret/").content.decode()
    hook.refresh_from_db()
    kept = unseal(hook.sealed)
    assert (kept["previous"], kept["secret"] in renewed) == (old, True)
    assert "Ended" in admin.post(f"{page}retirement/", follow=True).content.decode()
    for act, entries in (("state/", {"is_active": "yes"}), ("secret/", {}), ("edit/", {"event_type": "x"})):
        refused = admin.post(f"{page}{act}", entries)
        assert (refused.status_code, "This source has ended" in refused.content.decode()) == (422, True)
    actions = list(AuditEntry.objects.filter(on=f"source:{hook.public_id}").values_list("action", flat=True))
    assert sorted(actions) == [
        "source.added",
        "source.paused",
        "source.resumed",
        "source.retired",
        "source.secret_renewed",
    ]


def test_those_that_have_ended_come_last(admin: Client, hook: LeadSource, ada: User) -> None:
    for name in ("aaa", "zzz"):
        add_source(kind=SourceKind.WEBHOOK, name=name, options={}, by=ada, at=NOW)
    retire_source(public_id=LeadSource.objects.get(name="aaa").public_id, by=ada, at=NOW)
    page = admin.get("/settings/sources/").content.decode()
    assert sorted(("aaa", "crm", "zzz"), key=lambda name: page.index(f"<bdi>{name}</bdi>")) == ["crm", "zzz", "aaa"]


def test_a_mapping_is_tried_on_the_last_body_and_saved(admin: Client, hook: LeadSource) -> None:
    page = f"/settings/sources/{hook.public_id}/mapping/"
    assert "Nothing has come yet." in admin.get(page).content.decode()
    keep_sample(hook, {"answers": [{"mail": "dana@acme.example", "size": 40}]}, at=timezone.now())
    entries: dict[str, Any] = {"lead_email": "answers.0.mail", "attributes": "employees = answers.0.size"}
    tried = admin.post(page, {**entries, "look": "yes"}).content.decode()
    assert tried.count("<dd><bdi>dana@acme.example</bdi></dd>") == 2
    assert "<dt><bdi>employees</bdi></dt><dd><bdi>40</bdi></dd>" in tried
    hook.refresh_from_db()
    assert "mapping" not in hook.options
    assert admin.post(page, entries).status_code == 302
    hook.refresh_from_db()
    kept = hook.options["mapping"]
    assert (kept["lead"], kept["attributes"]) == ({"email": "answers.0.mail"}, {"employees": "answers.0.size"})
    assert 'value="answers.0.mail"' in admin.get(page).content.decode()


@pytest.mark.parametrize("line", ["no path", "= a", "a =", "x" * 201 + " = a", "a = " + "b" * 201])
def test_a_line_that_maps_nothing_is_told(admin: Client, hook: LeadSource, line: str) -> None:
    answer = admin.post(f"/settings/sources/{hook.public_id}/mapping/", {"attributes": line})
    assert answer.status_code == 422


def test_those_who_feed_leads_in_read_and_nobody_else_changes(
    hook: LeadSource, mina: User, mia: User, maya: User, sam: User
) -> None:
    page = f"/settings/sources/{hook.public_id}/"
    for reader in (mina, mia, maya):
        client = Client()
        client.force_login(reader)
        shown = client.get(page)
        assert (shown.status_code, b"End this source" in shown.content) == (200, False)
        assert {client.post(f"{page}{act}/").status_code for act in ("state", "secret", "retirement")} == {403}
    client = Client()
    client.force_login(sam)
    assert client.get(page).status_code == 403


@pytest.mark.parametrize(("who", "status"), [("mina", 200), ("sam", 403)])
def test_a_program_sees_how_each_source_fares(request: Any, hook: LeadSource, who: str, status: int) -> None:
    person = request.getfixturevalue(who)
    count(hook, "received", at=timezone.now(), n=2)
    count(hook, "refused", at=timezone.now())
    _, text = create_token(owner=person, name="watch", by=person)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    answer = client.get("/api/sources/")
    assert answer.status_code == status
    told = answer.json()["results"][0] if status == 200 else {"state": "on", "received_today": 2, "refused_lately": 1}
    assert (told["state"], told["received_today"], told["refused_lately"]) == ("on", 2, 1)
    assert "sealed" not in told
