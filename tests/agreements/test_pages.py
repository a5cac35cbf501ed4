"""The living document in the browser: read by all, edited by managers and admins, signed by the two managers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agreements.models import AgreementVersion, Status
from agreements.selectors import active_version, open_version
from agreements.services import propose_version, start_draft, withdraw_version
from agreements.terms.document import CHAPTERS
from slaportal.accounts.models import User
from tests.agreements.forms import sent_by
from tests.conftest import PASSWORD


def logged_in(person: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(person)
    return client


@pytest.fixture
def draft(active_terms: AgreementVersion, mia: User) -> AgreementVersion:
    return start_draft(agreement=active_terms.agreement, by=mia)


@pytest.fixture
def proposed(draft: AgreementVersion, mia: User, maya: User) -> AgreementVersion:
    return propose_version(version=draft, by=mia, why="Mondays")


def sent_back(client: Client, chapter: str, slug: str = "default") -> dict[str, Any]:
    """A chapter's form as the browser would send it back, unchanged."""
    return sent_by(client.get(f"/agreements/{slug}/draft/{chapter}/").content.decode(), "chapter-form")


@pytest.mark.parametrize("who", ["mina", "sam", "mia", "maya", "ada"])
def test_everybody_reads_the_agreement_in_force(request: Any, who: str, active_terms: AgreementVersion) -> None:
    page = logged_in(request.getfixturevalue(who)).get("/agreements/default/")
    text = page.content.decode()
    assert page.status_code == 200
    assert all(f'id="{chapter}"' in text for chapter in CHAPTERS)
    assert '<b class="pill">Sales</b> makes the first attempt within' in text


def test_one_agreement_is_opened_at_once(mina: User, active_terms: AgreementVersion) -> None:
    assert logged_in(mina).get("/agreements/")["Location"] == "/agreements/default/"


def test_without_an_agreement_the_page_says_how_to_begin(ada: User) -> None:
    assert "There is no agreement yet" in logged_in(ada).get("/agreements/").content.decode()


@pytest.mark.parametrize("path", ["/agreements/none/", "/agreements/default/v/9/", "/agreements/none/draft/"])
def test_what_is_not_there_is_not_found(mina: User, active_terms: AgreementVersion, path: str) -> None:
    assert logged_in(mina).get(path).status_code == 404


@pytest.mark.parametrize("who", ["mina", "sam"])
def test_only_managers_and_admins_open_the_editor(request: Any, who: str, draft: AgreementVersion) -> None:
    client = logged_in(request.getfixturevalue(who))
    assert client.get("/agreements/default/draft/cadence/").status_code == 403
    assert client.post("/agreements/default/draft/start/").status_code == 403
    assert client.get("/agreements/default/draft/").status_code == 200


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_comes_back_as_it_was_sent(maya: User, draft: AgreementVersion, chapter: str) -> None:
    client = logged_in(maya)
    answer = client.post(f"/agreements/default/draft/{chapter}/", sent_back(client, chapter))
    assert answer.status_code == 302, answer.context["left"]
    assert AgreementVersion.objects.get(pk=draft.pk).digest == draft.digest


def test_a_changed_value_is_saved_and_shown_as_a_change(maya: User, draft: AgreementVersion) -> None:
    client = logged_in(maya)
    form = sent_back(client, "returns") | {"returns.attempts.min_attempts": "7"}
    assert client.post("/agreements/default/draft/returns/", form).status_code == 302
    draft.refresh_from_db()
    assert draft.document.returns.attempts.min_attempts == 7
    page = client.get("/agreements/default/draft/").content.decode()
    assert "1 change\n" in page or "1 change<" in page
    assert "<ins" in page
    assert '<b class="pill">7</b>' in page


def test_a_clause_can_be_added_and_removed_without_javascript(maya: User, draft: AgreementVersion) -> None:
    client = logged_in(maya)
    n = len(draft.document.returns.reasons)
    answer = client.post(
        "/agreements/default/draft/returns/", sent_back(client, "returns") | {"add": "returns.reasons"}
    )
    assert f'name="returns.reasons.{n}.label"' in answer.content.decode()
    form = sent_back(client, "returns") | {
        "returns.reasons.count": n + 1,
        f"returns.reasons.{n}.label": "Moved away",
        "returns.reasons.0.removed": "on",
    }
    assert client.post("/agreements/default/draft/returns/", form).status_code == 302
    draft.refresh_from_db()
    assert [reason.id for reason in draft.document.returns.reasons][-1] == "moved-away"
    assert len(draft.document.returns.reasons) == n


@pytest.mark.parametrize(
    "name", ["", "returns", "returns.text", "returns.reasons.99", "returns.reasons.0.label.x", "x.y"]
)
def test_a_list_that_is_not_there_gets_no_clause(maya: User, draft: AgreementVersion, name: str) -> None:
    client = logged_in(maya)
    form = sent_back(client, "returns") | {"add": name}
    assert client.post("/agreements/default/draft/returns/", form).status_code == 404


