"""Versions over HTTP: validated, proposed, withdrawn, signed, compared, read to the byte, discussed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from agreements.models import AgreementVersion
from agreements.services import start_draft
from agreements.terms.document import Terms
from slaportal.accounts.models import User
from tests.conftest import PASSWORD

URL = "/api/agreements/default/"


def client_of(person: User, language: str = "en") -> APIClient:
    client = APIClient(headers={"accept-language": language})
    client.force_authenticate(person)
    return client


def odd_terms(version: AgreementVersion) -> dict[str, Any]:
    """Terms with letters of many scripts, small and huge numbers."""
    terms = version.document.as_dict()
    terms["goals"] = []
    terms["definitions"][0]["text"] = "Café “ñ” 日本語 \U0001f642 \u2028 \\u0041 </script>"
    odd = [
        {"field": "attributes.β", "op": "gt", "value": value}
        for value in (0.1, 1e-7, 1e22, -2.5, 10**30, 4.0, 123456789.123456789)
    ]
    terms["qualification"]["fit"]["rules"][0]["when"] = {"any": odd}
    return terms


def put(client: APIClient, body: bytes, **headers: Any) -> Any:
    return client.put(f"{URL}draft/", body, content_type="application/json", **headers)


def test_what_is_read_to_the_byte_gives_the_same_digest(mia: User, active_terms: AgreementVersion) -> None:
    client = client_of(mia)
    terms = Terms.parse(odd_terms(active_terms))
    started = put(client, json.dumps(odd_terms(active_terms)).encode())
    assert (started.status_code, started.json()["digest"]) == (201, terms.digest())
    answer = client.get(f"{URL}versions/2/terms/")
    assert hashlib.sha256(answer.content).hexdigest() == terms.digest()
    assert answer.content == terms.canonical()
    assert answer["ETag"] == f'"{terms.digest()}"'
    again = put(client, answer.content, HTTP_IF_MATCH=started["ETag"])
    assert (again.status_code, again.json()["digest"]) == (200, terms.digest())
    assert client.get(f"{URL}versions/2/terms/", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_export_and_import_keep_each_byte(active_terms: AgreementVersion, tmp_path: Path) -> None:
    draft = start_draft(agreement=active_terms.agreement, by=None, terms=Terms.parse(odd_terms(active_terms)))
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    call_command("export_terms", str(first), "--agreement", "default", "--number", "2")
    assert hashlib.sha256(first.read_bytes()).hexdigest() == draft.digest
    call_command("import_terms", str(first))
    call_command("export_terms", str(second), "--agreement", "default", "--number", "2")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"goals": "' + b"x" * 5 * 1024 * 1024 + b'"}', 413, "json_too_large"),
        (b'{"goals": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400, "json_too_deep"),
        (b'{"goals": [{"title": "\\u0000"}]}', 400, "json_nul"),
        (b'{"goals": [{"title": "\\ud800"}]}', 400, "json_surrogate"),
        (b'{"goals": NaN}', 400, "json_not_a_number"),
        (b'{"goals": -Infinity}', 400, "json_not_a_number"),
        (b'{"goals": 1e999}', 400, "json_number_too_large"),
        (b'{"goals": ' + b"9" * 400 + b"}", 400, "json_number_too_large"),
        (b'{"goals": [], "goals": []}', 400, "json_duplicate_key"),
        (b"\xff\xfe", 400, "json_not_utf8"),
        (b"{", 400, "json_syntax"),
        (b"", 400, "json_empty"),
        (b"[]", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'"terms"', 422, "invalid"),
        (b"42", 422, "invalid"),
    ],
)
def test_nasty_bodies_are_refused_by_name(
    mia: User, active_terms: AgreementVersion, body: bytes, status: int, code: str
) -> None:
    client = client_of(mia)
    answer = put(client, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    checked = client.post(f"{URL}draft/validation/", body, content_type="application/json")
    assert checked.status_code == 200 if status == 422 else checked.json()["code"] == code
    assert AgreementVersion.objects.count() == 1


def test_a_text_is_said_to_be_no_object(mia: User, active_terms: AgreementVersion) -> None:
    (message,) = put(client_of(mia), b'"terms"').json()["fields"][""]
    assert message.startswith("The terms must be a JSON object, not ")


class TestValidation:
    def test_all_mistakes_at_once_and_nothing_is_stored(self, mina: User, active_terms: AgreementVersion) -> None:
        terms = active_terms.document.as_dict()
        terms["commitments"][0]["working_minutes"] = -5
        terms["calendar"]["country"] = "XX"
        answer = client_of(mina).post(f"{URL}draft/validation/", terms, format="json")
        body = answer.json()
        assert (answer.status_code, body["is_valid"], body["is_ready"], body["digest"]) == (200, False, False, None)
        assert "commitments[0].working_minutes" in {one["path"] for one in body["errors"]}
        assert not AgreementVersion.objects.exclude(pk=active_terms.pk).exists()

    def test_sound_terms_say_what_they_still_lack(self, mina: User, active_terms: AgreementVersion) -> None:
        terms = active_terms.document.as_dict()
        terms["handoff"]["triggers"] = []
        terms["goals"] = []
        body = client_of(mina).post(f"{URL}draft/validation/", terms, format="json").json()
        assert (body["is_valid"], body["is_ready"], body["errors"]) == (True, False, [])
        assert body["digest"] == Terms.parse(terms).digest()
        assert "no_trigger" in {one["code"] for one in body["blocking"]}
        assert "no_goal" in {one["code"] for one in body["advice"]}


class TestTheWay:
    def test_a_draft_is_started_proposed_withdrawn_and_thrown_away(
        self, mia: User, active_terms: AgreementVersion
    ) -> None:
        client = client_of(mia)
        assert client.post(f"{URL}draft/").status_code == 201
        assert client.post(f"{URL}draft/", {}, format="json").json()["code"] == "draft_exists"
        read = {"HTTP_IF_MATCH": active_terms.digest}
        assert client.delete(f"{URL}draft/", **read).status_code == 204
        assert client.delete(f"{URL}draft/", **read).status_code == 404
        started = client.post(f"{URL}draft/", {"version": 1}, format="json")
        assert (started.json()["number"], started.json()["based_on"]) == (2, 1)
        assert client.post(f"{URL}draft/proposal/", {"why": "x"}, format="json").json()["status"] == "proposed"
        assert client.post(f"{URL}draft/withdrawal/").json()["status"] == "draft"
        assert client.post(f"{URL}draft/withdrawal/").json()["code"] == "version_moved_on"
        assert client.delete(f"{URL}draft/", **read).json()["code"] == "draft_has_history"

    def test_what_is_decided_is_decided_about_the_text_that_was_read(
        self, mia: User, active_terms: AgreementVersion
    ) -> None:
        client = client_of(mia)
        read = client.post(f"{URL}draft/")
        terms = read.json()["terms"]
        terms["returns"]["max_returns"] += 1
        now = client.put(f"{URL}draft/", terms, format="json", HTTP_IF_MATCH=f"W/{read['ETag']}")
        old, new = ({"digest": one.json()["digest"]} for one in (read, now))
        assert client.delete(f"{URL}draft/").json()["code"] == "if_match_missing"
        stale = client.delete(f"{URL}draft/", HTTP_IF_MATCH=read["ETag"])
        assert (stale.status_code, stale.json()["code"]) == (409, "draft_changed")
        stale = client.post(f"{URL}draft/proposal/", old | {"why": "x"}, format="json")
        assert (stale.status_code, stale.json()["code"]) == (409, "text_changed")
        assert client.post(f"{URL}draft/proposal/", new | {"why": "x"}, format="json").json()["status"] == "proposed"
        stale = client.post(f"{URL}draft/withdrawal/", old, format="json")
        assert (stale.status_code, stale.json()["code"]) == (409, "text_changed")
        assert client.post(f"{URL}draft/withdrawal/", {"digest": "short"}, format="json").status_code == 422
        assert client.post(f"{URL}draft/withdrawal/", new, format="json").json()["status"] == "draft"

    def test_terms_that_are_not_ready_say_where(self, mia: User, active_terms: AgreementVersion) -> None:
        client = client_of(mia)
        terms = active_terms.document.as_dict()
        terms["handoff"]["triggers"] = []
        client.put(f"{URL}draft/", terms, format="json")
        answer = client.post(f"{URL}draft/proposal/", {"why": "x"}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "terms_not_ready")
        assert "handoff.triggers" in answer.json()["fields"]

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"digest": "0" * 64}, 409, "text_changed"),
            ({"effective_from": "2030-01-01T00:00:00Z"}, 409, "day_changed"),
            ({"password": "guess"}, 409, "wrong_password"),
            ({"digest": "short"}, 422, "invalid"),
        ],
    )
    def test_a_signature_is_on_what_was_read(
        self, mia: User, active_terms: AgreementVersion, changes: dict[str, Any], status: int, code: str
    ) -> None:
        client = client_of(mia)
        client.post(f"{URL}draft/")
        proposed = client.post(f"{URL}draft/proposal/", {"why": "x"}, format="json").json()
        facts = {"digest": proposed["digest"], "password": PASSWORD}
        refused = client.post(f"{URL}draft/signatures/", facts | changes, format="json")
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert client.post(f"{URL}draft/signatures/", facts, format="json").status_code == 201
        assert client.post(f"{URL}draft/signatures/", facts, format="json").json()["code"] == "already_signed"

    @pytest.mark.parametrize("who", ["mina", "sam"])
    def test_others_read_and_do_not_write(self, request: Any, who: str, active_terms: AgreementVersion) -> None:
        client = client_of(request.getfixturevalue(who))
        start_draft(agreement=active_terms.agreement, by=None)
        answers = [
            client.post(f"{URL}draft/"),
            client.delete(f"{URL}draft/", HTTP_IF_MATCH=active_terms.digest),
            client.post(f"{URL}draft/withdrawal/"),
            client.post(f"{URL}draft/proposal/", {"why": "x"}, format="json"),
        ]
        assert [answer.json()["code"] for answer in answers] == ["not_an_editor"] * 4
        assert client.get(f"{URL}versions/2/").status_code == 200

    def test_strangers_read_nothing(self, active_terms: AgreementVersion) -> None:
        assert APIClient().get(f"{URL}versions/1/terms/").status_code == 401


class TestVersions:
    def test_they_are_listed_page_by_page(self, mina: User, active_terms: AgreementVersion) -> None:
        start_draft(agreement=active_terms.agreement, by=None)
        client = client_of(mina)
        first = client.get(f"{URL}versions/?limit=1").json()
        second = client.get(f"{URL}versions/?limit=1&cursor={first['next']}").json()
        assert [row["number"] for row in first["results"] + second["results"]] == [2, 1]
        assert "terms" not in first["results"][0]
        assert second["next"] is None
        assert client.get(f"{URL}versions/9/").status_code == 404

    def test_a_change_is_told_with_its_path_and_in_words(self, mia: User, active_terms: AgreementVersion) -> None:
        client = client_of(mia)
        terms = active_terms.document.as_dict()
        clause = terms["commitments"][0]["id"]
        terms["commitments"][0]["working_minutes"] = 150
        client.put(f"{URL}draft/", terms, format="json")
        body = client.get(f"{URL}diff/?old=active&new=draft").json()
        [change] = body["changes"]
        assert (change["clause"], change["path"]) == (clause, f"commitments.{clause}.working_minutes")
        assert (change["kind"], change["after"]) == ("changed", 150)
        assert [(one["clause"], one["kind"]) for one in body["clauses"]] == [(clause, "changed")]
        assert body["clauses"][0]["before"] != body["clauses"][0]["after"]
        assert not any("<" in words for words in body["clauses"][0]["after"])
        french = client_of(mia, "fr").get(f"{URL}diff/?old=1&new=2").json()
        assert french["changes"][0]["after"] == 150
        assert (body["old"]["number"], body["new"]["status"]) == (1, "draft")

    @pytest.mark.parametrize(
        ("query", "status"), [("", 422), ("?old=1", 422), ("?old=x&new=1", 422), ("?old=1&new=99", 404),
                              ("?old=draft&new=1", 404)]
    )  # fmt: skip
    def test_what_is_not_there_cannot_be_compared(
        self, mina: User, active_terms: AgreementVersion, query: str, status: int
    ) -> None:
        assert client_of(mina).get(f"{URL}diff/{query}").status_code == status


class TestTalking:
    def test_a_comment_is_made_settled_and_taken_up_again(
        self, mina: User, mia: User, active_terms: AgreementVersion
    ) -> None:
        clause = active_terms.terms["commitments"][0]["id"]
        client = client_of(mina)
        made = client.post(f"{URL}comments/", {"clause": clause, "text": "Not on Fridays"}, format="json")
        assert (made.status_code, made.json()["version"], made.json()["by"]) == (201, 1, mina.name)
        one = f"{URL}comments/{made.json()['id']}/resolution/"
        assert client_of(mia).post(one).json()["resolved_by"] == mia.name
        assert client.post(one).json()["code"] == "comment_resolved"
        assert client.get(f"{URL}comments/?state=open").json()["results"] == []
        assert client.delete(one).json()["resolved_at"] is None
        assert client.delete(one).json()["code"] == "comment_open"
        assert [row["text"] for row in client.get(f"{URL}comments/?clause={clause}").json()["results"]] == [
            "Not on Fridays"
        ]
        unknown = client.post(f"{URL}comments/", {"clause": "nothing", "text": "x"}, format="json")
        assert (unknown.status_code, unknown.json()["fields"]) == (
            422,
            {"clause": ["Version 1 has no such clause."]},
        )
        unseen = client.post(f"{URL}comments/", {"clause": clause, "text": "\u200b"}, format="json")
        assert (unseen.status_code, list(unseen.json()["fields"])) == (422, ["text"])
        assert client.get(f"{URL}comments/?state=odd").status_code == 422

    def test_a_proposal_is_made_taken_or_declined(self, sam: User, mia: User, active_terms: AgreementVersion) -> None:
        client, editor = client_of(sam), client_of(mia)
        words = {"what": "Two hours", "why": "Mondays"}
        odd = [{"meeting_on": "9999-12-31"}, {"meeting_on": "0001-01-01"}, {"why": "\u200b"}, {"clause": "nothing"}]
        for wrong in odd:
            refused = client.post(f"{URL}proposals/", words | wrong, format="json")
            assert (refused.status_code, list(refused.json()["fields"])) == (422, list(wrong))
        made = [client.post(f"{URL}proposals/", words, format="json").json() for _ in range(2)]
        taken, declined = (f"{URL}proposals/{one['id']}/" for one in made)
        assert client.post(f"{taken}acceptance/").json()["code"] == "not_an_editor"
        assert editor.post(f"{taken}acceptance/").json()["version"] == 2
        assert editor.post(f"{taken}acceptance/").json()["code"] == "proposal_decided"
        assert editor.post(f"{declined}refusal/", {}, format="json").status_code == 422
        assert editor.post(f"{declined}refusal/", {"reason": "No"}, format="json").json()["state"] == "declined"
        assert client.get(f"{URL}proposals/?state=open").json()["results"] == []
        assert client.get(f"{URL}proposals/?state=odd").status_code == 422
