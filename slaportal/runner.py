"""`up`: the whole portal from one command, for a first look and for development, on this machine's loopback only."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import http.client
import io
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from slaportal.addresses import listen_on_free_port, web_port
from slaportal.door import ROOT, data_folder, set_secret_key
from slaportal.embedded.folders import make_folder, open_lock
from slaportal.embedded.processes import ServerFailed
from slaportal.embedded.servers import running
from slaportal.parts import (
    Ended,
    Part,
    Terminal,
    Watched,
    first_ended,
    follow_file,
    how_it_ended,
    terminal,
    wait_or_ended,
)

WEB_ANSWERS_WITHIN = 90.0  # seconds; a slow machine imports for a while
WORKER_PATIENCE = 40.0  # longer than the worker's own soft shutdown


class Stop(Exception):
    """Somebody pressed Ctrl-C or asked us to end."""


def up(arguments: list[str]) -> int:
    """Start everything, wait, stop everything; 0 when asked to stop, 1 when a part ended by itself."""
    parser = argparse.ArgumentParser(prog="manage.py up", description=up.__doc__)
    parser.add_argument("--empty", action="store_true", help="no demo world: the first page asks for the first admin")
    options = parser.parse_args(arguments)
    try:
        wanted = web_port(os.environ.get("SLAPORTAL_PORT") or "8000")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    out = terminal()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # started by nohup, it outlives the terminal
        signal.signal(signal.SIGHUP, ask_to_stop)
    try:
        with only_one(data_folder()), listener_on(wanted) as listener:
            return run_everything(out, listener, empty=options.empty)
    except Stop:
        out.plain("Stopped.")
        return 0


def ask_to_stop(number: int, frame: object) -> None:
    """The first time, stop in order; after that, do not interrupt the stopping."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stop


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Refuse a second `up` on the same data."""
    make_folder(folder)
    with open_lock(folder / "up.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            address = folder / "up-address"
            where = f" at {address.read_text()}" if address.exists() else ""
            raise ServerFailed(
                f"the portal already runs on {folder}{where}; stop it first, or name another folder by SLAPORTAL_DATA"
            ) from None
        yield


@contextlib.contextmanager
def listener_on(wanted: int) -> Iterator[socket.socket]:
    """The web server's socket, taken before anything else, so that the address is known and stays ours."""
    try:
        listener = listen_on_free_port(wanted)
    except ValueError as error:
        raise ServerFailed(str(error)) from error
    with listener:
        yield listener