def test_a_clause_that_is_not_there_does_not_move(maya: User, draft: AgreementVersion) -> None:
    client = logged_in(maya)
    form = sent_back(client, "returns") | {"move": f"down returns.reasons.{'9' * 5000}"}
    assert client.post("/agreements/default/draft/returns/", form).status_code == 404


@pytest.mark.parametrize("more", [{}, {"add": "returns.reasons"}])
def test_a_form_that_was_cut_off_saves_nothing(maya: User, draft: AgreementVersion, more: dict[str, str]) -> None:
    client = logged_in(maya)
    form = sent_back(client, "returns") | more
    del form["is_whole"]
    answer = client.post("/agreements/default/draft/returns/", form)
    assert answer.status_code == 422
    assert "The form did not arrive whole" in answer.content.decode()
    assert AgreementVersion.objects.get(pk=draft.pk).digest == draft.digest


def test_a_reason_without_words_is_refused_beside_it(maya: User, draft: AgreementVersion) -> None:
    client = logged_in(maya)
    form = sent_back(client, "returns") | {"returns.reasons.1.label": "  "}
    answer = client.post("/agreements/default/draft/returns/", form)
    assert answer.status_code == 422
    assert answer.content.decode().count("Fill this in.") == 1


def test_a_form_larger_than_allowed_is_told_so(maya: User, draft: AgreementVersion) -> None:
    client = logged_in(maya)
    answer = client.post("/agreements/default/draft/returns/", {"returns.text": "x" * 9_000_000})
    assert answer.status_code == 413
    assert "This form is too large" in answer.content.decode()


def test_a_digest_that_no_text_can_have_saves_nothing(maya: User, draft: AgreementVersion) -> None:
    client = logged_in(maya)
    form = sent_back(client, "returns") | {"digest": "\0", "returns.attempts.min_attempts": "9"}
    assert client.post("/agreements/default/draft/returns/", form).status_code == 422
    draft.refresh_from_db()
    assert draft.document.returns.attempts.min_attempts == 6


