"""Makes the project's environment (.venv) with nothing but Python's standard library, and continues there."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / ".venv.lock"
UV = "uv>=0.9"
BUSY = "busy"


class SetupFailed(Exception):
    """The environment could not be made; the text says why and what to do."""


def enter_environment(argv: list[str]) -> None:
    """Continue in `.venv`: returns at once when already there, else makes it if need be and runs `argv` in it.

    `setup` only makes it and ends the process.
    """
    only_setup = argv[1:2] == ["setup"]
    if Path(sys.prefix).resolve() == ENVIRONMENT.resolve() and not only_setup:
        return
    try:
        prepare()
    except SetupFailed as failure:
        sys.exit(f"Set-up failed: {failure}")
    except KeyboardInterrupt:
        sys.exit("Set-up interrupted; the next command begins it again.")
    if only_setup:
        say("The environment in .venv is ready.")
        sys.exit(0)
    sys.stderr.flush()
    python = environment_python()
    os.execv(python, [str(python), *argv])


def prepare() -> None:
    """Make or mend `.venv` unless its stamp says that it fits the lock file; one process at a time."""
    if is_fit():
        return
    with locked() as journal:
        if is_fit():
            return  # another run made it while we waited
        started = time.monotonic()
        broken = journal.read_text() == BUSY
        journal.write_text(BUSY)
        if broken or not works(environment_python()):
            make_environment(clear=ENVIRONMENT.exists())
        try:
            install_packages()
        except SetupFailed:
            journal.write_text("")  # failed in order: what is there can be built upon
            raise
        stamp().write_text(fingerprint())
        journal.write_text("")
        say(f"Environment ready after {time.monotonic() - started:.0f} s.")


def is_fit() -> bool:
    """Whether `.venv` was completed for this lock file and its Python is still the one it was made with."""
    try:
        return environment_python().exists() and stamp().read_text() == fingerprint()
    except OSError:
        return False


def fingerprint() -> str:
    """The lock file's sha256 and the real path of the environment's Python: when either changes, set up again."""
    digest = hashlib.sha256((ROOT / "uv.lock").read_bytes()).hexdigest()
    return f"{digest}\n{environment_python().resolve()}\n"


def stamp() -> Path:
    return ENVIRONMENT / "slaportal-stamp"


def environment_python() -> Path:
    return ENVIRONMENT / "bin" / "python"


def works(python: Path) -> bool:
    """Whether that Python starts and is new enough (tried: a link may point to nowhere)."""
    probe = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([python, "-c", probe], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def make_environment(*, clear: bool) -> None:
    """A new, empty environment with pip; whatever stands there goes first."""
    if missing := [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]:
        raise SetupFailed(without_venv(missing[0]))
    say("Making the environment in .venv (first run: about 500 MB of packages, mostly for tests) …")
    if clear:
        shutil.rmtree(ENVIRONMENT)
    made = subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], capture_output=True, text=True)
    if made.returncode:
        raise SetupFailed(f"{without_venv('venv')}\n{(made.stdout + made.stderr).strip()}")


def without_venv(module: str) -> str:
    """What to install where Python comes without the means to make environments, as on Debian."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    return (
        f"this Python ({sys.executable}) lacks a working “{module}” module. "
        f"On Debian and Ubuntu the package python3-venv (or {package}) brings it: apt install python3-venv"
    )


def install_packages() -> None:
    """What uv.lock names, by uv; where uv cannot be had or fails, the same versions by pip from requirements.txt."""
    uv = ENVIRONMENT / "bin" / "uv"
    pip: list[str | Path] = [environment_python(), "-m", "pip", "install", "--disable-pip-version-check"]
    if not uv.exists():
        if not (ENVIRONMENT / "bin" / "pip").exists():
            run_tool([environment_python(), "-m", "ensurepip"])
        run_tool([*pip, "--quiet", UV])
    if uv.exists() and run_tool([uv, "sync", "--frozen", "--inexact"], **uv_settings()):
        return
    say("uv could not install the packages; trying pip, which takes longer …")
    if not run_tool([*pip, "-r", ROOT / "requirements.txt"]):
        raise SetupFailed("the packages could not be installed (see above). Is there a way to PyPI from here?")


def uv_settings() -> dict[str, str]:
    """uv must fill this very environment with this machine's Python, and do without a cache where home is read-only."""
    settings = {"UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT), "UV_PYTHON_DOWNLOADS": "never"}
    if not has_cache_folder():
        settings["UV_NO_CACHE"] = "1"
    return settings


def has_cache_folder() -> bool:
    """Whether uv could write the cache folder that it would use."""
    if named := os.environ.get("UV_CACHE_DIR"):
        folder = Path(named)
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "uv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def run_tool(command: list[str | Path], **settings: str) -> bool:
    """Run it with its progress on stderr, so that stdout stays the command's own; True where it succeeded."""
    environ = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONHOME")}
    return subprocess.run(command, cwd=ROOT, env=environ | settings, stdout=sys.stderr.fileno()).returncode == 0


@contextlib.contextmanager
def locked() -> Iterator[Path]:
    """Hold the lock beside `.venv`. The file says "busy" while a set-up goes on: found so, the last one was killed."""
    try:
        import fcntl

        handle = LOCK.open("a")
    except ImportError as error:
        raise SetupFailed("this runs on Linux and macOS; on Windows use WSL or docker compose") from error
    except OSError as error:
        raise SetupFailed(f"cannot write in {ROOT}: {error.strerror}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command is setting up the environment; waiting for it …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield LOCK


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
