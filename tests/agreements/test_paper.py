"""The agreement on paper: a PDF and a page to print in six languages, signable, and never broken by what is in it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from agreements.models import AgreementVersion
from agreements.paper import Paper, paper_of
from agreements.paper.cleaning import Cleaner
from agreements.paper.coverage import covered
from agreements.services import edit_draft, propose_version, sign_version, start_draft
from agreements.terms.document import Terms
from slaportal.accounts.models import User
from slaportal.accounts.tokens import create_token
from tests.agreements.test_pages import logged_in

LANGUAGES = [code for code, _name in settings.LANGUAGES]
AT = dt.datetime(2026, 11, 20, 15, 30, tzinfo=dt.UTC)


@pytest.fixture
def draft(active_terms: AgreementVersion, mia: User) -> AgreementVersion:
    return start_draft(agreement=active_terms.agreement, by=mia)


@pytest.fixture
def proposed(draft: AgreementVersion, mia: User, maya: User) -> AgreementVersion:
    return propose_version(version=draft, by=mia, why="Mondays")


def with_word(version: AgreementVersion, text: str, by: User) -> AgreementVersion:
    """The draft with another meaning of its first word."""
    document = version.document.as_dict()
    document["definitions"][0]["text"] = text
    return edit_draft(version=version, terms=Terms.parse(document), expected_digest=version.digest, by=by)


def pages(pdf: bytes) -> int:
    """How many pages the PDF has, by its largest tree of pages."""
    return max(int(n) for n in re.findall(rb"/Type\s*/Pages[^>]*?/Count (\d+)", pdf))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_typeset_with_all_its_glyphs(active_terms: AgreementVersion, language: str) -> None:
    """PDF/UA-1 is refused by the typesetter where a glyph is missing or a heading is out of order."""
    pdf = paper_of(active_terms, language).pdf()
    assert pdf.startswith(b"%PDF-1.7")
    assert b"pdfuaid" in pdf
    assert active_terms.digest.encode() in pdf  # as its keyword


def test_equal_papers_are_equal_bytes(active_terms: AgreementVersion) -> None:
    first, second = (paper_of(AgreementVersion.objects.get(pk=active_terms.pk), "ar") for _ in range(2))
    assert (first.etag, first.pdf()) == (second.etag, second.pdf())
    assert paper_of(active_terms, "fr").etag != first.etag


@pytest.mark.parametrize("who", ["mina", "sam", "mia", "maya", "ada"])
def test_everybody_takes_the_paper_away(request: Any, who: str, active_terms: AgreementVersion) -> None:
    answer = logged_in(request.getfixturevalue(who)).get("/agreements/default/v/1/paper.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'inline; filename="default-v1-en.pdf"'
    assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("path", ["paper.pdf", "print/"])
def test_strangers_are_sent_to_log_in(active_terms: AgreementVersion, path: str) -> None:
    assert Client().get(f"/agreements/default/v/1/{path}").status_code == 302


@pytest.mark.parametrize("path", ["paper.pdf", "print/"])
@pytest.mark.parametrize("asked", ["de", "xx", "../en", "zh", "en-us"])
def test_a_language_that_the_portal_does_not_speak_is_not_found(
    mina: User, active_terms: AgreementVersion, path: str, asked: str
) -> None:
    assert logged_in(mina).get(f"/agreements/default/v/1/{path}", {"lang": asked}).status_code == 404
    assert logged_in(mina).get(f"/agreements/default/v/9/{path}").status_code == 404


def test_who_has_the_paper_gets_it_not_again(mina: User, active_terms: AgreementVersion, monkeypatch: Any) -> None:
    client = logged_in(mina)
    etag = client.get("/agreements/default/v/1/paper.pdf?lang=fr")["ETag"]
    monkeypatch.setattr(Paper, "pdf", None)  # typesetting again would fail
    again = client.get("/agreements/default/v/1/paper.pdf?lang=fr", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_the_readers_own_language_is_the_default(mina: User, active_terms: AgreementVersion) -> None:
    mina.language = "ja"
    mina.save()
    assert "default-v1-ja" in logged_in(mina).get("/agreements/default/v/1/paper.pdf")["Content-Disposition"]
    asked = logged_in(mina).get("/agreements/default/v/1/paper.pdf?lang=zh_Hans")
    assert "default-v1-zh-hans" in asked["Content-Disposition"]


def test_the_print_page_speaks_the_language_asked_for(mina: User, active_terms: AgreementVersion) -> None:
    page = logged_in(mina).get("/agreements/default/v/1/print/?lang=ar").content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert "التزامات الطرفين" in page
    assert active_terms.digest in page
    assert '<html lang="en"' in logged_in(mina).get("/agreements/default/v/1/").content.decode()


def test_a_draft_says_so_and_leaves_room_to_sign(mina: User, draft: AgreementVersion) -> None:
    page = logged_in(mina).get("/agreements/default/v/2/print/").content.decode()
    assert "It binds nobody until both sides have signed it." in page
    assert 'data-mark="DRAFT"' in page
    assert page.count("Place and date") == 2
    assert '"mark": "DRAFT"' in paper_of(draft, "en").data


def test_one_signature_is_told_and_one_line_stays_open(mina: User, mia: User, proposed: AgreementVersion) -> None:
    sign_version(version=proposed, by=mia, digest=proposed.digest, language="ja", at=AT)
    page = logged_in(mina).get("/agreements/default/v/2/print/").content.decode()
    assert 'data-mark="PROPOSED"' in page
    assert page.count("Place and date") == 1
    for said in ("Mia Laurent", "Nov 20, 2026, 15:30 (UTC)", "Nov 20, 2026, 16:30 (Europe/Paris)", "日本語"):
        assert said in page
        assert said in paper_of(proposed, "en").data


def test_a_signature_on_an_earlier_text_is_not_on_the_paper(
    mina: User, mia: User, maya: User, proposed: AgreementVersion
) -> None:
    before = paper_of(proposed, "en").etag
    sign_version(version=proposed, by=mia, digest=proposed.digest, at=AT)
    assert paper_of(proposed, "en").etag != before
    with_word(AgreementVersion.objects.get(pk=proposed.pk), "Another meaning.", maya)
    assert "Mia Laurent" not in logged_in(mina).get("/agreements/default/v/2/print/").content.decode()


NASTY = [
    "<script>alert(1)</script> #import \"x.typ\": *; $x$ `y` @ref <label> \\ // /* #eval(\"1\")",
    "RTL \u202eoverride\u202c and \u2067isolate",
    "emoji 😀👩‍👩‍👧 தமிழ் \U0002a6d6 \u0007 \ue000 \ufffe",
    "w" * 19_000,
    "ゆ" * 20_000,
    "العربية English 日本語 한국어 हिन्दी ไทย עברית",
    "\n\n  \n",
    "1.\n- a\n= b\n\u2028c\r\nd",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_no_text_breaks_the_paper_or_becomes_markup(mina: User, maya: User, draft: AgreementVersion, text: str) -> None:
    version = with_word(draft, text, maya)
    assert pages(paper_of(version, "ar").pdf()) >= 4
    page = logged_in(mina).get("/agreements/default/v/2/print/")
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A smile 😀.", "A smile [U+1F600]."),
        ("\u202eevil", "[U+202E]evil"),
        ("1\u202f000 €\u3000and\u2009more", "1\u00a0000 € and more"),
        ("a\tb\u0007", "a b[U+0007]"),
        ("family 👩\u200d👧", "family [U+1F469]\u200d[U+1F467]"),
        ("é − ≥ → “x” … 中 あ 한 ع", "é − ≥ → “x” … 中 あ 한 ع"),
    ],
)
def test_what_cannot_be_printed_is_shown_by_its_number(text: str, shown: str) -> None:
    assert Cleaner(right_to_left=False).clean(text) == shown


def test_the_paper_names_the_characters_that_it_cannot_print(maya: User, draft: AgreementVersion) -> None:
    assert "shown by their number: [U+1F600]" in paper_of(with_word(draft, "So 😀", maya), "en").data


def test_text_of_the_other_direction_is_kept_apart() -> None:
    assert Cleaner(right_to_left=True).isolated("Acme") == "\u2068Acme\u2069"
    assert Cleaner(right_to_left=False).isolated("Acme") == "Acme"
    assert Cleaner(right_to_left=False).isolated("شركة") == "\u2068شركة\u2069"


def test_a_long_word_may_break() -> None:
    assert max(len(part) for part in Cleaner(right_to_left=False).clean("w" * 500).split("\u200b")) <= 40


@pytest.mark.parametrize("character", "Aéعñ語简体ひ한→≥✓")
def test_fonts_cover(character: str) -> None:
    assert covered(character)


@pytest.mark.parametrize("character", ["😀", "த", "𓀀"])
def test_fonts_do_not_cover(character: str) -> None:
    assert not covered(character)


def test_a_text_beyond_measure_is_refused_and_printed_from_the_page(
    mina: User, draft: AgreementVersion, maya: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr("agreements.paper.pdf.MOST_CHARACTERS", 1000)
    answer = logged_in(mina).get("/agreements/default/v/2/paper.pdf")
    assert answer.status_code == 422
    assert "too long for a PDF" in answer.content.decode()
    assert "data-print" in answer.content.decode()


def test_a_program_files_the_paper(mina: User, active_terms: AgreementVersion) -> None:
    _token, plain = create_token(owner=mina, name="archive", by=None)
    client = Client(headers={"Authorization": f"Bearer {plain}"})
    address = "/api/agreements/default/versions/1/paper/"
    answer = client.get(address, {"lang": "id"})
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert client.get(address, {"lang": "id"}, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    wrong = client.get(address, {"lang": "xx"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["lang"])
    assert client.get("/api/agreements/default/versions/9/paper/").status_code == 404
    assert Client().get(address).status_code == 401
