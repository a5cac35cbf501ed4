"""The PDF: what it says is gathered as plain data, and the typesetter gets that data and never markup."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext, override
from django.utils.translation import gettext_lazy as _

from agreements.models import AgreementVersion
from agreements.paper.blocks import blocks_of
from agreements.paper.cleaning import Cleaner
from agreements.paper.fonts import DIGEST_FONT, HAN, families, font_folders
from agreements.paper.frame import Fact, Frame, frame_of
from agreements.sentences import ChapterText, ClauseText, chapters
from slaportal.web.refusals import Refused

TEMPLATE = Path(__file__).with_name("agreement.typ")
TYPESETTER = Path(__file__).with_name("typesetter.py")
# Beyond this many characters of data a paper would keep a web process waiting for seconds.
MOST_CHARACTERS = 600_000
MOST_SECONDS = 60
# A clause up to this many characters stays on one page.
KEPT_TOGETHER = 900
# Chapters that read better as a table: what their headings are, and the room for them in millimetres.
TABLES: dict[str, tuple[Promise, int]] = {"definitions": (_("Word"), 32), "commitments": (_("Commitment"), 50)}
# One paper at a time for each process: the others wait a moment instead of sharing the machine.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Paper:
    """One version in one language, ready to be typeset; equal data give equal bytes."""

    name: str
    data: str
    dated: dt.datetime

    @cached_property
    def etag(self) -> str:
        """Changes with the text, the signatures, the words of the language and the template."""
        return hashlib.sha256(self.data.encode() + TEMPLATE.read_bytes()).hexdigest()

    def pdf(self) -> bytes:
        """The PDF, tagged for assistive technology (PDF/UA-1), which also means that no glyph is missing."""
        job = {
            "template": str(TEMPLATE),
            "root": str(TEMPLATE.parent),
            "fonts": [str(folder) for folder in font_folders()],
            "data": self.data,
            "dated": self.dated.isoformat(),
        }
        with _ONE_AT_A_TIME:
            command = [sys.executable, str(TYPESETTER)]
            done = subprocess.run(command, input=json.dumps(job).encode(), capture_output=True, timeout=MOST_SECONDS)
        if done.returncode:
            raise RuntimeError(f"the typesetter failed: {done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout


def paper_of(version: AgreementVersion, language: str) -> Paper:
    """Gather everything that the paper says; Refused where that is more than a paper can hold."""
    with override(language):
        data = json.dumps(_data(version, language), ensure_ascii=False, sort_keys=True)
    if len(data) > MOST_CHARACTERS:
        raise Refused("paper_too_long")
    name = f"{version.agreement.slug}-v{version.number}-{language}.pdf"
    return Paper(name, data, version.changed_at.astimezone(dt.UTC).replace(microsecond=0))


def _data(version: AgreementVersion, language: str) -> dict[str, Any]:
    right_to_left = bool(get_language_info(language)["bidi"])
    cleaner = Cleaner(right_to_left=right_to_left)
    texts = [_chapter(chapter, cleaner) for chapter in chapters(version.document)]
    data = {
        "lang": language.split("-")[0],
        "region": "CN" if language == "zh-hans" else None,
        "dir": "rtl" if right_to_left else "ltr",
        "han": language in HAN,
        "fonts": families(language),
        "digest_font": DIGEST_FONT,
        "digest": version.digest,
        "frame": _frame(frame_of(version), cleaner),
        "chapters": texts,
        "words": _words(version),
    }
    return data | {"notes": _notes(cleaner)}


def _words(version: AgreementVersion) -> dict[str, str]:
    return {
        "contents": gettext("Contents"),
        "signatures": gettext("Signatures"),
        "digest": gettext("Digest of the text (SHA-256)"),
        "name": gettext("Name"),
        "signature": gettext("Signature"),
        "place_and_date": gettext("Place and date"),
        "clause": gettext("Clause"),
        "agreed": gettext("What is agreed"),
        "nothing": gettext("Nothing is agreed here yet."),
        "footer": gettext("%(name)s, version %(number)s") % {"name": version.agreement.name, "number": version.number},
    }


def _notes(cleaner: Cleaner) -> list[str]:
    notes = [gettext("Texts that people wrote stand in the language in which they were written.")]
    if cleaner.shown:
        shown = ", ".join(sorted(cleaner.shown)[:12])
        notes.append(
            gettext("Characters that cannot be printed are shown by their number: %(shown)s.") % {"shown": shown}
        )
    return notes


def _frame(frame: Frame, cleaner: Cleaner) -> dict[str, Any]:
    def fact(one: Fact) -> dict[str, Any]:
        return asdict(one) | {"value": one.value if one.is_code else cleaner.isolated(one.value)}

    return {
        "title": cleaner.isolated(frame.title),
        "subtitle": frame.subtitle,
        "mark": frame.mark,
        "note": frame.note,
        "facts": [fact(one) for one in frame.facts],
        "boxes": [{"side": box.side, "facts": [fact(one) for one in box.facts]} for box in frame.boxes],
        "meaning": frame.meaning,
        "address": frame.address,
    }


def _chapter(chapter: ChapterText, cleaner: Cleaner) -> dict[str, Any]:
    column, width = TABLES.get(chapter.id, ("", 0))
    return {
        "id": chapter.id,
        "number": chapter.number,
        "title": chapter.title,
        "is_table": chapter.id in TABLES,
        "column": str(column),
        "column_width": width,
        "clauses": [_clause(clause, cleaner) for clause in chapter.clauses],
    }


def _clause(clause: ClauseText, cleaner: Cleaner) -> dict[str, Any]:
    said = blocks_of(clause.sentence, cleaner) if clause.sentence else []
    lines = [found for line in clause.lines if (found := blocks_of(line, cleaner))]
    size = len(str(clause.sentence)) + sum(len(str(line)) for line in clause.lines)
    return {
        "id": clause.id,
        "number": clause.number,
        "heading": cleaner.isolated(clause.heading) if clause.heading else "",
        "said": said,
        "lines": lines,
        "together": size <= KEPT_TOGETHER,
    }
