"""Several programs as one: names before lines, and the news of the first one that ends."""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path

import pytest

from slaportal.parts import Ended, Part, Terminal, Watched, first_ended, how_it_ended, read_last_lines, wait_or_ended

ENDLESS = "import signal; print('here', flush=True); signal.pause()"


def started(name: str, program: str) -> Part:
    part = Part(name, [sys.executable, "-c", program], patience=5)
    part.start(environ=dict(os.environ), folder=Path.cwd())
    return part


def wait_for_end(*parts: Part) -> Ended | None:
    return wait_or_ended(lambda: False, list(parts), [], seconds=20)


def test_each_line_begins_with_the_name_of_its_program() -> None:
    written = io.StringIO()
    part = started("web", "print('one'); print('two')")
    part.show_on(Terminal(written, colours=False))
    wait_for_end(part)
    assert written.getvalue().splitlines() == ["     web | one", "     web | two"]


def test_colours_are_for_terminals_only() -> None:
    plain, coloured = io.StringIO(), io.StringIO()
    Terminal(plain, colours=False).line("web", "text")
    Terminal(coloured, colours=True).line("web", "text")
    assert "\x1b" not in plain.getvalue()
    assert coloured.getvalue() == "\x1b[36m     web |\x1b[0m text\n"


def test_a_terminal_that_went_away_stops_nobody() -> None:
    gone = io.StringIO()
    gone.close()
    Terminal(gone, colours=False).plain("nobody reads this")
    assert gone.closed


def test_the_part_that_ends_is_named_with_its_exit_code_and_last_lines() -> None:
    lives = started("web", ENDLESS)
    dies = started("worker", "import sys; print('no broker'); sys.exit(3)")
    dies.show_on(Terminal(io.StringIO(), colours=False))
    ended = wait_for_end(lives, dies)
    lives.stop()
    assert ended == Ended("worker", 3, ["no broker"])


def test_a_killed_part_is_told_by_its_signal() -> None:
    part = started("beat", ENDLESS)
    assert part.process is not None
    part.process.kill()
    ended = wait_for_end(part)
    assert ended is not None
    assert how_it_ended(ended.status) == "was ended by SIGKILL"


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "ended with exit code 0"), (2, "ended with exit code 2"), (-15, "was ended by SIGTERM"), (None, "is gone")],
)
def test_an_exit_status_in_words(status: int | None, words: str) -> None:
    assert how_it_ended(status) == words


def test_a_server_that_somebody_else_started_is_watched_too(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text("".join(f"line {number}\n" for number in range(30)))
    gone = Watched("postgres", lambda: None, lambda: None, log)
    ended = first_ended([], [gone])
    assert ended is not None
    assert (ended.name, ended.last_lines[-1]) == ("postgres", "line 29")
    assert first_ended([], [Watched("postgres", os.getpid, lambda: None, log)]) is None


def test_a_log_that_is_not_there_has_no_last_lines(tmp_path: Path) -> None:
    assert read_last_lines(tmp_path / "none.log") == []


def test_stopping_asks_first_and_then_insists() -> None:
    stubborn = started(
        "worker", "import signal; signal.signal(15, signal.SIG_IGN); print('on', flush=True); signal.pause()"
    )
    stubborn.patience = 0.2
    assert stubborn.process is not None
    assert stubborn.process.stdout is not None
    assert stubborn.process.stdout.readline() == b"on\n"
    stubborn.stop()
    assert stubborn.exit_status() == -signal.SIGKILL


def test_waiting_without_an_answer_ends() -> None:
    part = started("web", ENDLESS)
    with pytest.raises(TimeoutError):
        wait_or_ended(lambda: False, [part], [], seconds=0)
    part.stop()
    assert part.exit_status() == -signal.SIGTERM
