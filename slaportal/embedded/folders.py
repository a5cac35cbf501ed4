"""The data folder: made, locked and handed over with errors that say what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from slaportal.embedded.processes import ServerFailed


def make_folder(folder: Path) -> None:
    """The data folder, for its owner only: mails and logs in it name people."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ServerFailed(
            f"cannot write in the data folder {folder} ({error.strerror}); SLAPORTAL_DATA names another one"
        ) from error


def open_lock(path: Path) -> IO[str]:
    try:
        return path.open("a")
    except OSError as error:
        raise ServerFailed(
            f"cannot open {path} ({error.strerror}): was it made by another user? SLAPORTAL_DATA names another folder"
        ) from error


def private_text(path: Path, text: str) -> None:
    """Write a secret that only its owner can read, in one piece."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    os.replace(fresh, path)


def own_tree(folder: Path, uid: int) -> None:
    """Give the folder and all in it to that user, where it is not theirs yet (only root can)."""
    if folder.stat().st_uid == uid:
        return
    for place, _, files in os.walk(folder):
        for path in (place, *(os.path.join(place, name) for name in files)):
            os.chown(path, uid, -1, follow_symlinks=False)


def may_enter(folder: Path, uid: int) -> bool:
    """Whether that user, with no privileges, can reach the folder: each one above lets its owner or everybody pass."""
    for place in (folder.resolve(), *folder.resolve().parents):
        stat = place.stat()
        if not stat.st_mode & (0o101 if stat.st_uid == uid else 0o001):
            return False
    return True
