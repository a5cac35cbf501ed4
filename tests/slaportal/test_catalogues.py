"""The catalogues: compiled where stale and never half, collected without noise; complete, with the same places."""

from __future__ import annotations

import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import to_locale

from slaportal.catalogues import LOCALE, compile_catalogues
from slaportal.translating import LOCALES, as_text, collected, found_in, is_translated, update

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
PLURAL_FORMS = {"ar": 6, "fr": 2, "id": 1, "ja": 1, "zh_Hans": 1}
# Arabic says one and two by the word itself: “two days” has no room for a 2.
SAID_BY_THE_WORD = {"ar": {1, 2}}


def read(locale: str) -> Catalog:
    with (LOCALE / locale / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=locale)


def messages(locale: str) -> list[Message]:
    return [message for message in read(locale) if message.id]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of one catalogue that is not compiled yet."""
    place = tmp_path / "ja" / "LC_MESSAGES"
    place.mkdir(parents=True)
    shutil.copy(LOCALE / "ja" / "LC_MESSAGES" / "django.po", place)
    return tmp_path


def test_every_language_of_the_portal_has_a_catalogue() -> None:
    assert {to_locale(code) for code, _name in settings.LANGUAGES} == {"en", *LOCALES}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_catalogue_is_what_translations_writes(locale: str) -> None:
    """Fails where a text was added or changed: run `manage.py translations` and translate what it names."""
    before = (LOCALE / locale / "LC_MESSAGES" / "django.po").read_text()
    catalogue = read(locale)
    catalogue.update(collected(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.header_comment = ""
    assert as_text(catalogue) == before


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_translated(locale: str) -> None:
    assert [message.id for message in messages(locale) if not is_translated(message) or message.fuzzy] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_plural_has_all_its_forms(locale: str) -> None:
    catalogue = read(locale)
    assert catalogue.num_plurals == PLURAL_FORMS[locale]
    plurals = [message for message in messages(locale) if message.pluralizable]
    assert plurals
    assert [one.id for one in plurals if len(one.string) != PLURAL_FORMS[locale]] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_have_the_places_of_their_text(locale: str) -> None:
    assert [found for message in messages(locale) if (found := wrong_places(message, locale))] == []


def wrong_places(message: Message, locale: str) -> str | None:
    """The first form whose places differ from those of the text."""
    text = message.id[-1] if message.pluralizable else message.id
    forms = message.string if message.pluralizable else [message.string]
    for number, form in enumerate(forms):
        allowed = [set(PLACES.findall(text))]
        if number in SAID_BY_THE_WORD.get(locale, ()):
            allowed.append(allowed[0] - {"%(n)s"})
        if form and set(PLACES.findall(form)) not in allowed:
            return f"{text!r}: {form!r}"
    return None


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("{a} is {b}", "{a} は {c}"),
        ("%(n)s of %(most)s", "%(n)s"),
        (("%(n)s day", "%(n)s days"), ("%(n)s يوم", "يوم واحد", "يومين", "أيام")),
        (("%(sign)s%(n)s point", "%(sign)s%(n)s points"), ("", "نقطة")),
    ],
)
def test_a_wrong_place_would_be_found(text: str | tuple[str, str], string: str | tuple[str, ...]) -> None:
    assert wrong_places(Message(text, string), "ar")


def test_what_is_fresh_is_left_alone_and_what_changed_is_compiled(folder: Path) -> None:
    source = folder / "ja" / "LC_MESSAGES" / "django.po"
    assert compile_catalogues(folder) == [source.with_suffix(".mo")]
    assert compile_catalogues(folder) == []
    older = source.stat().st_mtime_ns - 10**12
    source.write_text(source.read_text() + '\nmsgid "An apple"\nmsgstr "りんご"\n')
    os.utime(source, ns=(older, older))  # an older file came back
    assert compile_catalogues(folder) == [source.with_suffix(".mo")]
    with source.with_suffix(".mo").open("rb") as file:
        assert GNUTranslations(file).gettext("An apple") == "りんご"


def test_several_programs_compile_at_once(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(compile_catalogues, [folder] * 16))
    assert sorted(path.name for path in (folder / "ja" / "LC_MESSAGES").iterdir()) == ["django.mo", "django.po"]
    with (folder / "ja" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        assert GNUTranslations(file).gettext("Monday") == "月曜日"


def test_a_folder_that_cannot_be_written_stops_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("slaportal.catalogues.tempfile.mkstemp", refuse)
    assert compile_catalogues(folder) == []
    assert "Permission denied" in capsys.readouterr().err


def test_texts_are_found_in_modules_and_templates(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('a = text("One {x}")\nb = ngettext("%(n)s cat", "%(n)s cats", n)\nc = other("No")\n')
    page = tmp_path / "page.html"
    page.write_text(
        '<p>\n      {% translate "Two" %}</p>\n  {% blocktranslate trimmed with n=1 %}\n Three\n {{ n }}\n'
        "{% endblocktranslate %} it's (odd"
    )
    assert [found[1] for found in found_in(module)] == ["One {x}", ("%(n)s cat", "%(n)s cats")]
    assert [found[1] for found in found_in(page)] == ["Two", "Three %(n)s"]


def test_an_update_keeps_what_is_translated_and_drops_what_is_gone(tmp_path: Path) -> None:
    first, second = Catalog(), Catalog()
    for template, text in ((first, "Old"), (first, "Kept"), (second, "Kept"), (second, "New")):
        template.add(text)
    path = tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    update("fr", first, tmp_path)
    path.write_text(path.read_text().replace('msgid "Kept"\nmsgstr ""', 'msgid "Kept"\nmsgstr "Gardé"'))
    update("fr", second, tmp_path)
    with path.open("rb") as file:
        assert {message.id: message.string for message in read_po(file) if message.id} == {"Kept": "Gardé", "New": ""}
    written = path.read_text()
    assert "Date" not in written
    update("fr", second, tmp_path)
    assert path.read_text() == written
