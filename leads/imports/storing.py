"""Keeps the files that people choose, by the digest of their bytes, below the data folder."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from leads.imports.reading import CsvFile, open_csv
from leads.models import LeadImport
from leads.models.imports import ImportKind
from slaportal.accounts.models import User
from slaportal.web.refusals import RefusedInput

FOLDER = "imports"
MAX_BYTES = 512 * 1024 * 1024


def store_upload(
    chunks: Iterable[bytes],
    *,
    file_name: str,
    encoding: str,
    by: User,
    at: dt.datetime,
    kind: str = ImportKind.LEADS,
) -> tuple[LeadImport, CsvFile]:
    """The upload as a stored file with its import row; RefusedInput where its start is no CSV with a header.

    The same bytes are kept once, however often they are sent.
    """
    folder = Path(settings.DATA_DIR) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    arriving = folder / f"{uuid4()}.part"
    try:
        digest, size = _written(arriving, chunks)
        file = open_csv(arriving, encoding)
        path = folder / f"{digest}.csv"
        os.replace(arriving, path)
    finally:
        arriving.unlink(missing_ok=True)
    with transaction.atomic():
        lead_import = LeadImport.objects.create(
            kind=kind,
            file_name=file_name[-255:] or path.name,
            path=str(path.relative_to(settings.DATA_DIR)),
            sha256=digest,
            size=size,
            encoding=file.encoding,
            headers=file.headers,
            by=by,
            created_at=at,
        )
    return lead_import, open_csv(path, file.encoding)


def import_of_path(
    path: Path,
    file: CsvFile,
    *,
    column_map: dict[str, Any],
    by: User | None,
    at: dt.datetime,
    kind: str = ImportKind.LEADS,
) -> LeadImport:
    """The import row of a file that stays where it is; a command reads it in one go."""
    return LeadImport.objects.create(
        kind=kind,
        file_name=path.name[-255:],
        path="",
        sha256=digest_of(path),
        size=path.stat().st_size,
        encoding=file.encoding,
        headers=file.headers,
        column_map=column_map,
        state="running",
        by=by,
        created_at=at,
    )


def file_of(lead_import: LeadImport) -> Path:
    """Where the stored file lies; RefusedInput("file_absent") if somebody removed it."""
    path = Path(settings.DATA_DIR) / lead_import.path
    if not lead_import.path or not path.is_file():
        raise RefusedInput("file_absent", path=lead_import.file_name)
    return path


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _written(path: Path, chunks: Iterable[bytes]) -> tuple[str, int]:
    """sha256 and size of what was written; RefusedInput as soon as it is too much."""
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > MAX_BYTES:
                raise RefusedInput("file_too_large", limit=MAX_BYTES // 1024 // 1024)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size
