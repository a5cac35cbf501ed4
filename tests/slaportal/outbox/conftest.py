"""Topics and kinds of jobs that exist in these tests only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from slaportal.outbox import registry


@pytest.fixture
def topic() -> Iterator[Callable[..., None]]:
    """Registers a handler for a topic, until the test ends."""
    before = dict(registry._deliveries)

    def add(name: str, handler: registry.Handler, *, outside: bool = False) -> None:
        registry.handles(name, outside=outside)(handler)

    yield add
    registry._deliveries.clear()
    registry._deliveries.update(before)


@pytest.fixture
def kind() -> Iterator[Callable[[str, registry.Run], None]]:
    """Registers the run of a kind of job, until the test ends."""
    before = dict(registry._runs)

    def add(name: str, run: registry.Run) -> None:
        registry.runs(name)(run)

    yield add
    registry._runs.clear()
    registry._runs.update(before)
