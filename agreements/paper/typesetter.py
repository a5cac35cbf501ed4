"""The typesetter as a program of its own: a job as JSON comes in, a PDF goes out, and its memory goes with it.

It keeps what it has worked out, hundreds of megabytes after a few papers: no web process should grow by that. It is
started by its path, so it imports nothing of the portal.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any

import typst


def typeset(job: dict[str, Any]) -> bytes:
    """The tagged PDF (PDF/UA-1) of a template with its data; the typesetter refuses what would lack a glyph."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=job["fonts"])
    compiler = typst.Compiler(font_paths=fonts, root=job["root"], ignore_system_fonts=True)
    made = compiler.compile(
        job["template"],
        sys_inputs={"data": job["data"]},
        pdf_standards=["ua-1"],
        timestamp=dt.datetime.fromisoformat(job["dated"]),
    )
    return bytes(made)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(json.load(sys.stdin)))
