"""The chapter as a tree of controls with their values and errors, ready for the template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise

from agreements.chapter_form.anchors import ANCHORS
from agreements.chapter_form.choices import (
    PICKS,
    SELECTS,
    Document,
    Grouped,
    blank_option,
    pick_options,
    select_options,
    suggestions,
)
from agreements.chapter_form.helps import help_for, unit_of
from agreements.chapter_form.labels import CHOICES, label_of
from agreements.chapter_form.shapes import Shape, chapter_shape, fields_of
from agreements.chapter_form.values import as_text, day_nodes
from agreements.rule_fields import Fields
from agreements.rule_form import RuleNode, rule_node, show_rule_errors
from agreements.sentences.kpi_words import kpi_name
from agreements.sources import Source, place_of, source_for
from agreements.terms.rules.tree import Scope


@dataclass
class Item:
    """One clause of a list: its controls, its permanent id, and the words it is known by."""

    name: str
    title: str
    nodes: list[Node]
    # Whether a link led to this clause.
    is_open: bool = False
    anchor: str = ""
    is_first: bool = False
    is_last: bool = False
    # Which of its buttons was pressed, so that the page comes back to it.
    focus: str = ""
    # What is known about such clauses.
    source: Source | None = None

    @property
    def control_id(self) -> str:
        return f"id_{self.name}".replace(".", "-")

    @property
    def has_errors(self) -> bool:
        """Whether anything in this clause is refused: then it is shown open."""
        return any(inner.errors for node in self.nodes for inner in walk(node))

    @property
    def is_touched(self) -> bool:
        """Whether a button of this clause or of a rule in it was pressed: it is shown open too."""
        return self.focus == "add" or any(
            inner.rule is not None and inner.rule.is_touched for node in self.nodes for inner in walk(node)
        )


@dataclass
class Node:
    """One control (or a group, or a list) of the form; ``path`` is where the document keeps its value."""

    name: str
    path: str
    kind: str
    label: str | Promise
    help: str | Promise = ""
    value: Any = None
    choices: list[tuple[str, str | Promise]] = field(default_factory=list)
    is_optional: bool = False
    nodes: list[Node] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    scope: Scope = "any"
    rule: RuleNode | None = None
    grouped: Grouped = field(default_factory=list)
    blank: str = ""
    unit: str | Promise = ""
    # The clause of the readable page that this value belongs to, for links to it.
    anchor: str = ""
    # What is known about such values.
    source: Source | None = None

    @property
    def control_id(self) -> str:
        return f"id_{self.name}".replace(".", "-")

    @property
    def described_by(self) -> str:
        """The ids of what is said beside the control."""
        said = {"unit": self.unit or self.kind == "percent", "help": self.help, "error": self.errors}
        return " ".join(f"{self.control_id}_{name}" for name, words in said.items() if words)


def chapter_node(
    chapter: str, value: Any, sent: QueryDict | None = None, *, document: Document | None = None, moved: str = ""
) -> Node:
    """The form's tree for a chapter; ``value`` is the chapter as plain JSON, ``sent`` what was posted, if it was.

    ``document`` is the whole text, for what refers to other chapters; ``moved`` the clause whose button was pressed,
    as “down returns.reasons.3”.
    """
    builder = Builder({**(document or {}), chapter: value}, moved)
    root = builder.build(chapter, chapter, chapter, chapter_shape(chapter), value)
    _show_rules(root, sent)
    _show_sources(root, builder.document)
    return root


def _show_sources(root: Node, document: Document) -> None:
    """What is known of the values, beside each that something is known of alone."""
    for node in walk(root):
        node.source = source_for(place_of(node.path, document))
        for item in node.items:
            item.source = source_for(place_of(item.name, document))


def _show_rules(root: Node, sent: QueryDict | None) -> None:
    """The editors of all rules in the chapter; they share what is known of the fields."""
    values = {node.name: node.value for node in walk(root)}
    fields = Fields()
    for node in walk(root):
        if node.kind == "rule":
            event_name = f"{node.name.rpartition('.')[0]}.event" if node.scope == "event" else ""
            event = str(values.get(event_name, ""))
            node.rule = rule_node(
                node.name,
                node.path,
                node.scope,
                node.value,
                event_name=event_name,
                event=event,
                sent=sent,
                fields=fields,
            )


@dataclass
class Builder:
    """Builds the tree; knows the document around the chapter."""

    document: Document
    moved: str = ""

    def build(self, key: str, name: str, path: str, shape: Shape, value: Any, holder: str = "") -> Node:
        """One node with everything below it."""
        node = Node(name, path, shape.kind, label_of(holder, key), help_for(holder, key), unit=unit_of(key))
        node.is_optional = shape.is_optional
        node.anchor = ANCHORS.get(path, "")
        if shape.kind == "group":
            node.nodes = list(self._children(name, path, shape, value or {}))
        elif shape.kind == "list":
            node.items = list(self._items(name, path, shape, value or []))
        elif shape.kind in {"hours", "overrides"}:
            node.nodes = [Node(*one) for one in day_nodes(shape.kind, name, path, value or {})]
        else:
            self._offer(node, shape, value)
        return node

    def _offer(self, node: Node, shape: Shape, value: Any) -> None:
        node.value = as_text(shape.kind, value)
        node.scope = shape.scope
        node.choices = [(choice, CHOICES.get(choice, choice)) for choice in shape.choices]
        if shape.kind in SELECTS:
            node.grouped = select_options(shape.kind, value, self.document)
            node.blank = blank_option(shape.kind)
        elif shape.kind in PICKS:
            node.choices = pick_options(shape.kind, node.value)
        elif shape.kind == "event":
            node.choices = suggestions(shape.kind)

    def _children(self, name: str, path: str, shape: Shape, value: dict[str, Any]) -> Iterator[Node]:
        holder = shape.part.__name__ if shape.part else ""
        for key, (label_key, inner) in fields_of(shape).items():
            yield self.build(label_key, f"{name}.{key}", f"{path}.{key}", inner, value.get(key), holder)

    def _items(self, name: str, path: str, shape: Shape, values: list[dict[str, Any]]) -> Iterator[Item]:
        for place, value in enumerate(values):
            own = f"{name}.{place}"
            inner = list(self._children(own, f"{path}[{place}]", shape, value))
            item = Item(own, _title(value), inner, anchor=str(value.get("id") or ""))
            item.is_first, item.is_last = place == 0, place == len(values) - 1
            way, _, moved = self.moved.partition(" ")
            item.focus = way if moved == own else ""
            yield item


def _title(value: dict[str, Any]) -> str:
    """The words that a clause is known by."""
    if value.get("kpi"):
        return kpi_name(value["kpi"])
    keys = ("title", "word", "label", "name", "team", "text", "content")
    words = next((str(value[key]) for key in keys if value.get(key)), "")
    named = [str(CHOICES[value[key]]) for key in ("channel", "kind", "stage") if value.get(key) in CHOICES]
    return (words or " ".join(named) or str(value.get("id") or ""))[:80]


def show_errors(root: Node, errors: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Put each error beside its control; what belongs to no control here is given back."""
    places = {node.path: node for node in walk(root)}
    left = []
    for path, message in errors:
        node = _nearest(path, places)
        if node is None:
            left.append((path, message))
            continue
        node.errors.append(message)
        if node.rule is not None:
            show_rule_errors(node.rule, [(path, message)])
    return left


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in node.nodes:
        yield from walk(child)
    for item in node.items:
        for child in item.nodes:
            yield from walk(child)


def _nearest(path: str, places: dict[str, Node]) -> Node | None:
    """The control at this path, or the closest one above it."""
    while path:
        if path in places:
            return places[path]
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return None
