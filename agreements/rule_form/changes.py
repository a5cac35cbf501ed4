"""What the buttons of a rule do to its tree; steps lead from the root to the part that a button belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agreements.rule_form.trees import Steps, Tree, always, blank, match_of, parts_of, unwrapped

Focus = tuple[Steps, str]


def changed(tree: Tree, action: str, steps: Steps) -> tuple[Tree, Focus | None]:
    """The tree after the action, and which control of which part goes on with it; unknown ones change nothing."""
    act = ACTIONS.get(action)
    if act is None or not _is_there(tree, steps):
        return tree, None
    return act(tree, steps)


def _add(make: Callable[[Tree], Tree], part: str) -> Callable[[Tree, Steps], tuple[Tree, Focus | None]]:
    def add(tree: Tree, steps: Steps) -> tuple[Tree, Focus | None]:
        group = _at(tree, steps)
        if parts_of(group) is None:
            # Only the root can be a single condition with a button to add to it.
            if steps:
                return tree, None
            tree = group = {"all": [tree]}
        inner, _nots = unwrapped(group)
        parts = inner[match_of(inner)]
        parts.append(make(inner))
        return tree, ((*steps, len(parts) - 1), part)

    return add


def _opposite_group(parent: Tree) -> Tree:
    """In a group of which all must hold, another one of the same kind would say nothing new."""
    return {"any" if match_of(parent) == "all" else "all": [blank()]}


def _remove(tree: Tree, steps: Steps) -> tuple[Tree, Focus | None]:
    """A group that has nothing left goes too; a rule that has nothing left holds always."""
    if not steps:
        return always(), ((), "add")
    _take(tree, steps)
    parent = steps[:-1]
    while parent and not parts_of(_at(tree, parent)):
        _take(tree, parent)
        parent = parent[:-1]
    if not parts_of(tree):
        return always(), ((), "add")
    return tree, (parent, "add")


def _up(tree: Tree, steps: Steps) -> tuple[Tree, Focus | None]:
    """Before the part above, into it at its end if it is a group, out of the own group at its start."""
    if not steps or (steps == (0,)):
        return tree, None
    *above, place = steps
    if place == 0:
        return _moved(tree, steps, tuple(above), "up")
    before = (*above, place - 1)
    neighbours = parts_of(_at(tree, before))
    return _moved(tree, steps, (*before, len(neighbours)) if neighbours else before, "up")


def _down(tree: Tree, steps: Steps) -> tuple[Tree, Focus | None]:
    """Behind the part below, into it at its start if it is a group, out of the own group at its end."""
    if not steps:
        return tree, None
    *above, place = steps
    last = len(parts_of(_at(tree, tuple(above))) or ()) - 1
    if place == last:
        return (tree, None) if not above else _moved(tree, steps, (*above[:-1], above[-1] + 1), "down")
    behind = (*above, place + 1)
    # What is taken out lets the parts behind it move up by one.
    return _moved(tree, steps, (*above, place, 0) if parts_of(_at(tree, behind)) else behind, "down")


def _moved(tree: Tree, steps: Steps, target: Steps, part: str) -> tuple[Tree, Focus | None]:
    """Take the part out and put it at ``target``, as places are once it is out; its group goes if that was all."""
    moving = _take(tree, steps)
    own = steps[:-1]
    parts = parts_of(_at(tree, target[:-1]))
    if parts is None:
        return tree, None
    parts.insert(target[-1], moving)
    if own and not parts_of(_at(tree, shifted := _shifted(own, target))):
        _take(tree, shifted)
        target = _shifted_back(target, shifted)
    return tree, (target, part)


def _shifted(own: Steps, target: Steps) -> Steps:
    """Where the part's own group stands after it was put before it."""
    if own[:-1] == target[:-1] and target[-1] <= own[-1]:
        return (*own[:-1], own[-1] + 1)
    return own


def _shifted_back(target: Steps, gone: Steps) -> Steps:
    """Where the part stands after the group at ``gone`` was taken away before it."""
    level = len(gone) - 1
    if target[:level] == gone[:level] and target[level] > gone[level]:
        return (*target[:level], target[level] - 1, *target[level + 1 :])
    return target


def _at(tree: Any, steps: Steps) -> Tree:
    for step in steps:
        tree = (parts_of(tree) or [])[step]
    found: Tree = tree
    return found


def _take(tree: Tree, steps: Steps) -> Any:
    return (parts_of(_at(tree, steps[:-1])) or []).pop(steps[-1])


def _is_there(tree: Any, steps: Steps) -> bool:
    for step in steps:
        parts = parts_of(tree)
        if parts is None or step >= len(parts):
            return False
        tree = parts[step]
    return True


ACTIONS: dict[str, Callable[[Tree, Steps], tuple[Tree, Focus | None]]] = {
    "add-condition": _add(lambda _parent: blank(), "field"),
    "add-standing": _add(lambda _parent: {"band": []}, "band"),
    "add-group": _add(_opposite_group, "match"),
    "remove": _remove,
    "up": _up,
    "down": _down,
}
