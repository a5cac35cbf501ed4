"""Translations as the program reads them: each committed django.po compiled to its django.mo where that is stale."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_catalogues(folder: Path = LOCALE) -> list[Path]:
    """Bring every .mo up to date and return those that were written; costs a few looks at files where all are fresh.

    A .mo carries the time of the .po that it was made from, so that an older .po that comes back counts as news too.
    Several programs may start at once: each writes a file of its own and puts it in place whole.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        changed_at = source.stat().st_mtime_ns
        if target.exists() and target.stat().st_mtime_ns == changed_at:
            continue
        try:
            _compile(source, target, changed_at)
        except OSError as error:  # installed read-only: the texts stay as they were, English at worst
            sys.stderr.write(f"Cannot compile {source}: {error.strerror}\n")
        else:
            written.append(target)
    return written


def _compile(source: Path, target: Path, changed_at: int) -> None:
    from babel.messages.mofile import write_mo  # takes time to load, and is seldom needed
    from babel.messages.pofile import read_po

    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parts[-3], domain="django")
    handle, name = tempfile.mkstemp(dir=target.parent, prefix="django.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as binary:
            write_mo(binary, catalogue)
        os.chmod(name, 0o644)
        os.utime(name, ns=(changed_at, changed_at))
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
