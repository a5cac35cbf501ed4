"""What both embedded servers need from the system: processes, sockets, and a way for root to run PostgreSQL."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

LONGEST_SOCKET_PATH = 100  # the system's limit is 104 (macOS) or 108 bytes (Linux)
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ServerFailed(Exception):
    """An embedded server cannot be started or stopped; the text says which, why, and what to do."""


def is_alive(pid: int, program: str) -> bool:
    """Whether this process runs and is that program: after a crash another program may have got the number."""
    state, name = state_and_name(pid)
    return name == program and not state.startswith("Z")  # a zombie has ended, its parent just has not asked yet


def state_and_name(pid: int) -> tuple[str, str]:
    """The process's state letter and its program's file name; both empty where it is gone."""
    if sys.platform == "linux":
        try:
            before, _, after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
        except OSError:
            return "", ""
        return after.split()[0], before.partition("(")[2]
    listed = subprocess.run(["ps", "-p", str(pid), "-o", "stat=,comm="], capture_output=True, text=True)
    state, _, path = listed.stdout.strip().partition(" ")
    return state, os.path.basename(path.strip())


def stop_process(pid: int, program: str, steps: tuple[tuple[signal.Signals, float], ...]) -> None:
    """Send each signal in turn until the process is gone, giving it that many seconds each time."""
    for number, seconds in steps:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until(lambda: not is_alive(pid, program), seconds=seconds):
            return
    raise ServerFailed(f"{program} (process {pid}) does not stop")


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Look every few hundredths of a second; False when it did not come true in time."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.03)
    return True


def answers(path: Path) -> bool:
    """Whether somebody accepts connections on that unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def socket_folder(name: str) -> Path:
    """A new private folder for sockets, with a path short enough whatever the project's own path is."""
    for base in (tempfile.gettempdir(), "/tmp"):
        if len(os.path.join(base, "sla-12345678", name)) < LONGEST_SOCKET_PATH:
            return Path(tempfile.mkdtemp(prefix="sla-", dir=base))
    raise ServerFailed("no temporary folder has a path short enough for a socket; set TMPDIR to a short one")


def remove_socket_folder(folder: Path) -> None:
    """Clear away what `socket_folder` made, and nothing else."""
    if folder.name.startswith("sla-"):
        shutil.rmtree(folder, ignore_errors=True)


def package_folder(name: str) -> Path:
    """Where an installed package lies, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerFailed(f"the package {name} is not installed; python3 manage.py setup installs it")
    return Path(spec.origin).parent


def can_leave_root() -> bool:
    """Whether a new user namespace can be had, in which a process of root is nobody in particular."""
    if _LIBC is None or os.environ.get("SLAPORTAL_NO_USER_NAMESPACE"):
        return False
    tried = subprocess.run(
        [sys.executable, "-c", f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({CLONE_NEWUSER}) != 0)"]
    )
    return tried.returncode == 0


def before_exec(*, leave_root: bool = False, die_with_parent: bool = False) -> Callable[[], None] | None:
    """What a child does between fork and exec; None where there is nothing to do on this system."""
    if _LIBC is None or not (leave_root or die_with_parent):
        return None

    def prepare() -> None:
        if leave_root and _LIBC.unshare(CLONE_NEWUSER) != 0:
            os._exit(71)
        if die_with_parent:
            _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return prepare
