"""The environment is made once, again when the lock file changes, and from nothing after a kill."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from slaportal import bootstrap

PROJECT = bootstrap.ROOT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project with a lock file, whose packages install at once; `installed` counts how often."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "LOCK", tmp_path / ".venv.lock")
    (tmp_path / "uv.lock").write_text("version = 1\n")
    monkeypatch.setattr(bootstrap, "make_environment", lambda *, clear: make(tmp_path, clear=clear))
    monkeypatch.setattr(bootstrap, "install_packages", lambda: note(tmp_path, "installed"))
    return tmp_path


def make(project: Path, *, clear: bool) -> None:
    note(project, "cleared" if clear else "made")
    (project / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
    python = project / ".venv" / "bin" / "python"
    python.unlink(missing_ok=True)
    python.symlink_to(sys.executable)


def note(project: Path, word: str) -> None:
    with (project / "steps").open("a") as steps:
        steps.write(f"{word} ")


def steps(project: Path) -> list[str]:
    return (project / "steps").read_text().split()


def test_the_first_run_makes_it_and_the_second_does_nothing(project: Path) -> None:
    bootstrap.prepare()
    bootstrap.prepare()
    assert steps(project) == ["made", "installed"]


def test_a_changed_lock_file_installs_again_into_what_is_there(project: Path) -> None:
    bootstrap.prepare()
    (project / "uv.lock").write_text("version = 2\n")
    bootstrap.prepare()
    assert steps(project) == ["made", "installed", "installed"]


def test_another_python_makes_it_anew(project: Path) -> None:
    bootstrap.prepare()
    (project / ".venv" / "bin" / "python").unlink()
    bootstrap.prepare()
    assert steps(project) == ["made", "installed", "cleared", "installed"]


def test_a_set_up_that_was_killed_begins_from_nothing(project: Path) -> None:
    bootstrap.prepare()
    (project / ".venv" / "slaportal-stamp").unlink()
    (project / ".venv.lock").write_text(bootstrap.BUSY)
    bootstrap.prepare()
    assert steps(project) == ["made", "installed", "cleared", "installed"]
    assert (project / ".venv.lock").read_text() == ""


def test_a_failed_installation_is_tried_again_on_what_is_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise bootstrap.SetupFailed("no way to PyPI")

    works = bootstrap.install_packages
    monkeypatch.setattr(bootstrap, "install_packages", fail)
    with pytest.raises(bootstrap.SetupFailed):
        bootstrap.prepare()
    monkeypatch.setattr(bootstrap, "install_packages", works)
    bootstrap.prepare()
    assert steps(project) == ["made", "installed"]


def test_without_venv_the_debian_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(bootstrap.SetupFailed, match="apt install python3-venv"):
        bootstrap.make_environment(clear=False)


def test_a_read_only_home_needs_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))  # nothing can be made inside a file
    assert bootstrap.uv_settings()["UV_NO_CACHE"] == "1"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "UV_NO_CACHE" not in bootstrap.uv_settings()


def test_the_bootstrap_needs_only_the_standard_library() -> None:
    """It runs before anything is installed: -S and -I hide every installed package."""
    program = f"import sys; sys.path.insert(0, {str(PROJECT)!r}); import slaportal.bootstrap"
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True)
