"""A rule as nested controls: what the template shows for each group and condition, errors beside the control."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from agreements.rule_fields import Fields, Known, KnownField, matches_view, missing_fields
from agreements.rule_form.changes import Focus, changed
from agreements.rule_form.options import ANOTHER, field_choices, operator_options, selected
from agreements.rule_form.reading import one_line, pressed, read_tree, typed_value
from agreements.rule_form.trees import STANDING_KEYS, Tree, always, match_of, unwrapped, wrapped
from agreements.rule_form.words import HANDS, MATCHES
from agreements.sentences.rules import rule_html
from agreements.terms.problems import joined
from agreements.terms.rules.tree import BANDS, FIT_BANDS, RuleInvalid, Scope, parse
from agreements.terms.rules.values import json_text

# More values of a field than this are typed, not ticked.
MOST_TICKS = 12


@dataclass
class Editor:
    """What all nodes of one rule share: where it is changed and counted, and the fields to choose from."""

    name: str
    scope: Scope
    event_name: str
    event: str
    fields: dict[str, KnownField]
    missing: frozenset[str] = frozenset()

    @cached_property
    def field_choices(self) -> SafeString:
        return field_choices(self.scope, self.fields.values())

    @property
    def query(self) -> str:
        return urlencode({"name": self.name, "scope": self.scope, "event_name": self.event_name})

    @property
    def control_id(self) -> str:
        return f"id_{self.name}".replace(".", "-")

    @property
    def change_url(self) -> str:
        return f"{reverse('agreements:rule')}?{self.query}"

    @property
    def matches_url(self) -> str:
        """Where the rule's matches are counted, "" where nobody counts them."""
        view = matches_view()
        return f"{reverse(view)}?{self.query}" if view else ""


@dataclass
class RuleNode:
    """One group, condition or standing of the rule; the root stands for the whole."""

    editor: Editor
    name: str
    path: str
    kind: str
    nots: int = 0
    tree: Tree = field(default_factory=dict)
    nodes: list[RuleNode] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    focus: str = ""
    is_last: bool = True
    # A button of this rule was pressed: whoever shows it should show it open. Of the root only.
    is_touched: bool = False

    @property
    def control_id(self) -> str:
        return f"id_{self.name}".replace(".", "-")

    @property
    def is_root(self) -> bool:
        return self.name == self.editor.name

    @property
    def step(self) -> str:
        """Where this part stands in the rule, as buttons name it; "" is the whole."""
        return self.name.removeprefix(self.editor.name).lstrip(".")

    @property
    def all_errors(self) -> list[str]:
        return [message for node in self.walk() for messages in node.errors.values() for message in messages]

    def walk(self) -> Iterator[RuleNode]:
        yield self
        for node in self.nodes:
            yield from node.walk()

    @property
    def sentence(self) -> SafeString | None:
        """The rule in words; None while it is not complete."""
        try:
            return rule_html(parse(wrapped(self.tree, self.nots), self.editor.scope))
        except RuleInvalid:
            return None

    @property
    def may_go_up(self) -> bool:
        """Not before the very first part of the rule."""
        return self.step != "0"

    @property
    def may_go_down(self) -> bool:
        return not self.is_last or "." in self.step

    # ------------------------------------------------------------------ groups
    @property
    def match(self) -> str:
        match = match_of(self.tree)
        return match if self.nots % 2 == 0 else {"any": "none", "all": "notall"}[match]

    @property
    def matches(self) -> list[tuple[str, str | Promise]]:
        return list(MATCHES.items())

    @property
    def is_negated(self) -> bool:
        return self.nots % 2 == 1

    @property
    def holds(self) -> bool:
        """Whether a group without parts is true."""
        return self.match in {"all", "none"}

    @property
    def pairs_of_nots(self) -> int:
        """“Not not”, which changes nothing and is kept as it is."""
        return self.nots // 2 * 2

    # -------------------------------------------------------------- conditions
    @property
    def field(self) -> str:
        return _text(self.tree.get("field"))

    @property
    def op(self) -> str:
        return _text(self.tree.get("op"))

    @property
    def known(self) -> KnownField:
        return self.editor.fields.get(self.field, KnownField(self.field))

    @cached_property
    def field_options(self) -> SafeString:
        return selected(self.editor.field_choices, self.field)

    @property
    def is_another(self) -> bool:
        """The field is to be typed, because it is none of those offered."""
        return self.field == ANOTHER

    @property
    def is_missing(self) -> bool:
        """No lead has the field, and there are leads to tell."""
        return self.field in self.editor.missing

    @property
    def operators(self) -> list[tuple[str, str | Promise]]:
        return operator_options(self.field, self.op, self.editor.scope)

    @property
    def shape(self) -> str:
        """Which controls the value has: none, one, two, many or days."""
        shapes = dict.fromkeys(("is_blank", "is_not_blank", "is_true"), "none") | {"between": "two"}
        shapes |= dict.fromkeys(("in", "not_in"), "many") | dict.fromkeys(("within_days", "older_than_days"), "days")
        return shapes.get(self.op, "one")

    @property
    def input_type(self) -> str:
        """A picker of days where every value is one; a text elsewhere, so that nothing typed before is lost."""
        is_moment = self.known.kind == "date" and self.shape in {"one", "two"} and self.op not in _TEXTUAL
        return "date" if is_moment and all(not text or _DAY.fullmatch(text) for text in self.texts) else "text"

    @property
    def input_mode(self) -> str:
        is_number = self.known.kind == "number" and self.op not in _TEXTUAL
        return "decimal" if is_number or self.shape == "days" else ""

    @cached_property
    def texts(self) -> list[str]:
        """The value's texts as the controls show them."""
        value = self.tree.get("value")
        values = value if isinstance(value, list | tuple) else [] if value is None else [value]
        return [_text(one) for one in values]

    @property
    def text(self) -> str:
        return self.texts[0] if self.texts else ""

    @property
    def second(self) -> str:
        return self.texts[1] if len(self.texts) > 1 else ""

    @property
    def ticks(self) -> list[tuple[str, str | Promise, bool]]:
        """The field's values to tick, where they are few."""
        known = self.known.values
        if self.shape != "many" or len(known) > MOST_TICKS:
            return []
        return [(one.value, one.label or one.value, one.value in self.texts) for one in known]

    @property
    def lines(self) -> str:
        """The values that cannot be ticked, one per line."""
        ticked = {value for value, _label, _is_ticked in self.ticks}
        return "\n".join(text for text in self.texts if text not in ticked)

    @property
    def rows(self) -> int:
        return min(8, max(2, self.lines.count("\n") + 1))

    @property
    def suggestions(self) -> tuple[Known, ...]:
        """Values that occur, for the control's own list; numbers and days are better typed."""
        return () if self.shape == "days" or self.input_type == "date" else self.known.values

    @property
    def was(self) -> str:
        """The value as it stands, where its controls alone would not bring it back exactly."""
        value = self.tree.get("value")
        ticked = [value for value, _label, is_ticked in self.ticks if is_ticked]
        shown = ticked + self.lines.splitlines() if self.shape == "many" else [one_line(text) for text in self.texts]
        if _same(typed_value(self.op, shown), value):
            return ""
        return json.dumps({"op": self.op, "value": value, "shown": shown}, ensure_ascii=False)

    # --------------------------------------------------------------- standings
    @property
    def grid(self) -> list[list[tuple[str, bool]]]:
        chosen = self.tree.get("band") or ()
        return [[(band, band in chosen) for band in BANDS if band[0] == letter] for letter in FIT_BANDS]

    @property
    def fits(self) -> list[tuple[str, bool]]:
        chosen = self.tree.get("fit_band") or ()
        return [(band, band in chosen) for band in FIT_BANDS]

    @property
    def hand(self) -> str:
        hand = self.tree.get("hand_raise")
        return "" if hand is None else "yes" if hand else "no"

    @property
    def hands(self) -> list[tuple[str, str | Promise]]:
        return list(HANDS.items())

    @property
    def was_standing(self) -> str:
        """The bands in their own order, where ticks would bring them back in another."""
        kept = {key: self.tree[key] for key in ("band", "fit_band") if self.tree.get(key)}
        in_order = {key: [one for one in BANDS + FIT_BANDS if one in value] for key, value in kept.items()}
        return "" if kept == in_order else json.dumps(kept)


