"""`lint`: every linter of the lock file over the whole project, all of them, whatever the first ones say."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from slaportal.door import ROOT

TYPED = ("slaportal", "agreements", "leads", "kpis", "manage.py")
BIN = Path(sys.executable).parent


def lint(arguments: list[str]) -> int:
    """Run all linters, show each one's output and verdict; 1 if any of them complains."""
    if arguments:
        sys.stderr.write("lint takes no arguments; the tools are in .venv/bin\n")
        return 2
    verdicts = {name: verdict(name, command) for name, command in linters().items()}
    failed = [name for name, passed in verdicts.items() if not passed]
    sys.stdout.write(f"\n{len(verdicts) - len(failed)} of {len(verdicts)} passed")
    sys.stdout.write(f"; failed: {', '.join(failed)}\n" if failed else "\n")
    return 1 if failed else 0


def linters() -> dict[str, list[str]]:
    """Name → command, the quick ones first. Their settings are in pyproject.toml."""
    python = [name for name in project_files() if name.endswith(".py")]
    return {
        "ruff check": [str(BIN / "ruff"), "check", "--quiet", "."],
        "ruff format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        "typos": [str(BIN / "typos")],
        "django-upgrade": [str(BIN / "django-upgrade"), "--target-version", "5.2", "--check", *python],
        "djlint": [str(BIN / "djlint"), "--lint", "--quiet", "templates"],
        "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        "mypy": [str(BIN / "mypy"), "--no-error-summary", *TYPED],
    }


def project_files() -> list[str]:
    """The project's own Python files, relative to its root."""
    places = [ROOT / place for place in (*TYPED, "tests")]
    found = [path for place in places for path in (place.rglob("*.py") if place.is_dir() else [place])]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def verdict(name: str, command: list[str]) -> bool:
    """Run one tool and write a line with its verdict; its own words follow only where it complains."""
    started = time.monotonic()
    environ = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    ran = subprocess.run(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    passed = ran.returncode == 0
    sys.stdout.write(f"{name:15} {'ok' if passed else 'FAILED':7} {time.monotonic() - started:5.1f} s\n")
    if not passed:
        sys.stdout.write(ran.stdout)
    sys.stdout.flush()
    return passed
