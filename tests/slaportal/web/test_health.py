"""What a machine may ask the portal: does it live, can it reach what it needs."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from slaportal.addresses import parse_redis_url
from slaportal.web import health


def test_a_living_process_says_so_without_asking_the_database(client: Client) -> None:
    answer = client.get("/healthz")  # no mark django_db: a query would fail the test
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_means_that_database_and_broker_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "broker_answers", lambda: True)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "broker": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize("address", [None, "unix:///nowhere/at/all.sock", "redis://127.0.0.1:1/0"])
def test_a_broker_out_of_reach_is_named(client: Client, settings: Any, address: str | None) -> None:
    settings.REDIS = parse_redis_url(address) if address else None
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": "ok", "broker": "unreachable"})


def test_a_database_out_of_reach_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("the server is down")

    monkeypatch.setattr(health.connection, "cursor", refuse)
    monkeypatch.setattr(health, "broker_answers", lambda: True)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": "unreachable", "broker": "ok"})


@pytest.mark.django_db
def test_nobody_needs_to_log_in_and_nothing_is_kept(client: Client) -> None:
    assert {client.get(path).headers["Cache-Control"] for path in ("/healthz", "/readyz")} == {"no-store"}
