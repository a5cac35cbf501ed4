"""Inside the environment: gives each command the servers that it needs, and runs it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from slaportal.catalogues import compile_catalogues
from slaportal.embedded.folders import make_folder, open_lock, private_text
from slaportal.embedded.processes import ServerFailed
from slaportal.embedded.servers import running

ROOT = Path(__file__).resolve().parent.parent
OWN_COMMANDS = {
    "up": "start everything: PostgreSQL, broker, web, worker, beat (--empty: without the demo world)",
    "test": "run the tests; arguments go to pytest",
    "lint": "run the linters",
    "translations": "collect the texts to translate into locale/*/LC_MESSAGES/django.po",
    "setup": "make the environment in .venv, and nothing else",
}
# These never look into the database.
NEED_NO_SERVERS = {
    *("help", "version", "--version", "--help", "-h", "check", "collectstatic", "compilemessages", "diffsettings"),
    *("findstatic", "makemessages", "makemigrations", "spectacular", "startapp", "startproject"),
}
# These are what one runs while the tables are not there yet.
NEED_NO_TABLES = {
    *("dbshell", "flush", "inspectdb", "migrate", "optimizemigration", "showmigrations", "sqlflush", "sqlmigrate"),
    *("sqlsequencereset", "squashmigrations", "test"),
}


def run(argv: list[str]) -> int:
    """Run the command and return the exit code. A failing server is a line on the terminal, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slaportal.settings")
    signal.signal(signal.SIGTERM, end_in_order)
    command = argv[1] if len(argv) > 1 else "help"
    compile_catalogues()
    try:
        if command in OWN_COMMANDS:
            return own_command(command)(argv[2:])
        if command in NEED_NO_SERVERS or {"-h", "--help"} & set(argv[2:]):
            return run_django(argv)
        with servers_for_command() as is_embedded:
            if command not in NEED_NO_TABLES and not tables_are_there(command, is_embedded=is_embedded):
                return 1
            return run_django(argv)
    except ServerFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def own_command(name: str) -> Callable[[list[str]], int]:
    """Imported only when asked for: the others need not wait for it."""
    if name == "up":
        from slaportal.runner import up

        return up
    if name == "test":
        from slaportal.suite import run_tests

        return run_tests
    if name == "translations":
        from slaportal.translating import translations

        return translations
    from slaportal.linting import lint

    return lint


def run_django(argv: list[str]) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(argv)
    if argv[1:] in ([], ["help"], ["--help"], ["-h"]):
        lines = [f"    {name:14}{does}" for name, does in OWN_COMMANDS.items()]
        sys.stdout.write("\n".join(["", "[the portal itself]", *lines, ""]))
    return 0


def data_folder() -> Path:
    """SLAPORTAL_DATA, or var/ in the project."""
    return Path(os.environ.get("SLAPORTAL_DATA") or ROOT / "var").absolute()


@contextlib.contextmanager
def servers_for_command() -> Iterator[bool]:
    """DATABASE_URL and REDIS_URL as they are set, else the embedded servers; tells whether the database is embedded."""
    set_secret_key()
    missing = {name: not os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")}
    if missing["REDIS_URL"] and not missing["DATABASE_URL"]:
        missing["REDIS_URL"] = False  # commands talk to the database only; it alone is reason enough to start servers
    if not any(missing.values()):
        yield False
        return
    with running(data_folder(), database=missing["DATABASE_URL"], broker=missing["REDIS_URL"]) as servers:
        os.environ.update(servers.addresses())
        yield missing["DATABASE_URL"]


def set_secret_key() -> None:
    """A key of this data folder, made once and readable by its owner only; production must bring its own."""
    if os.environ.get("SECRET_KEY") or os.environ.get("SLAPORTAL_PRODUCTION", "").lower() in {"1", "true", "yes", "on"}:
        return
    folder = data_folder()
    path = folder / "secret-key"
    if not path.exists():
        make_folder(folder)
        private_text(path, secrets.token_urlsafe(50))
    os.environ["SECRET_KEY"] = path.read_text()


def tables_are_there(command: str, *, is_embedded: bool) -> bool:
    """Bring the embedded database up to date; of a server that is somebody's care, only say what to do."""
    import django
    from django.core.management import call_command, get_commands
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    try:
        with one_migrates() if is_embedded else contextlib.nullcontext():
            executor = MigrationExecutor(connection)
            pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if pending and is_embedded:
                sys.stderr.write(f"Bringing the database up to date ({len(pending)} migrations) …\n")
                call_command("migrate", verbosity=0, interactive=False)
                return True
    except OperationalError as error:
        sys.stderr.write(f"Cannot reach the database of DATABASE_URL: {str(error).strip()}\n")
        return False
    if pending and not str(get_commands().get(command, "")).startswith("django."):
        sys.stderr.write(f"The database lacks {len(pending)} migrations. First run: python3 manage.py migrate\n")
        return False
    return True


@contextlib.contextmanager
def one_migrates() -> Iterator[None]:
    """Two commands that start together must not both migrate."""
    with open_lock(data_folder() / "migrate.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def end_in_order(number: int, frame: object) -> None:
    """SIGTERM ends the command as Ctrl-C does: servers are stopped on the way out."""
    sys.exit(128 + number)
