"""The schema of the API: valid, complete, and without a guess of the generator's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from slaportal.web.api_view import ApiView
from tests.flows.addresses import routes


def test_the_schema_is_valid_and_generated_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_the_schema_names_every_address_of_the_api(tmp_path: Path) -> None:
    call_command("spectacular", file=str(tmp_path / "schema.yml"))
    text = (tmp_path / "schema.yml").read_text()
    assert len([line for line in text.splitlines() if line.startswith("  /api/")]) == len(
        [route for route in routes() if route.is_api]
    )


def test_every_view_of_the_api_keeps_its_limits_and_repeats() -> None:
    views = {route.name: route.view.cls for route in routes() if route.is_api and route.name != "api-schema"}
    assert [name for name, view in views.items() if not issubclass(view, ApiView)] == []


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", file=str(path))
    return dict(yaml.safe_load(path.read_text()))


# Short lists, answered whole.
WHOLE = {"/api/agreements/", "/api/agreement-templates/", "/api/leads/{lead}/commitments/"}


def test_a_list_is_described_as_it_is_answered(described: dict[str, Any]) -> None:
    """Whoever answers with pages says so: {"results", "next"}, and how to ask for the next one."""
    bare, paged = set(), set()
    for path, operations in described["paths"].items():
        answers = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        schema = answers.get("application/json", {}).get("schema", {})
        if schema.get("type") == "array":
            bare.add(path)
        elif "Paginated" in schema.get("$ref", ""):
            paged.add(path)
            named = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            assert set(named["properties"]) == {"results", "next"}
            asked = {one["name"] for one in operations["get"]["parameters"] if one["in"] == "query"}
            assert {"cursor", "limit"} <= asked
    assert bare == WHOLE
    assert {f"/api/{name}/" for name in ("deals", "leads", "events", "spend", "visitors", "accounts")} <= paged
