"""The schema of the API: valid, complete, and without a guess of the generator's."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command

from tests.flows.addresses import routes


def test_the_schema_is_valid_and_generated_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_the_schema_names_every_address_of_the_api(tmp_path: Path) -> None:
    call_command("spectacular", file=str(tmp_path / "schema.yml"))
    text = (tmp_path / "schema.yml").read_text()
    assert len([line for line in text.splitlines() if line.startswith("  /api/")]) == len(
        [route for route in routes() if route.is_api]
    )
