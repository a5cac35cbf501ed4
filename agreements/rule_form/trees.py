"""A rule on its way through the form: plain JSON as the parser reads it, also where it is not complete yet."""

from __future__ import annotations

from typing import Any

Tree = dict[str, Any]
Steps = tuple[int, ...]

STANDING_KEYS = ("band", "hand_raise", "fit_band")


def blank() -> Tree:
    """A condition that nobody has filled in."""
    return {"field": "", "op": "eq", "value": ""}


def always() -> Tree:
    return {"all": []}


def unwrapped(tree: Any) -> tuple[Tree, int]:
    """What stands within the “not”s, and how many there are."""
    nots = 0
    while isinstance(tree, dict) and tree.keys() == {"not"}:
        tree, nots = tree["not"], nots + 1
    return (tree if isinstance(tree, dict) else {}), nots


def wrapped(tree: Tree, nots: int) -> Tree:
    for _ in range(nots):
        tree = {"not": tree}
    return tree


def match_of(tree: Tree) -> str:
    """How the parts of a group hold together, "" if it is none."""
    return next((key for key in ("all", "any") if isinstance(tree.get(key), list)), "")


def parts_of(tree: Any) -> list[Any] | None:
    """The list of the group's parts itself, None if it is no group."""
    inner, _nots = unwrapped(tree)
    match = match_of(inner)
    return inner[match] if match else None
