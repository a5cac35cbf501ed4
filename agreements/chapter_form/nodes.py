"""The chapter as a tree of controls with their values and errors, ready for the template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise

from agreements.chapter_form.labels import CHOICES, HELP, LABELS
from agreements.chapter_form.shapes import Shape, chapter_shape, fields_of
from agreements.rule_fields import Fields
from agreements.rule_form import RuleNode, rule_node, show_rule_errors
from agreements.sentences.values import DAYS
from agreements.terms.rules.tree import Scope


@dataclass
class Item:
    """One clause of a list: its controls, and the words it is known by."""

    name: str
    title: str
    nodes: list[Node]
    # Whether a link led to this clause.
    is_open: bool = False

    @property
    def has_errors(self) -> bool:
        """Whether anything in this clause is refused: then it is shown open."""
        return any(inner.errors for node in self.nodes for inner in walk(node))

    @property
    def is_touched(self) -> bool:
        """Whether a button of a rule in this clause was pressed: it is shown open too."""
        return any(inner.rule is not None and inner.rule.is_touched for node in self.nodes for inner in walk(node))


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

    @property
    def control_id(self) -> str:
        return f"id_{self.name}".replace(".", "-")


def chapter_node(chapter: str, value: Any, sent: QueryDict | None = None) -> Node:
    """The form's tree for a chapter; ``value`` is the chapter as plain JSON, ``sent`` what was posted, if it was."""
    root = build(chapter, chapter, chapter, chapter_shape(chapter), value)
    _show_rules(root, sent)
    return root


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


def build(key: str, name: str, path: str, shape: Shape, value: Any) -> Node:
    """One node with everything below it."""
    node = Node(name=name, path=path, kind=shape.kind, label=LABELS.get(key, key.replace("_", " ").capitalize()))
    node.help = HELP.get(key, "")
    node.is_optional = shape.is_optional
    if shape.kind == "group":
        node.nodes = list(_children(name, path, shape, value or {}))
    elif shape.kind == "list":
        node.items = [_item(name, path, place, shape, one) for place, one in enumerate(value or [])]
    else:
        node.choices = [(choice, CHOICES.get(choice, choice)) for choice in shape.choices]
        node.value = as_text(shape.kind, value)
        node.scope = shape.scope
    return node


def as_text(kind: str, value: Any) -> Any:
    """A document's value as its control shows it."""
    if kind == "rule":
        return value
    if kind == "lines":
        return "\n".join(value or [])
    if kind == "hours":
        return [(day, words, _windows((value or {}).get(day, []))) for day, words in DAYS.items()]
    if kind == "overrides":
        return "\n".join(f"{day}: {_windows(windows)}".strip() for day, windows in (value or {}).items())
    if kind == "choices":
        return list(value or [])
    if kind == "check":
        return bool(value)
    return "" if value is None else value


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


def _children(name: str, path: str, shape: Shape, value: dict[str, Any]) -> Iterator[Node]:
    for key, (label_key, inner) in fields_of(shape).items():
        yield build(label_key, f"{name}.{key}", f"{path}.{key}", inner, value.get(key))


def _item(name: str, path: str, place: int, shape: Shape, value: dict[str, Any]) -> Item:
    title = next((str(value[key]) for key in ("title", "word", "label", "name", "text", "id") if value.get(key)), "")
    inner = list(_children(f"{name}.{place}", f"{path}[{place}]", shape, value))
    return Item(name=f"{name}.{place}", title=title[:80], nodes=inner)


def _nearest(path: str, places: dict[str, Node]) -> Node | None:
    """The control at this path, or the closest one above it."""
    while path:
        if path in places:
            return places[path]
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return None


def _windows(windows: list[list[str]]) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in windows)
