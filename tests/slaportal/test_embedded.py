"""The embedded servers for real: shared by commands side by side, stopped by the last one, whole after a kill."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from slaportal.embedded import folders, processes
from slaportal.embedded.processes import ServerFailed
from slaportal.embedded.servers import Servers, running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a path that is far too long for a socket inside it, and that nobody may enter as root."""
    for place in (tmp_path, *tmp_path.parents[:2]):
        place.chmod(0o711)
    return tmp_path / ("a long name with spaces " * 5).strip()


def ask(servers: Servers, statement: str) -> str:
    """The first value that the embedded database answers."""
    parts = urlsplit(servers.addresses()["DATABASE_URL"])
    socket_folder, _, name = parts.path[1:].rpartition("/")
    connection = psycopg2.connect(host=socket_folder, user=parts.username, password=parts.password, dbname=name)
    with contextlib.closing(connection), connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0])


def test_commands_share_the_servers_and_the_last_one_out_stops_them(folder: Path) -> None:
    with running(folder, forgetful=True) as first:
        pids = (first.postgres.pid(), first.valkey.pid())
        with running(folder, forgetful=True) as second:
            assert second.addresses() == first.addresses()
        assert (first.postgres.pid(), first.valkey.pid()) == pids
        assert ask(first, "SELECT current_setting('server_encoding')") == "UTF8"
    assert (first.postgres.pid(), first.valkey.pid()) == (None, None)


def test_after_a_kill_the_next_command_finds_the_data_again(folder: Path) -> None:
    with running(folder, broker=False) as servers:
        ask(servers, "CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1")
        pid = servers.postgres.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert processes.wait_until(lambda: servers.postgres.pid() is None, seconds=10)
    with running(folder, broker=False) as again:
        assert ask(again, "SELECT answer FROM kept") == "42"


def test_a_broker_that_cannot_read_its_data_begins_anew(folder: Path) -> None:
    with running(folder, database=False) as servers:
        pass
    manifest = next(servers.valkey.store.rglob("*.manifest"))
    manifest.write_text("not a manifest")
    with running(folder, database=False) as servers:
        assert servers.valkey.pid() is not None
    assert [path.name.split("-")[0] for path in folder.glob("valkey.*") if path.is_dir()] == ["valkey.unreadable"]


def test_data_of_another_major_version_is_refused_and_nothing_left_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    socket_folder = processes.socket_folder
    monkeypatch.setattr(processes, "socket_folder", lambda name: made.append(socket_folder(name)) or made[-1])
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(ServerFailed, match="made by PostgreSQL 14"), running(folder, broker=False):
        pass
    assert [path.exists() for path in made] == [False]


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServerFailed, match="SLAPORTAL_DATA names another one"):
        folders.make_folder(tmp_path / "file" / "var")


def test_a_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    folders.private_text(tmp_path / "secret-key", "text")
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secret-key").read_text() == "text"


def test_a_process_number_that_belongs_to_another_program_is_not_our_server() -> None:
    assert not processes.is_alive(os.getpid(), "postgres")


def test_sockets_lie_where_their_path_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("deep" * 30)
    deep.mkdir()
    monkeypatch.setattr(processes.tempfile, "tempdir", str(deep))
    folder = processes.socket_folder("valkey.sock")
    assert len(str(folder / "valkey.sock")) < processes.LONGEST_SOCKET_PATH
    processes.remove_socket_folder(folder)
    assert not folder.exists()
