"""Uses the embedded servers side by side: the first command starts them, the last one out stops them."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from slaportal.embedded.folders import make_folder, open_lock
from slaportal.embedded.postgres import Postgres
from slaportal.embedded.valkey import Valkey

LONGEST_LOG = 5_000_000  # bytes; a longer one is begun anew at the next start


class Servers:
    """Both servers of one data folder, those that are wanted."""

    def __init__(self, folder: Path, *, database: bool, broker: bool, forgetful: bool = False) -> None:
        self.folder = folder
        self.postgres = Postgres(folder, forgetful=forgetful)
        self.valkey = Valkey(folder, forgetful=forgetful)
        self.wanted: list[Postgres | Valkey] = [
            *([self.postgres] if database else []),
            *([self.valkey] if broker else []),
        ]

    def addresses(self) -> dict[str, str]:
        """The environment variables that the settings read."""
        names = {self.postgres: "DATABASE_URL", self.valkey: "REDIS_URL"}
        return {names[server]: server.url() for server in self.wanted}

    def start(self) -> None:
        for server in self.wanted:
            if server.log.exists() and server.log.stat().st_size > LONGEST_LOG and server.pid() is None:
                server.log.unlink()
            server.start()

    def stop(self) -> None:
        """Stop both, also the one that we did not want: whoever started it is gone."""
        self.valkey.stop()
        self.postgres.stop()


@contextlib.contextmanager
def running(folder: Path, *, database: bool = True, broker: bool = True, forgetful: bool = False) -> Iterator[Servers]:
    """The servers of that folder, running while the block runs, whoever else uses them meanwhile."""
    servers = Servers(folder, database=database, broker=broker, forgetful=forgetful)
    make_folder(folder)
    with open_lock(folder / "use.lock") as use:
        try:
            with start_or_stop(folder):
                fcntl.flock(use, fcntl.LOCK_SH)
                servers.start()
            yield servers
        finally:
            with start_or_stop(folder):
                if is_alone(use):
                    servers.stop()


@contextlib.contextmanager
def start_or_stop(folder: Path) -> Iterator[None]:
    """One process at a time may start or stop the servers of that folder."""
    with open_lock(folder / "start.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_alone(use: IO[str]) -> bool:
    """Whether nobody else holds the shared lock; asked while holding `start_or_stop`, so nobody can come meanwhile."""
    try:
        fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
