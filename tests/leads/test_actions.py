"""What people do with a lead over HTTP: done, refused as the form again, not theirs, twice, without a script."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from agreements.models import AgreementVersion
from leads.attempts import log_attempt
from leads.breaches import explain_breach
from leads.handoff import accept_handoff, hand_off
from leads.models import Commitment, ContactAttempt, Enrollment, Handoff, Lead, Return
from leads.returns import return_handoff
from leads.sweep import sweep
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from slaportal.web.refusals import Refused, known_codes
from tests.leads.conftest import OPENED
from tests.leads.pages import HTMX, html, reader, text

NOW = OPENED + timedelta(minutes=20)
REACHED = {"channel": "phone", "outcome": "phone.reached", "note": "Call on Tuesday"}
MakeLead = Callable[..., Lead]


@pytest.fixture(autouse=True)
def twenty_minutes_later() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def returned(handed: Handoff, sam: User) -> Return:
    """Sam has given the lead back for want of a need."""
    return return_handoff(handoff=handed, reason="return-no-need", by=sam, at=OPENED + timedelta(minutes=5))


def url(name: str, thing: Any) -> str:
    return reverse(f"leads:{name}", args=[thing.public_id])


# ------------------------------------------------------------------- attempts


def test_an_attempt_is_logged_and_without_a_script_the_reader_is_back_on_today(handed: Handoff, sam: User) -> None:
    answer = reader(sam).post(url("handoff-attempts", handed), {**REACHED, "place": "today"}, follow=True)

    attempt = ContactAttempt.objects.get()
    assert (attempt.channel, attempt.outcome, attempt.note, attempt.by) == ("phone", "reached", "Call on Tuesday", sam)
    assert answer.redirect_chain == [("/", 302)]
    assert "First response to Dana Roy after 20 min; the promise was 4 h." in text(answer)


def test_an_attempt_with_htmx_brings_the_new_queue_and_says_so(handed: Handoff, sam: User) -> None:
    answer = reader(sam).post(url("handoff-attempts", handed), {**REACHED, "place": "today"}, **HTMX)

    assert html(answer).startswith('<section class="queue" id="queue"')
    assert "Attempt 2 of 8 · e-mail" in text(answer)
    assert "autofocus" in html(answer)
    assert "First response to Dana Roy" in answer["HX-Trigger-After-Swap"]


def test_the_lead_page_gets_its_own_body_back(handed: Handoff, sam: User) -> None:
    answer = reader(sam).post(url("handoff-attempts", handed), {**REACHED, "place": "lead"}, **HTMX)

    assert html(answer).startswith('<div class="lead" id="lead"')
    assert "Attempt by phone: Reached" in text(answer)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"channel": "phone"}, "Choose how it ended."),
        ({"channel": "email", "outcome": "phone.reached"}, "Choose how it ended."),
        ({"channel": "phone", "outcome": "phone.singing"}, "Choose how it ended."),
        ({"channel": "pigeon", "outcome": "pigeon.sent"}, "Choose how it ended."),
    ],
)
@pytest.mark.parametrize("place", ["today", "lead"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_attempt_that_makes_no_sense_is_the_form_again(
    handed: Handoff, sam: User, given: dict[str, str], said: str, place: str, headers: dict[str, str]
) -> None:
    answer = reader(sam).post(
        url("handoff-attempts", handed), {**given, "note": "Kept words", "place": place}, **headers
    )

    assert answer.status_code == 422
    assert said in text(answer)
    assert "Kept words" in html(answer)
    assert not ContactAttempt.objects.exists()


def test_the_same_form_sent_twice_logs_one_attempt(handed: Handoff, sam: User) -> None:
    client, given = reader(sam), {**REACHED, "key": str(uuid.uuid4())}
    answers = [client.post(url("handoff-attempts", handed), given) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert ContactAttempt.objects.count() == 1


def test_every_form_has_a_key_of_its_own(handed: Handoff, sam: User) -> None:
    client = reader(sam)
    keys = [re.search(r'name="key" value="([^"]+)"', html(client.get("/"))) for _ in range(2)]

    assert len({found[1] for found in keys if found}) == 2


def test_only_those_whose_lead_it_is_log_attempts(handed: Handoff, otto: User, mina: User, ada: User) -> None:
    address = url("handoff-attempts", handed)
    answers = [reader(user).post(address, REACHED).status_code for user in (otto, mina, ada)]

    assert answers == [403, 403, 403]
    assert not ContactAttempt.objects.exists()


def test_the_manager_of_the_team_may_log_too(handed: Handoff, maya: User) -> None:
    assert reader(maya).post(url("handoff-attempts", handed), REACHED).status_code == 302
    assert ContactAttempt.objects.get().by == maya


def test_an_unknown_handoff_is_not_found_and_a_get_is_not_allowed(handed: Handoff, sam: User) -> None:
    client = reader(sam)

    assert client.post(reverse("leads:handoff-attempts", args=[uuid.uuid4()]), REACHED).status_code == 404
    assert client.get(url("handoff-attempts", handed)).status_code == 405


# ------------------------------------------------------------------- forms in includes carry their proof of origin


def proof(page: Any) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert found
    return found[1]


def forms_of(page: Any) -> list[str]:
    """The markup of each form that is sent by POST."""
    return re.findall(r'<form[^>]*method="post".*?</form>', page.content.decode(), flags=re.DOTALL)


def test_every_form_of_every_page_proves_where_it_comes_from(
    handed: Handoff, returned: Return, sam: User, maya: User, mina: User, make_lead: MakeLead
) -> None:
    open_one = hand_off(lead=make_lead(), trigger="manual", at=OPENED)
    assert open_one is not None
    accept_handoff(handoff=open_one, by=sam, at=OPENED)
    hand_off(lead=make_lead(), trigger="hand_raise", at=OPENED - timedelta(days=3))
    sweep(NOW)
    addresses = [(user, path) for user in (sam, maya, mina) for path in ("/", url("lead", handed.lead))]
    addresses += [(maya, url("lead", open_one.lead)), (sam, url("lead", open_one.lead))]

    forms = [form for user, path in addresses for form in forms_of(reader(user).get(path))]

    assert len(forms) > 25
    assert [form for form in forms if "csrfmiddlewaretoken" not in form] == []


def test_a_post_is_taken_with_its_proof_and_refused_without(handed: Handoff, sam: User) -> None:
    client = reader(sam, enforce_csrf_checks=True)
    token = proof(client.get("/"))
    address = url("handoff-attempts", handed)

    assert client.post(address, REACHED).status_code == 403
    assert client.post(address, {**REACHED, "csrfmiddlewaretoken": token}).status_code == 302


# ------------------------------------------------------------------- decisions


def test_accept_qualify_win_one_after_the_other(handed: Handoff, sam: User) -> None:
    client = reader(sam)
    points = {point.id: "on" for point in handed.version.document.qualification.sql.checklist}
    answers = [
        client.post(url("handoff-acceptance", handed)),
        client.post(url("handoff-qualification", handed), points),
        client.post(url("handoff-win", handed), {"amount": "12 500,50"}),
    ]

    handed.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert (handed.outcome, str(handed.amount), handed.lead.public_id) == ("won", "12500.50", handed.lead.public_id)
    assert Lead.objects.get().stage == "customer"


@pytest.mark.parametrize(
    ("typed", "amount"), [("1,250", "1250.00"), ("1,5", "1.50"), ("1 000", "1000.00"), ("1,250.75", "1250.75")]
)
def test_amounts_are_read_as_people_type_them(accepted: Handoff, sam: User, typed: str, amount: str) -> None:
    assert reader(sam).post(url("handoff-win", accepted), {"amount": typed}).status_code == 302
    assert str(Handoff.objects.get().amount) == amount


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("handoff-qualification", {"sql-need": "on"}, "Still missing"),
        ("handoff-win", {"amount": "0"}, "Enter the amount of the deal: a number greater than zero"),
        ("handoff-win", {"amount": ""}, "Enter the amount of the deal."),
        ("handoff-win", {"amount": "plenty"}, "Enter the amount of the deal: a number greater than zero"),
        ("handoff-loss", {"reason": " "}, "Say in a few words why the deal was lost."),
        ("handoff-acceptance", {}, "Somebody was faster"),
        ("handoff-return", {}, "Choose a reason."),
        ("handoff-return", {"reason": "return-whim"}, "The agreement knows no such reason."),
        ("handoff-return", {"reason": "return-competitor"}, "This reason needs a note."),
        ("handoff-return", {"reason": "return-unreachable"}, "This reason opens after 6 attempts"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refusal_is_the_lead_page_with_the_form_open_and_the_reason(
    accepted: Handoff, sam: User, name: str, given: dict[str, str], said: str, headers: dict[str, str]
) -> None:
    answer = reader(sam).post(url(name, accepted), given, **headers)

    assert answer.status_code == 422
    assert said in text(answer)
    accepted.refresh_from_db()
    assert accepted.state == "accepted"


def test_the_refused_form_keeps_what_was_typed(accepted: Handoff, sam: User) -> None:
    answer = html(reader(sam).post(url("handoff-return", accepted), {"reason": "return-competitor", "note": ""}))

    assert '<details class="doing" id="return" open>' in answer
    assert re.search(r'id="return-return-competitor" value="return-competitor" checked', answer)


def test_a_lost_deal_and_a_return_close_the_handoff(accepted: Handoff, sam: User, make_lead: MakeLead) -> None:
    other = hand_off(lead=make_lead(), trigger="manual", at=OPENED)
    assert other is not None
    client = reader(sam)
    lost = client.post(url("handoff-loss", accepted), {"reason": "Price"})
    given_back = client.post(
        url("handoff-return", other), {"reason": "return-no-need", "note": "", "place": "today"}, follow=True
    )

    assert lost.status_code == 302
    assert "is back with Marketing, in the path “Awareness”." in text(given_back)
    assert list(Handoff.objects.order_by("pk").values_list("outcome", flat=True)) == ["lost", "returned"]


# ------------------------------------------------------------------- reassigning


def test_a_manager_reassigns_from_today(handed: Handoff, maya: User, lena: User) -> None:
    answer = reader(maya).post(
        url("handoff-assignment", handed), {"rep": str(lena.public_id), "place": "today"}, **HTMX
    )

    assert "Dana Roy is with Lena Fischer now." in text(answer)
    assert Handoff.objects.get().rep == lena


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_rep_who_is_away_is_not_given_leads(handed: Handoff, maya: User, lena: User, headers: dict[str, str]) -> None:
    User.objects.filter(pk=lena.pk).update(is_available=False)

    answer = reader(maya).post(
        url("handoff-assignment", handed), {"rep": str(lena.public_id), "place": "today"}, **headers
    )

    assert answer.status_code == 422
    assert "Lena Fischer is not available for leads now." in text(answer)
    assert Handoff.objects.get().rep != lena


def test_reps_do_not_reassign_and_managers_only_in_their_team(
    handed: Handoff, sam: User, lena: User, make_user: Callable[..., User], inside_sales: Any
) -> None:
    other = make_user("Olaf Outside", "sales_manager", inside_sales)
    given = {"rep": str(lena.public_id)}

    answers = [reader(user).post(url("handoff-assignment", handed), given).status_code for user in (sam, other)]

    assert answers == [403, 403]


# ------------------------------------------------------------------- Marketing's turn


def test_marketing_chooses_the_path_on_today(returned: Return, mina: User) -> None:
    given = {"path": "nurture-later", "place": "today"}
    answer = reader(mina).post(url("handoff-path", returned.handoff), given, **HTMX)

    assert html(answer).startswith('<section class="choices section" id="choices"')
    assert "Dana Roy is in the path “Later” now." in text(answer)
    assert Return.objects.get().path_chosen_by == mina


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("place", ["today", "lead"])
def test_a_path_that_is_not_agreed_is_refused(
    returned: Return, mina: User, headers: dict[str, str], place: str
) -> None:
    given = {"path": "nurture-forever", "place": place}

    assert reader(mina).post(url("handoff-path", returned.handoff), given, **headers).status_code == 422
    assert Return.objects.get().path_chosen_at is None


def test_a_path_is_chosen_once_and_by_marketing_alone(returned: Return, mina: User, mia: User, maya: User) -> None:
    address, given = url("handoff-path", returned.handoff), {"path": "nurture-later"}
    answers = [reader(user).post(address, given).status_code for user in (maya, mina, mia)]

    assert answers == [403, 302, 422]


def test_a_handoff_that_was_not_returned_has_no_path_to_choose(handed: Handoff, mina: User) -> None:
    assert reader(mina).post(url("handoff-path", handed), {"path": "nurture-later"}).status_code == 404


def test_a_lead_is_enrolled_by_hand(active_terms: AgreementVersion, make_lead: MakeLead, sam: User) -> None:
    lead = make_lead()
    answer = reader(sam).post(url("lead-enrolment", lead), {"path": "nurture-awareness"}, follow=True)

    assert Enrollment.objects.get(lead=lead).by == sam
    assert "Dana Roy is in the path “Awareness” now." in text(answer)


def test_enrolling_is_refused_while_sales_has_the_lead_or_the_path_is_unknown(
    handed: Handoff, make_lead: MakeLead, mina: User, ada: User
) -> None:
    client = reader(mina)
    with_sales = client.post(url("lead-enrolment", handed.lead), {"path": "nurture-awareness"})
    unknown = client.post(url("lead-enrolment", make_lead()), {"path": "nowhere"})
    by_admin = reader(ada).post(url("lead-enrolment", make_lead()), {"path": "nurture-awareness"})

    assert "This lead is with Sales now." in text(with_sales)
    assert [with_sales.status_code, unknown.status_code, by_admin.status_code] == [422, 422, 403]


def test_marketing_hands_a_lead_over_by_hand_once(
    active_terms: AgreementVersion, make_lead: MakeLead, mina: User, sam: User
) -> None:
    lead = make_lead()
    client = reader(mina)
    first = client.post(url("lead-handoff", lead), follow=True)
    second = client.post(url("lead-handoff", lead))

    assert "Dana Roy is with Sam Okoro now." in text(first)
    assert second.status_code == 422
    assert Handoff.objects.get().trigger == "manual"


def test_a_rep_hands_nothing_over_and_a_closed_lead_is_refused(
    active_terms: AgreementVersion, make_lead: MakeLead, mina: User, sam: User
) -> None:
    address = url("lead-handoff", make_lead(stage="disqualified"))

    assert reader(sam).post(address).status_code == 403
    assert reader(mina).post(address).status_code == 422


# ------------------------------------------------------------------- reasons of breaches


@pytest.fixture
def broken(handed: Handoff) -> Commitment:
    """Nobody called in time."""
    sweep(OPENED + timedelta(days=1))
    return Commitment.objects.get(kind="first_response")


def test_the_reason_of_a_breach_is_kept_and_leaves_the_list(broken: Commitment, sam: User) -> None:
    with time_machine.travel(OPENED + timedelta(days=1), tick=False):
        answer = reader(sam).post(url("promise-reason", broken), {"reason": " Ill  all day "}, **HTMX)

    broken.refresh_from_db()
    assert broken.breach_reason == "Ill all day"
    assert html(answer).startswith('<section class="section" id="breaches"')
    assert answer.context["breaches"] == []
    assert AuditEntry.objects.filter(action="commitment.explained", actor=sam).count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_empty_reason_is_refused(broken: Commitment, sam: User, headers: dict[str, str]) -> None:
    with time_machine.travel(OPENED + timedelta(days=1), tick=False):
        answer = reader(sam).post(url("promise-reason", broken), {"reason": "  "}, **headers)

    assert answer.status_code == 422
    assert "Say in a few words what happened." in text(answer)


def test_a_reason_is_given_once_and_by_those_who_answer_for_it(
    broken: Commitment, sam: User, maya: User, otto: User, mia: User, mina: User
) -> None:
    with time_machine.travel(OPENED + timedelta(days=1), tick=False):
        answers = [
            reader(user).post(url("promise-reason", broken), {"reason": "Busy"}).status_code
            for user in (otto, mia, mina, maya, sam)
        ]

    assert answers == [404, 404, 403, 302, 422]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"by": "otto"}, "not_explainer"),
        ({"reason": " "}, "reason_missing"),
        ({"kind": "decision"}, "not_breached"),
    ],
)
def test_the_service_says_no_by_itself(
    broken: Commitment, sam: User, otto: User, change: dict[str, str], code: str
) -> None:
    people = {"sam": sam, "otto": otto}
    promise = Commitment.objects.get(handoff=broken.handoff, kind=change.get("kind", "first_response"))

    with pytest.raises(Refused) as refused:
        explain_breach(promise=promise, reason=change.get("reason", "Busy"), by=people[change.get("by", "sam")])

    assert refused.value.code == code
    assert code in known_codes()


def test_of_two_reasons_at_once_the_first_one_stays(broken: Commitment, sam: User, maya: User) -> None:
    stale = Commitment.objects.get(pk=broken.pk)
    explain_breach(promise=broken, reason="First", by=sam)

    with pytest.raises(Refused, match="Somebody was faster"):
        explain_breach(promise=stale, reason="Second", by=maya)

    assert Commitment.objects.get(pk=broken.pk).breach_reason == "First"


def test_what_was_said_after_later_attempts_names_the_next_step(accepted: Handoff, sam: User) -> None:
    log_attempt(handoff=accepted, by=sam, channel="phone", outcome="busy", at=OPENED + timedelta(minutes=5))

    answer = reader(sam).post(url("handoff-attempts", accepted), {"outcome": "email.sent"}, follow=True)

    assert "Attempt 2 to reach Dana Roy is logged. The next step opens Nov 4, 11:00." in text(answer)
