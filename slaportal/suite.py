"""`test`: the whole suite on servers of its own that forget everything, or on those that the environment names."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from slaportal.door import ROOT
from slaportal.embedded.servers import running

PROCESSES = 2


def run_tests(arguments: list[str]) -> int:
    """Run pytest with these arguments and return its exit code."""
    folder = Path(tempfile.mkdtemp(prefix="sla-test-"))
    # Nothing that a test does may reach the data of a portal that runs beside it.
    environ = os.environ | {"SLAPORTAL_DATA": str(folder)}
    database, broker = (not os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL"))
    try:
        if not (database or broker):
            return run_pytest(arguments, environ)
        with running(folder, database=database, broker=broker, forgetful=True) as servers:
            return run_pytest(arguments, environ | servers.addresses())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_pytest(arguments: list[str], environ: dict[str, str]) -> int:
    """pytest in a process of its own, which gets Ctrl-C from the terminal itself and tells what it did until then."""
    command = [sys.executable, "-m", "pytest", *processes_for(arguments), *arguments]
    pytest = subprocess.Popen(command, cwd=ROOT, env=environ)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return pytest.wait()
    finally:
        if pytest.poll() is None:  # we were asked to end by SIGTERM
            pytest.terminate()
            pytest.wait()
        signal.signal(signal.SIGINT, before)


def processes_for(arguments: list[str]) -> list[str]:
    """Two processes, unless the arguments say how many, or ask for something that needs one."""
    own_word = ("-n", "--numprocesses", "--pdb", "--trace", "--collect-only", "--co", "--help", "-h", "--version")
    if any(argument.startswith(own_word) for argument in arguments) or "no:xdist" in " ".join(arguments):
        return []
    return [f"-n{PROCESSES}"]
