"""`translations`: collects the texts to translate from Python and templates and brings every django.po up to date."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from slaportal.catalogues import compile_catalogues
from slaportal.door import ROOT

# Each language with the rule by which it counts.
LOCALES = {
    "ar": (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
        "n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
    ),
    "fr": "nplurals=2; plural=(n > 1);",
    "id": "nplurals=1; plural=0;",
    "ja": "nplurals=1; plural=0;",
    "zh_Hans": "nplurals=1; plural=0;",
}
# What is translated today: the sentences of the terms, the paper, and the terms that an agreement begins with.
TRANSLATED = (
    "agreements/sentences/**/*.py",
    "agreements/paper/**/*.py",
    "agreements/terms/default/**/*.py",
    "templates/agreements/paper/*.html",
)
# The words for gettext in our code; `text` is what the sentences call it.
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "text", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}
# Headers that change with every run or name nobody.
NOISE = (
    *("Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date", "Last-Translator"),
    *("Language-Team", "Generated-By"),
)


def translations(arguments: list[str]) -> int:
    """Update the catalogues and say what each still lacks; 1 if any lacks something."""
    if arguments:
        sys.stderr.write("translations takes no arguments; it updates locale/*/LC_MESSAGES/django.po\n")
        return 2
    template = collected()
    lacks = 0
    for locale in LOCALES:
        catalogue = update(locale, template)
        missing = [message for message in catalogue if message.id and not is_translated(message)]
        lacks += len(missing)
        sys.stdout.write(f"{locale:8} {len(catalogue):4} texts, {len(missing)} without a translation\n")
        sys.stdout.writelines(f"         {message.id!r}\n" for message in missing)
    compile_catalogues()
    return 1 if lacks else 0


def collected(root: Path = ROOT) -> Catalog:
    """All texts to translate, each with the files that say it."""
    template = Catalog()
    for path in sorted({path for pattern in TRANSLATED for path in root.glob(pattern)}):
        for _line, message, comments, context in found_in(path):
            place = (str(path.relative_to(root)), 0)
            template.add(message, locations=[place], auto_comments=comments, context=context)
    return template


def found_in(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    """The texts of one Python module or template: (line, message or its two numbers, comments, context)."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        from django.utils.translation.template import templatize

        # Django turns all but the texts into filler. In brackets the filler may be indented as it likes.
        source = f"({templatize(source)})"
    code = io.BytesIO(source.encode())
    yield from extract("python", code, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True)


def update(locale: str, template: Catalog, root: Path = ROOT) -> Catalog:
    """Write the locale's catalogue with the texts of the template alone; what was translated stays so."""
    path = root / "locale" / locale / "LC_MESSAGES" / "django.po"
    catalogue = Catalog(locale=locale, domain="django")
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=locale, domain="django")
    catalogue.mime_headers = [("Plural-Forms", LOCALES[locale])]
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = as_text(catalogue)
    if not path.exists() or path.read_text(encoding="utf-8") != written:
        path.write_text(written, encoding="utf-8")
    return catalogue


def as_text(catalogue: Catalog) -> str:
    """The .po file: sorted, without line numbers and dates, so that only what somebody changed differs."""
    catalogue.header_comment, catalogue.fuzzy = "", False
    file = io.BytesIO()
    write_po(file, catalogue, sort_output=True, include_lineno=False, ignore_obsolete=True, width=0)
    lines = file.getvalue().decode().splitlines()
    kept = [line for line in lines if not line.startswith(tuple(f'"{name}:' for name in NOISE))]
    return "\n".join(kept).strip() + "\n"


def is_translated(message: Message) -> bool:
    """Whether every form has its words."""
    forms = message.string if isinstance(message.string, tuple | list) else [message.string]
    return bool(forms) and all(forms)
