"""Changes in words: marked inside a sentence, grouped by chapter, complete also where no sentence tells of them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from agreements.chapter_form.labels import LABELS
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from agreements.views import changes
from agreements.views.changes import changes_by_chapter, n_changes
from agreements.views.marks import marked, marked_lines

MARK = re.compile(r'<(ins|del) class="mark"><span class="visually-hidden">\w+: </span>'
                  r'<span class="mark__sign" aria-hidden="true">.</span>(.*?)</\1>')  # fmt: skip


def words(html: str, *, keep: str = "") -> str:
    """What is left when the other side's marks are cut out."""
    return MARK.sub(lambda found: found[2] if not keep or found[1] == keep else "", html)


@pytest.mark.parametrize(
    ("before", "after", "removed", "added"),
    [
        ("within 1 hour", "within 2 hours", ["1 hour"], ["2 hours"]),
        ('within <b class="pill">1 day</b> of it', 'within <b class="pill">2 days</b> of it',
         ['<b class="pill">1 day</b>'], ['<b class="pill">2 days</b>']),
        ("30分以内に対応する", "45分以内に対応する", ["30"], ["45"]),
        ("Ring them", "Ring them at once", [], [" at once"]),
        ("quite another thing", "nothing to see", ["quite another thing"], ["nothing to see"]),
        (None, "New", [], ["New"]),
        ("Old", None, ["Old"], []),
        ("a <ul><li>b</li></ul>", "a <ul><li>c</li></ul>", ["a <ul><li>b</li></ul>"], ["a <ul><li>c</li></ul>"]),
    ],
)  # fmt: skip
def test_the_words_that_changed_are_marked(before: Any, after: Any, removed: list[str], added: list[str]) -> None:
    line = marked(*(SafeString(side) if side else None for side in (before, after)))
    assert [found[1] for found in MARK.findall(line.before)] == removed
    assert [found[1] for found in MARK.findall(line.after)] == added


def test_what_is_not_marked_as_safe_is_escaped() -> None:
    line = marked("a <script> b c d", "a <script> b c e")
    assert "<script>" not in line.before + line.after + line.both
    assert "&lt;script&gt;" in line.both


@given(st.text("ab <&.分", max_size=12), st.text("ab <&.分", max_size=12))
def test_each_side_reads_as_it_did(before: str, after: str) -> None:
    line = marked(before, after)
    assert unescape(words(line.before, keep="del")) == before
    assert unescape(words(line.after, keep="ins")) == after
    assert words(line.both, keep="ins").strip() == words(line.after, keep="ins").strip()


def test_lines_that_stay_are_beside_themselves() -> None:
    lines = marked_lines(["a", "b", "c"], ["a", "c", "d"])
    assert [(line.is_changed, bool(line.before), bool(line.after)) for line in lines] == [
        (False, True, True),
        (True, True, False),
        (False, True, True),
        (True, False, True),
    ]


def edited(edit: Any) -> Terms:
    document = default_terms().as_dict()
    edit(document)
    return Terms.parse(document)


def test_equal_texts_have_no_changes() -> None:
    assert changes_by_chapter(default_terms(), default_terms()) == []


def test_changes_stand_under_their_chapters() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["commitments"][0]["working_minutes"] = 90
        document["goals"].pop(0)
        document["review"]["agenda"].reverse()

    found = changes_by_chapter(default_terms(), edited(edit))
    assert [one.id for one in found] == ["goals", "commitments", "review"]
    assert found[0].clauses[0].kind == "removed"
    assert found[1].clauses[0].kind == "changed"
    assert found[2].reordered
    assert n_changes(found) >= 3


def test_a_value_that_no_sentence_says_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "changes_between", lambda old, new: [])
    new = edited(lambda document: document["commitments"][0].update(warn_share=0.5))
    (chapter,) = changes_by_chapter(default_terms(), new)
    (value,) = chapter.values
    assert value.label.endswith(str(LABELS["warn_share"]))
    assert (value.before, value.after) == ("0.8", "0.5")