def rule_node(
    name: str,
    path: str,
    scope: Scope,
    tree: Any,
    *,
    event_name: str = "",
    event: str = "",
    sent: QueryDict | None = None,
    fields: Fields | None = None,
) -> RuleNode:
    """The rule's controls, ready for ``agreements/_rule.html``.

    ``name`` begins the names of all its controls, ``path`` is where errors will say it stands; ``tree`` is a rule's
    JSON, or what ``read_rule`` gave back. An interest rule says which control holds its type of event
    (``event_name``), and the type. ``sent``: what was posted, so that the focus follows the button that was pressed.
    ``fields``: shared by all rules of a page.
    """
    tree = always() if tree is None else tree
    editor = Editor(name, scope, event_name, event, (fields or Fields()).of(scope, event))
    root = _node(editor, name, path, tree)
    unknown = {node.field for node in root.walk() if node.kind == "compare" and node.field not in editor.fields}
    editor.missing = missing_fields(unknown)
    if sent is not None and (asked := pressed(sent, name)) is not None:
        root.is_touched = True
        _focus(root, changed(read_tree(sent, name), *asked)[1])
    return root


def show_rule_errors(root: RuleNode, problems: Iterable[tuple[str, str]]) -> None:
    """Put each (path, message) beside its control; what names none stands over the rule."""
    nodes = {node.path: node for node in root.walk()}
    for path, message in problems:
        place, part = path, ""
        while place not in nodes and place:
            cut = max(place.rfind("."), place.rfind("["))
            place, part = (place[:cut] if cut > 0 else ""), place[cut:].strip(".") or part
        node = nodes.get(place, root)
        messages = node.errors.setdefault(part if part in _PARTS else "", [])
        if message not in messages:
            messages.append(message)


_PARTS = frozenset({"field", "op", "value", "band", "hand_raise", "fit_band"})
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TEXTUAL = frozenset({"eq", "ne", "contains", "starts_with"})


def _node(editor: Editor, name: str, path: str, tree: Any) -> RuleNode:
    inner, nots = unwrapped(tree)
    path = joined(path, ".".join(["not"] * nots))
    node = RuleNode(editor, name, path, "compare", nots, inner)
    if match := match_of(inner):
        parts = inner[match]
        node.kind = "group" if parts else "constant"
        node.nodes = [
            _node(editor, f"{name}.{place}", joined(path, f"{match}[{place}]"), one) for place, one in enumerate(parts)
        ]
        for place, child in enumerate(node.nodes):
            child.is_last = place == len(parts) - 1
    elif any(key in inner for key in STANDING_KEYS):
        node.kind = "standing"
    return node


def _focus(root: RuleNode, focus: Focus | None) -> None:
    if focus is None:
        return
    node = root
    for step in focus[0]:
        if step >= len(node.nodes):
            return
        node = node.nodes[step]
    node.focus = focus[1]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json_text(value)


def _same(one: Any, other: Any) -> bool:
    """Equal and of one kind: 1, 1.0, true and "1" are four values."""
    return json.dumps(one) == json.dumps(list(other) if isinstance(other, tuple) else other)
