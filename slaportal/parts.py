"""Runs several programs as one: each line gets its program's name in front; when one ends, we learn which and why."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from slaportal.embedded.processes import before_exec

COLOURS = {"web": 36, "worker": 33, "beat": 35, "postgres": 34, "broker": 32, "setup": 37}
WIDEST = max(len(name) for name in COLOURS)
LAST_LINES = 15


class Terminal:
    """Writes whole lines, one at a time, each with the name of who said it; colours only for a person."""

    def __init__(self, stream: IO[str], *, colours: bool) -> None:
        self._stream = stream
        self._colours = colours
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        """Write `name | text`; where nobody reads any more, quietly nothing."""
        label = f"{name:>{WIDEST}} |"
        if self._colours:
            label = f"\x1b[{COLOURS.get(name, 37)}m{label}\x1b[0m"
        self.plain(f"{label} {text}")

    def plain(self, text: str = "") -> None:
        """Write the line as it is."""
        with self._lock, contextlib.suppress(BrokenPipeError, ValueError):
            self._stream.write(f"{text}\n")
            self._stream.flush()


def terminal() -> Terminal:
    """The process's own stdout; NO_COLOR is respected."""
    return Terminal(sys.stdout, colours=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


@dataclass
class Part:
    """One program: how it is started, how it is asked to stop, and how long it may take for that (seconds)."""

    name: str
    command: list[str]
    patience: float = 10.0
    keep_open: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    reader: threading.Thread | None = None

    def start(self, *, environ: dict[str, str], folder: Path) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches us alone; it ends when we are killed."""
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environ,
            cwd=folder,
            pass_fds=self.keep_open,
            start_new_session=True,
            preexec_fn=before_exec(die_with_parent=True),
        )

    def show_on(self, out: Terminal) -> None:
        """Copy its lines to the terminal from now on. Started after all parts: no thread may run while we fork."""
        if self.process is None or self.process.stdout is None:
            return
        self.reader = threading.Thread(target=self._copy, args=(self.process.stdout, out), daemon=True)
        self.reader.start()

    def _copy(self, lines: IO[bytes], out: Terminal) -> None:
        for raw in lines:
            text = raw.decode(errors="replace").rstrip()
            if text:
                self.last.append(text)
                out.line(self.name, text)

    def exit_status(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self.process.poll() if self.process else None

    def stop(self) -> None:
        """Ask it to end, make it end when its patience is over, and leave none of its children behind."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience)
        kill_group(self.process.pid)
        self.process.wait()


@dataclass(frozen=True)
class Watched:
    """A server that we use but need not have started: its process while it lives, and how it ended if that is known."""

    name: str
    pid: Callable[[], int | None]
    exit_status: Callable[[], int | None]
    log: Path


@dataclass(frozen=True)
class Ended:
    """A part that ended by itself: exit code (negative for a signal, None if unknown) and what it said last."""

    name: str
    status: int | None
    last_lines: list[str]


def kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def how_it_ended(status: int | None) -> str:
    """An exit status in words: exit code or the signal's name."""
    if status is None:
        return "is gone"
    if status >= 0:
        return f"ended with exit code {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"


def first_ended(parts: list[Part], watched: list[Watched]) -> Ended | None:
    """A part or server that ended; None while all run."""
    for part in parts:
        if (status := part.exit_status()) is not None:
            if part.reader is not None:
                part.reader.join(timeout=1)  # its last words may still be on their way
            return Ended(part.name, status, list(part.last))
    for server in watched:
        if server.pid() is None:
            return Ended(server.name, server.exit_status(), read_last_lines(server.log))
    return None


def follow_file(path: Path, name: str, out: Terminal, stopped: threading.Event) -> threading.Thread:
    """Show what is appended to a log file from now on, until `stopped`; several commands may share its server."""
    begins = path.stat().st_size if path.exists() else 0

    def follow() -> None:
        with path.open("rb") as log:
            log.seek(begins)
            while True:
                over = stopped.is_set()
                while line := log.readline():
                    out.line(name, line.decode(errors="replace").rstrip())
                if over:
                    return
                stopped.wait(0.3)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    return thread


def read_last_lines(path: Path, *, count: int = LAST_LINES) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()[-count:]
    except OSError:
        return []


def wait_or_ended(
    condition: Callable[[], bool], parts: list[Part], watched: list[Watched], *, seconds: float
) -> Ended | None:
    """Wait until the condition holds; what ended meanwhile, if anything did. A TimeoutError when neither happens."""
    ends = time.monotonic() + seconds
    while not condition():
        if ended := first_ended(parts, watched):
            return ended
        if time.monotonic() > ends:
            raise TimeoutError
        time.sleep(0.1)
    return None
