"""What each command gets before it runs: servers, tables, a key; and what `test`, `lint` and `up` refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from slaportal import door, linting, runner, suite
from slaportal.embedded.processes import ServerFailed


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, and no key in the environment."""
    monkeypatch.setenv("SLAPORTAL_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("SECRET_KEY", "")
    return tmp_path / "var"


def test_the_key_is_made_once_and_is_the_owners_alone(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door.set_secret_key()
    first = door.os.environ["SECRET_KEY"]
    monkeypatch.setenv("SECRET_KEY", "")
    door.set_secret_key()
    assert door.os.environ["SECRET_KEY"] == first
    assert len(first) > 50
    assert (data / "secret-key").stat().st_mode & 0o777 == 0o600


def test_production_gets_no_key_from_us(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLAPORTAL_PRODUCTION", "1")
    door.set_secret_key()
    assert door.os.environ["SECRET_KEY"] == ""
    assert not data.exists()


@pytest.mark.usefixtures("data")
def test_named_servers_are_used_and_none_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "running", None)  # starting any would fail
    monkeypatch.setenv("DATABASE_URL", "postgres://server/portal")
    monkeypatch.setenv("REDIS_URL", "")
    with door.servers_for_command() as is_embedded:
        assert not is_embedded


@pytest.mark.django_db
def test_tables_that_are_there_let_any_command_run() -> None:
    assert door.tables_are_there("rescore", is_embedded=False)


@pytest.mark.parametrize(
    ("arguments", "added"),
    [
        ([], ["-n2"]),
        (["tests/leads", "-q"], ["-n2"]),
        (["-n", "0"], []),
        (["-n4"], []),
        (["--pdb"], []),
        (["-p", "no:xdist"], []),
        (["--help"], []),
    ],
)
def test_two_processes_unless_the_arguments_say_otherwise(arguments: list[str], added: list[str]) -> None:
    assert suite.processes_for(arguments) == added


def test_a_second_up_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with runner.only_one(tmp_path):
        (tmp_path / "up-address").write_text("http://127.0.0.1:8000")
        with pytest.raises(ServerFailed, match="already runs .* at http://127.0.0.1:8000"), runner.only_one(tmp_path):
            pass
    with runner.only_one(tmp_path):
        assert (tmp_path / "up.lock").exists()


def test_a_wrong_port_stops_up_with_a_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLAPORTAL_PORT", "eighty")
    assert runner.up([]) == 2
    assert "SLAPORTAL_PORT is “eighty”" in capsys.readouterr().err
    assert not data.exists()


def test_lint_runs_every_tool_and_fails_when_one_complains(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(linting, "linters", lambda: {"first": ["false"], "second": ["true"]})
    assert linting.lint([]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 2 passed; failed: first"


def test_nothing_is_healthy_where_nobody_listens() -> None:
    with runner.listen_on_free_port(0) as taken:
        port = taken.getsockname()[1]
    assert not runner.is_healthy(f"http://127.0.0.1:{port}")
