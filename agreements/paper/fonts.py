"""The fonts of the paper: FiraGO for Latin and Arabic and more, Noto for Chinese and Japanese, all from packages."""

from __future__ import annotations

import contextlib
import os
import tempfile
from functools import lru_cache
from pathlib import Path

from django.conf import settings

# How the package calls them, and the file that the typesetter reads.
PACKED = {"figo": "FiraGO-Regular.otf", "figbo": "FiraGO-Bold.otf", "fimo": "FiraMono-Regular.ttf"}
PACKED |= {"symbol1": "NotoSansSymbols.ttf", "symbol2": "NotoSansSymbols2.ttf"}
SYMBOLS = ("Noto Sans Symbols", "Noto Sans Symbols2")
DIGEST_FONT = "Fira Mono"
# Chinese and Japanese write the same character in different shapes: the reader's language decides.
HAN = {"ja": "Noto Sans CJK JP", "zh-hans": "Noto Sans CJK SC"}


def families(language: str) -> list[str | dict[str, str]]:
    """The font families in the order in which a glyph is looked for."""
    if language in HAN:  # marks that both scripts know are taken from the Han font
        return [{"name": "FiraGO", "covers": "latin-in-cjk"}, HAN[language], "FiraGO", *SYMBOLS]
    return ["FiraGO", HAN["ja"], *SYMBOLS]


def font_files() -> list[Path]:
    """Every file that a glyph may come from."""
    return [
        path
        for folder in font_folders()
        for path in sorted(folder.iterdir())
        if path.suffix in {".otf", ".ttf", ".ttc"}
    ]


@lru_cache(maxsize=1)
def font_folders() -> tuple[Path, Path]:
    """Where the fonts are as files: one package has them packed into Python, so they are unpacked beside our data."""
    import noto_cjk_sans_otc
    import pymupdf_fonts

    folder = settings.DATA_DIR / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in PACKED.items():
        _put(folder / file, pymupdf_fonts.myfont(name))
    return folder, Path(noto_cjk_sans_otc.FONT_PATH).parent


def _put(path: Path, content: bytes) -> None:
    """Write the file whole or not at all; other processes may do the same at this moment."""
    if path.exists() and path.stat().st_size == len(content):
        return
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
