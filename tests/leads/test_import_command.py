"""The commands that import and export leads: what they report, refuse and write."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from leads.models import Handoff, Lead
from slaportal.accounts.models import User
from tests.leads.tables import HEADERS, MAP, ROWS, text_of

pytestmark = pytest.mark.django_db

X_EDUCATION = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "x-education" / "Leads.csv"


def command(name: str, *args: Any, **options: Any) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    call_command(name, *map(str, args), json=True, stdout=out, stderr=err, **options)
    return {**json.loads(out.getvalue().splitlines()[-1]), "told": err.getvalue()}


def test_the_command_reports_and_names_rejected_rows(tmp_path: Path) -> None:
    path, map_path = tmp_path / "leads.csv", tmp_path / "map.json"
    path.write_text(text_of([*ROWS, ["9", "no", *[""] * 7]]))
    map_path.write_text(json.dumps(MAP))
    report = command("import_leads", path, map=map_path)
    assert {name: report[name] for name in ("rows", "created", "updated", "unchanged", "rejected")} == {
        "rows": 5,
        "created": 4,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
    }
    assert report["seconds"] >= 0
    assert report["peak_mb"] > 1
    assert "line 6, Email: “no” is not an e-mail address." in report["told"]
    assert command("import_leads", path, map=map_path)["unchanged"] == 4


def test_the_command_hands_over_only_when_asked(tmp_path: Path, active_terms: Any, sam: User, monkeypatch: Any) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("Email\na@x.example\n")
    monkeypatch.setattr(
        "leads.management.commands.import_leads.qualified_leads", lambda version, at: Lead.objects.all()
    )
    report = command("import_leads", path)
    assert (report["scored"], report["qualified"], report["handed_over"]) == (1, 1, 0)
    assert command("import_leads", path, handoff=True)["handed_over"] == 1
    assert Handoff.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (None, {}, "no file"),
        ("", {}, "empty"),
        ("Name\nAiko\n", {}, "external id"),
        ("Email\n\xff\n", {}, "Line 2"),
        ("Email\na@x.example\n", {"encoding": "klingon"}, "klingon"),
        ("Email\na@x.example\n", {"map": Path("/nonexistent.json")}, "nonexistent.json"),
        ("Email\na@x.example\n", {"agreement": "none"}, "none"),
    ],
)
def test_the_command_refuses_whole_with_a_clear_message(
    tmp_path: Path, text: str | None, options: dict[str, Any], told: str
) -> None:
    path = tmp_path / "leads.csv"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(CommandError, match=told):
        command("import_leads", path, **options)
    assert not Lead.objects.exists()


def test_the_export_commands_write_files(tmp_path: Path) -> None:
    path, map_path = tmp_path / "leads.csv", tmp_path / "map.json"
    path.write_text(text_of(ROWS))
    map_path.write_text(json.dumps(MAP))
    command("import_leads", path, map=map_path)
    like, plain, scores = tmp_path / "like.csv", tmp_path / "plain.csv", tmp_path / "scores.csv"
    assert command("export_leads", like)["rows"] == 4
    assert command("export_leads", plain, plain=True)["like"] is None
    assert command("export_scores", scores)["rows"] == 4
    assert like.read_text().splitlines()[0] == ",".join(HEADERS)
    assert plain.read_text().splitlines()[0].startswith("id,source,external_id,email")
    with pytest.raises(CommandError, match="nothing.csv"):
        command("export_leads", like, like="nothing.csv")


@pytest.mark.skipif(not X_EDUCATION.exists(), reason="the file of 9,240 leads is not beside the project")
def test_9240_real_leads_come_in_once_and_go_out_as_they_were(tmp_path: Path) -> None:
    column_map = {
        "columns": {
            "Lead Number": "external_id",
            "Lead Source": "source",
            "Converted": "converted",
            "Country": "country",
        }
    }
    map_path, out = tmp_path / "map.json", tmp_path / "out.csv"
    map_path.write_text(json.dumps({**column_map, "blank": ["Select"]}))
    assert command("import_leads", X_EDUCATION, map=map_path)["created"] == 9240
    assert command("import_leads", X_EDUCATION, map=map_path)["unchanged"] == 9240
    assert command("export_leads", out)["rows"] == 9240
    with X_EDUCATION.open(newline="") as original, out.open(newline="") as copy:
        assert list(csv.reader(copy)) == [[cell.strip() for cell in row] for row in csv.reader(original)]
    assert Lead.objects.filter(stage="customer").count() == 3561