def run_everything(out: Terminal, listener: socket.socket, *, empty: bool) -> int:
    """Servers, then tables and demo world, then the three programs; all of it undone in the opposite order."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    set_secret_key()
    os.environ.setdefault("PUBLIC_URL", url)
    os.environ.setdefault("DEMO", "0" if empty else "1")  # buttons for the demo's people, on this machine only
    with embedded_servers(out) as watched:
        has_people = prepare_database(out, empty=empty)
        (data_folder() / "up-address").write_text(url)
        programs = programs_of_the_portal(listener)
        log_is_over = threading.Event()
        try:
            for part in programs:
                part.start(environ=os.environ | {"PYTHONUNBUFFERED": "1"}, folder=ROOT)
            listener.close()  # it is the web server's now
            for part in programs:
                part.show_on(out)
            for server in watched:
                follow_file(server.log, server.name, out, log_is_over)
            tell_end(out, serve(out, url, programs, watched, has_people=has_people))
            return 1
        finally:
            out.plain("Stopping …")
            for part in (programs[2], programs[0], programs[1]):  # no new work, then no new requests, then the worker
                part.stop()
            log_is_over.set()
            (data_folder() / "up-address").unlink(missing_ok=True)


def serve(out: Terminal, url: str, programs: list[Part], watched: list[Watched], *, has_people: bool) -> Ended:
    """Tell the address once the web server answers, then wait for ever; returns with the first part that ended."""
    try:
        ended = wait_or_ended(lambda: is_healthy(url), programs, watched, seconds=WEB_ANSWERS_WITHIN)
    except TimeoutError:
        return Ended("web", None, list(programs[0].last))
    if not ended:
        greet(out, url, has_people=has_people)
    while not ended:
        time.sleep(0.3)
        ended = first_ended(programs, watched)
    return ended


def programs_of_the_portal(listener: socket.socket) -> list[Part]:
    """Web, worker and beat, by the very commands that production runs (docker-compose.yml)."""
    python = sys.executable
    celery = [python, "-m", "celery", "--quiet", "-A", "slaportal.celery"]
    gunicorn = [python, "-m", "gunicorn", "slaportal.wsgi", f"--bind=fd://{listener.fileno()}", "--workers=2"]
    gunicorn += ["--worker-class=gthread", "--threads=4", "--timeout=60", "--graceful-timeout=15"]
    gunicorn += ["--no-control-socket", "--log-level=warning", "--logger-class=slaportal.access_log.AccessLog"]
    gunicorn += ["--access-logfile=-", "--access-logformat", ACCESS_LINE]
    worker = [*celery, "worker", "--pool=prefork", "--concurrency=2", "--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", f"--schedule={data_folder() / 'beat-schedule'}", "--pidfile="]
    return [
        Part("web", gunicorn, patience=20.0, keep_open=(listener.fileno(),)),
        Part("worker", [*worker, "--queues=fast,slow"], patience=WORKER_PATIENCE),
        Part("beat", beat),
    ]


ACCESS_LINE = "%(m)s %(U)s%(q)s %(s)s %(B)s bytes %(M)s ms"


@contextlib.contextmanager
def embedded_servers(out: Terminal) -> Iterator[list[Watched]]:
    """The servers that the environment does not name; they stop afterwards if nobody else uses them."""
    database, broker = (not os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL"))
    if not (database or broker):
        yield []
        return
    out.line("setup", f"starting the embedded servers in {data_folder()}")
    with running(data_folder(), database=database, broker=broker) as servers:
        os.environ.update(servers.addresses())
        names = {servers.postgres: "postgres", servers.valkey: "broker"}
        yield [Watched(names[server], server.pid, server.exit_status, server.log) for server in servers.wanted]


def prepare_database(out: Terminal, *, empty: bool) -> bool:
    """Migrate, and seed the demo world where nobody is there yet; whether anybody can log in afterwards."""
    import django
    from django.contrib.auth import get_user_model
    from django.core.management import call_command, get_commands
    from django.db import OperationalError, connections

    django.setup()
    try:
        out.line("setup", "bringing the database up to date")
        call_command("migrate", verbosity=0, interactive=False)
        people = get_user_model()._default_manager
        if not people.exists() and not empty:
            if "seed_demo" in get_commands():
                out.line("setup", "making the demo world (once, this takes a while)")
                call_command("seed_demo", stdout=Lines(out), stderr=Lines(out))
            else:
                out.line("setup", "there is no demo world to make yet (no command seed_demo)")
        return people.filter(is_active=True).exists()
    except OperationalError as error:
        raise ServerFailed(f"cannot reach the database: {str(error).strip()}") from error
    finally:
        connections.close_all()


class Lines(io.StringIO):
    """A stream for a command's output: whole lines go to the terminal under "setup"."""

    def __init__(self, out: Terminal) -> None:
        super().__init__()
        self._out = out

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                self._out.line("setup", line)
        return len(text)


def is_healthy(url: str) -> bool:
    """Whether the web server answers (asked directly: a proxy of the user's has no business here)."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def greet(out: Terminal, url: str, *, has_people: bool) -> None:
    """The one address, and who can log in, in one piece."""
    if has_people:
        lines = [f"The SLA Portal runs at {url}", *demo_logins()]
    else:
        lines = [f"The SLA Portal runs. Make the first admin at {url}/setup/"]
    out.plain("\n".join(["", *(f"  {line}" for line in [*lines, "Ctrl-C stops it."]), ""]))


def demo_logins() -> list[str]:
    """What seed_demo says about who can log in; nothing where these people are not the demo's."""
    from django.core.management import CommandError, call_command
    from django.db import connections

    said = io.StringIO()
    try:
        call_command("seed_demo", show_logins=True, stdout=said)
    except (CommandError, TypeError):
        return []
    finally:
        connections.close_all()
    return said.getvalue().splitlines()


def tell_end(out: Terminal, ended: Ended) -> None:
    """Which part ended, how, and what it said last."""
    out.plain()
    out.plain(f"  {ended.name} {how_it_ended(ended.status)}; so everything is stopped. Its last lines:")
    for line in ended.last_lines:
        out.plain(f"    {line}")
    out.plain()
