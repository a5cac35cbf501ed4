"""Agreed words: found where they stand, links to their clause, never more than text of their own."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, RequestContext, Template
from django.test import Client, RequestFactory
from django.utils.safestring import mark_safe

from agreements.glossary import Glossary, Word, current_glossary, glossary_of
from agreements.models import AgreementVersion
from agreements.services import create_agreement, sign_by_console
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from slaportal.accounts.models import User

EVIL = "<script>alert(1)</script>"
WORDS = Glossary("/a/", (Word("w-mql", "MQL"), Word("w-lead", "Lead"), Word("w-rd", "R&D"), Word("w-ja", "リード")))


def link(word: str, text: str) -> str:
    return f'<a class="word" href="/a/#{word}" data-word="/a/words/{word}/">{text}</a>'


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("An MQL, and one more MQL", f"An {link('w-mql', 'MQL')}, and one more MQL"),
        ("Three MQLs and leads", f"Three {link('w-mql', 'MQLs')} and {link('w-lead', 'leads')}"),
        ("mql misleads leadership", "mql misleads leadership"),
        ("R&D <b>", f"{link('w-rd', 'R&amp;D')} &lt;b&gt;"),
        ("このリードが", f"この{link('w-ja', 'リード')}が"),
        ("", ""),
    ],
)
def test_words_are_marked_once_and_only_whole(text: str, marked: str) -> None:
    assert WORDS.mark(text) == marked


def test_markup_and_links_stay_as_they_are() -> None:
    html = mark_safe('<b title="MQL">Lead</b> <a href="/x">an <i>MQL</i></a> MQL')  # noqa: S308 - a test's own text
    assert WORDS.mark(html) == (
        f'<b title="MQL">{link("w-lead", "Lead")}</b> <a href="/x">an <i>MQL</i></a> {link("w-mql", "MQL")}'
    )


def test_a_definition_does_not_link_to_itself() -> None:
    assert Glossary("/a/", WORDS.words).mark("Lead", clause="w-lead") == "Lead"


def test_a_word_is_marked_once_in_a_clause() -> None:
    words = Glossary("/a/", WORDS.words)
    assert [words.mark("Lead", clause="x"), words.mark("Lead", clause="x")] == [link("w-lead", "Lead"), "Lead"]
    assert words.mark("Lead", clause="y") == link("w-lead", "Lead")


def test_a_word_is_found_by_itself_and_by_its_clause() -> None:
    words = Glossary("/a/", (Word("definition-mql", "Marketing lead"), Word("x", " SQL ")))
    assert [found and found.id for found in map(words.find, ("mql", "marketing LEAD", "sql", "sal"))] == [
        *("definition-mql", "definition-mql", "x", None)
    ]


@pytest.fixture
def evil_terms(db: None) -> AgreementVersion:
    document = default_terms().as_dict()
    document["definitions"][2] |= {"word": f"MQL {EVIL}", "text": EVIL, "examples": [EVIL] * 3}
    return sign_by_console(version=create_agreement(slug="default", name="x", by=None, terms=Terms.parse(document)))


def test_a_script_in_a_definition_is_shown_as_text(evil_terms: AgreementVersion, sam: User, client: Client) -> None:
    client.force_login(sam)
    for path in ("/agreements/default/", "/agreements/default/v/1/words/definition-mql/"):
        page = client.get(path).content.decode()
        assert EVIL not in page
        assert "&lt;script&gt;" in page
    assert EVIL not in glossary_of(evil_terms).mark(f"An MQL {EVIL}")
    assert EVIL not in Template("{% load glossary %}{% word 'mql' %}").render(Context())


def test_a_word_is_shown_beside_itself_or_as_a_page(active_terms: AgreementVersion, sam: User, client: Client) -> None:
    client.force_login(sam)
    path = "/agreements/default/v/1/words/definition-mql/"
    page, part = client.get(path).content.decode(), client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert part.strip() in page
    assert part.startswith('<section class="definition"')
    assert "A director who asked for a demo" in part
    assert 'href="/agreements/default/v/1/#definition-mql"' in part


@pytest.mark.parametrize("path", ["v/1/words/definition-nothing/", "v/9/words/definition-mql/"])
def test_a_word_that_is_not_there_is_not_found(
    active_terms: AgreementVersion, sam: User, client: Client, path: str
) -> None:
    client.force_login(sam)
    assert client.get(f"/agreements/default/{path}").status_code == 404


def test_pages_of_other_rooms_ask_for_a_word(
    active_terms: AgreementVersion, rf: RequestFactory, django_assert_num_queries: Any
) -> None:
    template = Template(
        "{% load glossary %}{% word 'sal' %} {% word 'mql' 'Hot' %} {% word 'nothing' %} {% marked 'SQLs' %}"
    )
    with django_assert_num_queries(1):
        html = template.render(RequestContext(rf.get("/")))
    assert ">SAL</a>" in html
    assert 'words/definition-mql/">Hot</a>' in html
    assert "nothing" in html
    assert 'words/definition-sql/">SQLs</a>' in html


def test_without_an_agreement_words_are_plain(db: None, rf: RequestFactory) -> None:
    assert current_glossary(rf.get("/")).mark("MQL & more") == "MQL &amp; more"
    template = Template("{% load glossary %}{% word 'mql' label %}")
    assert template.render(RequestContext(rf.get("/"), {"label": "<b>"})) == "&lt;b&gt;"
