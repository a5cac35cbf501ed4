"""Terms from and to files: whole or not at all, byte for byte."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from agreements.models import AgreementVersion
from agreements.selectors import active_version
from agreements.terms.default import default_terms


def test_terms_are_imported_activated_and_exported_byte_for_byte(db: None, tmp_path: Path) -> None:
    file, out = tmp_path / "terms.json", StringIO()
    file.write_bytes(default_terms().canonical())
    call_command("import_terms", str(file), activate=True, json=True, stdout=out)
    report = json.loads(out.getvalue().splitlines()[-1])
    assert (report["status"], report["digest"]) == ("active", default_terms().digest())
    call_command("export_terms", str(tmp_path / "back.json"))
    assert (tmp_path / "back.json").read_bytes() == file.read_bytes()


def test_importing_again_makes_the_next_version(db: None, tmp_path: Path) -> None:
    file = tmp_path / "terms.json"
    file.write_bytes(default_terms().canonical())
    for _time in range(2):
        call_command("import_terms", str(file), activate=True, stdout=StringIO())
    assert active_version("default").number == 2  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[]", "object"),
        (b'{"chapters": 1}', "chapters"),
        (b'{"goals": [{"id": "Goal 1"}]}', "goals[0].id"),
        (
            b'{"commitments": [{"id":"a","party":"sales","kind":"acceptance","label":"x","working_minutes":-1}]}',
            "working_minutes",
        ),
        (b'{"calendar": {"timezone": "Europe/Atlantis"}}', "calendar"),
        (b'{"calendar": {"country": "XX"}}', "public holidays of “XX” are not known"),
        (b"{}", "names no chapter"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_bad_file_is_refused_whole(db: None, tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "terms.json"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=said.replace("[", r"\[")):
        call_command("import_terms", str(file), activate=True)
    assert AgreementVersion.objects.count() == 0


def test_a_file_that_is_not_there_is_named(db: None) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("import_terms", "nowhere.json")


def test_another_agreement_is_imported_with_its_segment(db: None, tmp_path: Path) -> None:
    file, segment, wrong = (tmp_path / name for name in ("terms.json", "segment.json", "wrong.json"))
    file.write_bytes(default_terms().canonical())
    segment.write_text('{"field": "country", "op": "eq", "value": "France"}')
    wrong.write_text('{"all": []}')
    call_command("import_terms", str(file), stdout=StringIO())
    with pytest.raises(CommandError, match="which leads"):
        call_command("import_terms", str(file), agreement="france")
    with pytest.raises(CommandError, match="all: A group without conditions"):
        call_command("import_terms", str(file), agreement="france", segment=wrong)
    call_command("import_terms", str(file), agreement="france", segment=segment, activate=True, stdout=StringIO())
    version = active_version("france")
    assert version is not None
    assert version.agreement.segment == {"field": "country", "op": "eq", "value": "France"}
