"""The connection's pages: set up, changed, paused, asked; by admins alone, and never a secret on them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads.hubspot.applying import apply_events
from leads.hubspot.options import STAGES_IN, STAGES_OUT, Options, secret_of, token_of
from leads.hubspot.troubles import note_trouble
from leads.hubspot.words import FAILED_WORDS, REFUSED_WORDS, trouble_words
from leads.models import HubSpotEvent, LeadSource
from slaportal.accounts.models import User
from slaportal.accounts.sealing import seal
from slaportal.audit.models import AuditEntry
from slaportal.outbox.models import Job
from tests.leads.hubspot.conftest import AT, SECRET, Deliver, change, event

pytestmark = pytest.mark.django_db

CHOICES = {
    "portal_id": "12345678",
    "allowed_signatures": ["v2"],
    "properties": "hs_lead_status\nindustry\n",
    "form_types": "a1-b2 = demo_request\nc3\n",
    "won_stages": "closedwon\n4711",
    "is_pushed": "on",
    **{f"in_{stage}": ours for stage, ours in STAGES_IN.items()},
    **{f"out_{stage}": theirs for stage, theirs in STAGES_OUT.items()},
    "in_other": "disqualified",
    "out_sal": "salesqualifiedlead",
    "pushed_lifecycle": "lifecyclestage",
    "pushed_band": "sla_band",
}


@pytest.fixture
def admin(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def address(name: str, source: LeadSource) -> str:
    return reverse(f"hubspot:connection{name}", args=[source.public_id])


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_admin_connects_and_the_list_leads_there(admin: Client) -> None:
    answer = admin.post(reverse("hubspot:connection-new"), {"name": "HubSpot EU"})
    source = LeadSource.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, address("", source))
    page = text(admin.get(address("", source)))
    assert f"/hooks/hubspot/{source.public_id}/" in page
    assert "every webhook is refused" in page
    assert address("", source) in text(admin.get(reverse("leads:source-list")))


def test_a_name_that_is_taken_is_refused(admin: Client, source: LeadSource) -> None:
    answer = admin.post(reverse("hubspot:connection-new"), {"name": "HubSpot"})
    assert answer.status_code == 422
    assert LeadSource.objects.count() == 1


def test_secrets_are_kept_sealed_and_never_shown(admin: Client, source: LeadSource) -> None:
    answer = admin.post(address("-secrets", source), {"secret": "", "token": "pat-eu1-very-secret"}, follow=True)
    source.refresh_from_db()
    assert (secret_of(source), token_of(source)) == (SECRET, "pat-eu1-very-secret")
    assert "very-secret" not in text(answer) + source.sealed + str(AuditEntry.objects.values_list("facts", flat=True))
    assert SECRET not in text(answer)
    assert AuditEntry.objects.get().facts == {"names": ["token"]}


def test_a_secret_with_a_blank_is_refused_and_not_repeated(admin: Client, source: LeadSource) -> None:
    answer = admin.post(address("-secrets", source), {"token": "pat eu1"})
    assert answer.status_code == 422
    assert "without blanks" in text(answer)
    assert "pat eu1" not in text(answer)


def test_the_choices_are_kept_and_shown_again(admin: Client, source: LeadSource) -> None:
    assert admin.post(address("-edit", source), CHOICES).status_code == 302
    source.refresh_from_db()
    options = Options.of(source)
    assert (options.portal_id, options.allowed_signatures) == ("12345678", ("v2",))
    assert options.properties == ("hs_lead_status", "industry")
    assert options.forms == {"a1-b2": "demo_request", "c3": "form_submission"}
    assert (options.stages_in["other"], options.stages_out["sal"]) == ("disqualified", "salesqualifiedlead")
    assert options.written_properties == {"lifecyclestage", "sla_band"}
    assert "a1-b2 = demo_request" in text(admin.get(address("-edit", source)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"portal_id": "my portal"},
        {"properties": "Lead Status"},
        {"form_types": "../../etc = x"},
        {"form_types": "a1 = Not A Type"},
        {"in_lead": "prospect"},
        {"out_lead": "prospect"},
        {"pushed_band": "SLA Band"},
        {"allowed_signatures": ["v4"]},
    ],
)
def test_a_choice_that_makes_no_sense_is_told_at_its_field(
    admin: Client, source: LeadSource, wrong: dict[str, Any]
) -> None:
    answer = admin.post(address("-edit", source), CHOICES | wrong)
    assert answer.status_code == 422
    assert "field__error" in text(answer)
    source.refresh_from_db()
    assert source.options == {}


def test_pausing_and_going_on(admin: Client, source: LeadSource) -> None:
    for word, is_active in (("no", False), ("yes", True)):
        admin.post(address("-state", source), {"is_active": word})
        source.refresh_from_db()
        assert source.is_active is is_active


def test_pull_now_needs_a_token_and_starts_one_job(admin: Client, source: LeadSource) -> None:
    refused = admin.post(address("-pull", source))
    assert (refused.status_code, "token first" in text(refused)) == (422, True)
    LeadSource.objects.update(sealed=seal({"token": "pat-1"}))
    for _ in range(2):
        assert admin.post(address("-pull", source)).status_code == 302
    assert Job.objects.count() == 1
    assert f"job-{Job.objects.get().pk}" in text(admin.get(address("", source)))


def test_the_page_says_what_came_and_what_was_refused(admin: Client, source: LeadSource, deliver: Deliver) -> None:
    deliver([change(1, "company", "Acme"), event(2, "company.creation"), event(3, "contact.deletion", objectId=9)])
    deliver([], headers={"X-HubSpot-Signature-v3": "x", "X-HubSpot-Request-Timestamp": "1"})
    apply_events(AT)
    note_trouble(source, "bad_email", at=AT, contact="7", value="<b>x</b>")
    page = text(admin.get(address("", source)))
    for words in ("Events counted", "older than five minutes", "its type means nothing here", "nobody we know"):
        assert words in page
    assert "Contact 7: “&lt;b&gt;x&lt;/b&gt;” is not an e-mail address." in page


def test_what_was_set_aside_is_tried_again(admin: Client, source: LeadSource, deliver: Deliver) -> None:
    deliver([change(1, "company", "Acme")])
    HubSpotEvent.objects.update(applied_at=AT, outcome="set_aside", attempts=5)
    assert "Try again what was set aside" in text(admin.get(address("", source)))
    admin.post(address("-retry", source))
    assert apply_events(AT) == 1


def test_a_connection_that_has_ended_takes_nothing(admin: Client, source: LeadSource, deliver: Deliver) -> None:
    admin.post(address("-retirement", source))
    assert deliver([change(1, "company", "Acme")]).status_code == 404
    assert admin.post(address("-secrets", source), {"token": "pat-1"}).status_code == 422
    assert admin.post(address("-edit", source), CHOICES).status_code == 422
    assert admin.get(address("", source)).status_code == 200


@pytest.mark.parametrize("name", ["mina", "sam", "maya"])
def test_others_are_not_let_in(request: pytest.FixtureRequest, source: LeadSource, name: str) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(name))
    assert client.get(address("", source)).status_code == 403
    assert client.post(address("-secrets", source), {"token": "pat-1"}).status_code == 403


def test_another_kind_of_source_has_no_such_page(admin: Client, source: LeadSource) -> None:
    assert admin.get(reverse("leads:source", args=[source.public_id])).status_code == 404
    LeadSource.objects.update(kind="webhook")
    assert admin.get(address("", source)).status_code == 404


@pytest.mark.parametrize("code", [*REFUSED_WORDS, *FAILED_WORDS])
def test_every_trouble_has_words_without_holes(code: str) -> None:
    facts = {"portal": 1, "form": "f", "contact": 2, "type": "t", "limit": 3, "detail": "d", "status": 500}
    assert "%(" not in trouble_words(code, facts)
    assert trouble_words(code, {}) != code
