"""Links that let people set a password stand in no log, and mails are read by their owner alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.mail import EmailMessage
from gunicorn.config import Config

from slaportal.access_log import AccessLog
from slaportal.logs import without_secrets
from slaportal.mail import ConsoleAndFileBackend

LINK = "/accounts/link/MQ.c0ffee/"


def test_the_web_servers_lines_leave_such_links_out() -> None:
    environ = {"REQUEST_METHOD": "GET", "RAW_URI": LINK, "PATH_INFO": LINK, "SERVER_PROTOCOL": "HTTP/1.1"}
    environ |= {"QUERY_STRING": "", "HTTP_REFERER": f"http://localhost{LINK}"}
    response = SimpleNamespace(status="200 OK", sent=3, headers=[("Location", LINK)])
    request = SimpleNamespace(headers=[("REFERER", f"http://localhost{LINK}")])
    atoms = AccessLog(Config()).atoms(response, request, environ, dt.timedelta(seconds=1))
    assert "c0ffee" not in str(atoms)
    assert (atoms["U"], atoms["s"]) == ("/accounts/link/…/", "200")


def test_our_own_lines_leave_such_links_out() -> None:
    event: dict[str, Any] = {"event": f"GET {LINK}", "request": f"GET {LINK}"}
    assert "c0ffee" not in str(without_secrets(None, "info", event))


def test_a_mail_is_a_file_for_its_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backend = ConsoleAndFileBackend(file_path=str(tmp_path))
    backend.send_messages([EmailMessage("Set your password", LINK, "us@example.com", ["sam@example.com"])])
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert LINK in file.read_text()
    assert LINK not in capsys.readouterr().out
