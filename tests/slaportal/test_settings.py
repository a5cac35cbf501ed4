"""A wrong or missing value in the environment stops the start with a sentence that names it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from slaportal.bootstrap import ROOT

GOOD = {
    "SLAPORTAL_PRODUCTION": "1",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "portal.example.com",
    "DATABASE_URL": "postgres://portal@db.example.com/portal",
    "REDIS_URL": "redis://broker.example.com:6379/0",
    "PUBLIC_URL": "https://portal.example.com",
}


def load(environ: dict[str, str], expression: str = "None") -> subprocess.CompletedProcess[str]:
    """The settings as a new process with this environment alone reads them."""
    program = f"from slaportal import settings; print({expression})"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "50 characters"),
        ({"DEBUG": "1"}, "DEBUG off"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:///x.db"}, "PostgreSQL is the only database"),
        ({"DATABASE_URL": "nonsense"}, "PostgreSQL is the only database"),
        ({"REDIS_URL": "http://x"}, "known are redis://"),
        ({"PUBLIC_URL": "portal.example.com"}, "PUBLIC_URL is “portal.example.com”"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is “LOUD”"),
    ],
)
def test_a_bad_value_is_named(changes: dict[str, str], words: str) -> None:
    ran = load(GOOD | changes)
    assert ran.returncode == 1
    assert words in ran.stderr.splitlines()[-1]


def test_production_is_strict_about_cookies_and_transport() -> None:
    names = "SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE, SECURE_SSL_REDIRECT, SECURE_HSTS_SECONDS > 0, DEBUG"
    ran = load(GOOD, f"[settings.{names.replace(', ', ', settings.')}]")
    assert ran.stdout == "[True, True, True, True, False]\n"


def test_without_anything_set_only_this_machine_is_served_and_no_key_is_known_beforehand() -> None:
    ran = load({}, "settings.ALLOWED_HOSTS, len(settings.SECRET_KEY) > 50, settings.DATABASES['default']['ENGINE']")
    assert ran.stdout == "['localhost', '127.0.0.1', '[::1]'] True django.db.backends.dummy\n"
