"""The portal's own programs for real: web, worker and beat, killed and started again, robbed of their broker.

Nobody in here calls a drain: what is sent over HTTP is handed over by the programs or not at all. All waiting is
looking again and again up to a deadline.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from leads.models import Handoff, LeadEvent, PendingEvent
from slaportal.accounts.models import User
from slaportal.accounts.tokens import create_token
from slaportal.addresses import listen_on_free_port
from slaportal.door import ROOT
from slaportal.embedded.processes import wait_until
from slaportal.outbox.models import OutboxMessage
from slaportal.parts import Part, kill_group
from slaportal.runner import is_healthy, programs_of_the_portal
from tests.flows.conftest import WANTED, event

STARTS_WITHIN = 60.0
HANDED_WITHIN = 45.0  # two ticks of 5 seconds, and a slow machine
# Nobody listens there: whoever needs a broker fails, whoever does not goes on.
NO_BROKER = "redis://127.0.0.1:1/0"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("active_terms", "sam")]


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """What the programs are told: the test's own database, the test's keys in the broker, a folder of their own."""
    if settings.REDIS is None:
        pytest.skip("REDIS_URL is not set: the worker needs a broker")
    tmp_path.chmod(0o700)
    told = {
        "DATABASE_URL": with_database(os.environ["DATABASE_URL"], str(settings.DATABASES["default"]["NAME"])),
        "SLAPORTAL_DATA": str(tmp_path),
        "SECRET_KEY": "k" * 60,
        "PYTHONUNBUFFERED": "1",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **told}


def with_database(url: str, name: str) -> str:
    """The address of another database on the same server."""
    base, question, options = url.partition("?")
    return f"{base.rpartition('/')[0]}/{name}{question}{options}"


class Portal:
    """Programs by the commands of `up`, and a program of somebody else's that talks to them."""

    def __init__(self, environ: dict[str, str], token: str) -> None:
        self.environ, self.token = environ, token
        self.log = Path(environ["SLAPORTAL_DATA"], "log")
        self.parts: dict[str, Part] = {}
        self.url = ""

    def start(self, *names: str) -> None:
        """Start these; the web server on a port that is free."""
        with listen_on_free_port(0) as listener:
            known = {part.name: part for part in programs_of_the_portal(listener)}
            known["sweeper"] = Part("sweeper", [sys.executable, "manage.py", "sweeper"])
            for name in names:
                part = self.parts[name] = known[name]
                # Nobody reads what they say; a full pipe would stop them.
                part.command = ["sh", "-c", 'exec "$@" >>"$0" 2>&1', str(self.log), *part.command]
                part.start(environ=self.environ, folder=ROOT)
            if "web" in names:
                self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert wait_until(lambda: is_healthy(self.url), seconds=STARTS_WITHIN), self.last_words()

    def kill(self, name: str) -> None:
        """SIGKILL to the part and its children, as the machine's out-of-memory killer would."""
        part = self.parts.pop(name)
        assert part.process is not None
        kill_group(part.process.pid)
        part.process.wait()

    def ends_in_order(self, name: str) -> bool:
        """Whether it ends by itself when it is asked to, without complaint."""
        process = self.parts[name].process
        assert process is not None
        process.send_signal(signal.SIGTERM)
        return process.wait(20) == 0

    def stop(self) -> None:
        for part in self.parts.values():
            part.stop()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def post(self, path: str, body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        # A list goes in chunks, without its length, as some programs send.
        request = urllib.request.Request(f"{self.url}/api/{path}", [json.dumps(body).encode()], headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return dict(json.load(answer))

    def send_demo_request(self, name: str) -> None:
        assert self.post("leads/", {**WANTED, "external_id": name, "email": f"{name}@nordlys.example"})["id"]
        sent = event("demo_request", f"asks-{name}", lead={"external_id": name}, at=timezone.now())
        assert self.post("events/", sent)["accepted"] == 1

    def hands_over(self, name: str) -> bool:
        """Whether this lead comes to its rep before the deadline, and the rep is written to."""
        return wait_until(lambda: is_handed(name), seconds=HANDED_WITHIN)


@pytest.fixture
def portal(environ: dict[str, str], mina: User) -> Iterator[Portal]:
    _, token = create_token(owner=mina, name="site", by=mina)
    portal = Portal(environ, token)
    yield portal
    portal.stop()


def is_handed(name: str) -> bool:
    handoff = Handoff.objects.filter(lead__external_id=name).first()
    if handoff is None:
        return False
    mails = OutboxMessage.objects.filter(topic="email", dedup_key__contains=str(handoff.public_id))
    return mails.exists() and not mails.filter(done_at=None).exists()


def test_whatever_dies_each_demo_request_is_handed_over_once(portal: Portal) -> None:
    """One start of the programs for all of it: starting them is what takes the time."""
    portal.start("web", "worker", "beat")
    portal.send_demo_request("first")
    assert portal.hands_over("first"), portal.last_words()

    portal.kill("worker")
    portal.send_demo_request("while-no-worker-lives")
    portal.start("worker")
    assert portal.hands_over("while-no-worker-lives"), portal.last_words()

    assert settings.REDIS is not None
    with redis.Redis.from_url(settings.REDIS.client) as broker:
        broker.flushdb()
    portal.send_demo_request("after-the-flush")
    assert portal.hands_over("after-the-flush"), portal.last_words()

    portal.kill("worker")
    portal.kill("beat")
    portal.environ["REDIS_URL"] = NO_BROKER
    portal.send_demo_request("by-the-sweeper-alone")
    portal.start("sweeper")
    assert portal.hands_over("by-the-sweeper-alone"), portal.last_words()
    assert portal.ends_in_order("sweeper"), portal.last_words()

    assert Handoff.objects.count() == LeadEvent.objects.count() == 4
    assert not PendingEvent.objects.exists()
    assert set(OutboxMessage.objects.filter(topic="email").values_list("attempts", flat=True)) == {1}


@contextlib.contextmanager
def up(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`manage.py up --empty` on a free port."""
    command = [sys.executable, "manage.py", "up", "--empty"]
    started = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environ | {"SLAPORTAL_PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        started.terminate()
        started.wait(60)


def read_up_to(started: subprocess.Popen[str], words: str) -> str:
    """What it said until these words came; all of it where they never did."""
    assert started.stdout is not None
    said = []
    for line in started.stdout:
        said.append(line)
        if words in line:
            break
    return "".join(said)


def process_of(started: subprocess.Popen[str], words: str) -> int:
    """The child of `up` with these words in its command."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return next(int(pid) for pid, parent, command in rows if int(parent) == started.pid and words in command)


def test_up_names_the_part_that_died_and_goes_on_at_the_next_start(environ: dict[str, str]) -> None:
    with up(environ) as first:
        said = read_up_to(first, "Ctrl-C stops it.")
        url = re.search(r"runs at (http://\S+)", said)
        assert url, said
        assert is_healthy(url[1])
        os.kill(process_of(first, "celery"), signal.SIGKILL)
        rest = first.stdout.read() if first.stdout else ""
        assert re.search(r"(worker|beat) was ended by SIGKILL", rest), rest
        assert first.wait(60) == 1
    with up(environ) as second:
        assert "runs at http" in read_up_to(second, "Ctrl-C stops it.")
        second.send_signal(signal.SIGINT)
        assert read_up_to(second, "Stopped.").endswith("Stopped.\n")
        assert second.wait(60) == 0