@pytest.mark.parametrize(
    ("chapter", "name", "value"),
    [
        ("cadence", "cadence.steps.0.window_working_minutes", "-5"),
        ("cadence", "cadence.steps.0.window_working_minutes", "soon"),
        ("qualification", "qualification.fit.rules.0.when.0.value", " "),
        ("qualification", "qualification.fit.rules.0.when.0.field", "titel"),
        ("qualification", "qualification.fit.rules.0.when.0.op", "gte"),
        ("calendar", "calendar.timezone", "Europe/Atlantis"),
        ("calendar", "calendar.hours.mon.opens", "23:00"),
        ("calendar", "calendar.country", "XX"),
        ("nurture", "nurture.paths.0.then", "nurture-awareness"),
        ("commitments", "commitments.0.working_minutes", "0"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_saved(
    maya: User, draft: AgreementVersion, chapter: str, name: str, value: str
) -> None:
    client = logged_in(maya)
    answer = client.post(f"/agreements/default/draft/{chapter}/", sent_back(client, chapter) | {name: value})
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert AgreementVersion.objects.get(pk=draft.pk).digest == draft.digest


def test_entries_of_two_editors_in_different_places_are_both_kept(
    maya: User, mia: User, draft: AgreementVersion
) -> None:
    hers, mine = logged_in(maya), logged_in(mia)
    late = sent_back(hers, "returns") | {"returns.attempts.min_attempts": "9"}
    mine.post("/agreements/default/draft/cadence/", sent_back(mine, "cadence") | {"cadence.text": "Changed first."})
    answer = hers.post("/agreements/default/draft/returns/", late, follow=True)
    assert "What Mia Laurent saved in the meantime is kept too." in answer.content.decode()
    draft.refresh_from_db()
    assert (draft.document.cadence.text, draft.document.returns.attempts.min_attempts) == ("Changed first.", 9)


def test_the_slower_of_two_editors_of_one_value_sees_both_and_decides(
    maya: User, mia: User, draft: AgreementVersion
) -> None:
    hers, mine = logged_in(maya), logged_in(mia)
    late = sent_back(hers, "returns") | {"returns.attempts.min_attempts": "9"}
    first = sent_back(mine, "returns") | {"returns.attempts.min_attempts": "7", "returns.max_returns": "5"}
    assert mine.post("/agreements/default/draft/returns/", first).status_code == 302
    answer = hers.post("/agreements/default/draft/returns/", late)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else has changed the same values" in page
    assert "Mia Laurent" in page
    (conflict,) = answer.context["conflicts"]
    assert (conflict["base"], conflict["theirs"], conflict["mine"]) == ("6", "7", "9")
    again = sent_by(page, "chapter-form")
    assert (again["returns.attempts.min_attempts"], again["returns.max_returns"]) == (["9"], ["5"])
    assert hers.post("/agreements/default/draft/returns/", again).status_code == 302
    draft.refresh_from_db()
    assert (draft.document.returns.attempts.min_attempts, draft.document.returns.max_returns) == (9, 5)


def test_a_draft_is_proposed_with_a_reason(mia: User, draft: AgreementVersion) -> None:
    client = logged_in(mia)
    form = sent_by(client.get("/agreements/default/draft/").content.decode(), "propose")
    assert client.post("/agreements/default/draft/proposal/", form).status_code == 422
    assert client.post("/agreements/default/draft/proposal/", form | {"why": "Because"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.status, draft.why) == (Status.PROPOSED, "Because")


def test_both_managers_sign_with_their_password(mia: User, maya: User, proposed: AgreementVersion) -> None:
    facts = {"digest": proposed.digest, "password": PASSWORD}
    assert logged_in(mia).post("/agreements/default/draft/signature/", facts).status_code == 302
    assert logged_in(maya).post("/agreements/default/draft/signature/", facts).status_code == 302
    assert active_version("default") == proposed


def test_the_page_has_its_reader_sign_the_text_and_the_day(mia: User, proposed: AgreementVersion) -> None:
    withdraw_version(version=proposed, by=mia)
    due = timezone.now() + timedelta(days=30, microseconds=7)
    propose_version(version=proposed, by=mia, effective_from=due)
    client = logged_in(mia)
    page = client.get("/agreements/default/draft/")
    read = page.context["signing"].initial
    stale = client.post("/agreements/default/draft/signature/", {"digest": read["digest"], "password": PASSWORD})
    assert (stale.status_code, proposed.signatures.count()) == (422, 0)
    assert "The day from which it holds is not the one that you read." in stale.content.decode()
    assert client.post("/agreements/default/draft/signature/", read | {"password": PASSWORD}).status_code == 302
    assert proposed.signatures.get().effective_from == due
    nonsense = read | {"effective_from": "soon", "password": PASSWORD}
    assert logged_in(mia).post("/agreements/default/draft/signature/", nonsense).status_code == 422


def test_a_wrong_password_signs_nothing(mia: User, proposed: AgreementVersion) -> None:
    facts = {"digest": proposed.digest, "password": "guess"}
    answer = logged_in(mia).post("/agreements/default/draft/signature/", facts)
    assert (answer.status_code, proposed.signatures.count()) == (422, 0)


def test_one_guess_too_many_is_told_beside_the_field(mia: User, proposed: AgreementVersion) -> None:
    client = logged_in(mia)
    for _ in range(6):
        answer = client.post("/agreements/default/draft/signature/", {"digest": proposed.digest, "password": "guess"})
    assert (answer.status_code, proposed.signatures.count()) == (422, 0)
    assert "Too many wrong passwords. Wait 5 minutes, then try again." in answer.content.decode()


def test_an_admin_sees_no_way_to_sign_and_has_none(ada: User, proposed: AgreementVersion) -> None:
    client = logged_in(ada)
    assert "draft/signature/" not in client.get("/agreements/default/draft/").content.decode()
    facts = {"digest": proposed.digest, "password": PASSWORD}
    assert client.post("/agreements/default/draft/signature/", facts).status_code == 403


def test_starting_a_draft_twice_goes_on_with_the_first(mia: User, active_terms: AgreementVersion) -> None:
    client = logged_in(mia)
    client.post("/agreements/default/draft/start/")
    assert client.post("/agreements/default/draft/start/")["Location"] == "/agreements/default/draft/"
    assert open_version(active_terms.agreement).number == 2  # type: ignore[union-attr]


def test_forms_are_guarded_against_forgery(mia: User, proposed: AgreementVersion) -> None:
    client = logged_in(mia, enforce_csrf_checks=True)
    facts = {"digest": proposed.digest, "password": PASSWORD}
    assert client.post("/agreements/default/draft/signature/", facts).status_code == 403
    page = client.get("/agreements/default/draft/")
    token = page.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    answer = client.post("/agreements/default/draft/signature/", facts | {"csrfmiddlewaretoken": token})
    assert answer.status_code == 302


def test_a_script_in_a_definition_is_shown_as_text(maya: User, draft: AgreementVersion) -> None:
    client = logged_in(maya)
    evil = "<script>alert(1)</script>"
    client.post(
        "/agreements/default/draft/definitions/", sent_back(client, "definitions") | {"definitions.0.text": evil}
    )
    for path in ("/agreements/default/v/2/", "/agreements/default/draft/", "/agreements/default/draft/definitions/"):
        page = client.get(path).content.decode()
        assert evil not in page
        assert "&lt;script&gt;" in page


def test_the_history_names_who_signed_what(mina: User, active_terms: AgreementVersion) -> None:
    page = logged_in(mina).get("/agreements/default/history/").content.decode()
    assert page.count("<bdi>console</bdi>") == 2


def test_who_set_no_time_zone_reads_times_in_that_of_the_company(mina: User, active_terms: AgreementVersion) -> None:
    client = logged_in(mina)
    assert "Times in Europe/Paris" in client.get("/agreements/default/").content.decode()
    mina.timezone = "Asia/Tokyo"
    mina.save()
    assert "Times in Asia/Tokyo" in client.get("/agreements/default/").content.decode()
