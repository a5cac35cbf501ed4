"""Versions on their way, for the tests of this room."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from agreements import services
from agreements.models import AgreementVersion
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def first(mia: User, maya: User) -> AgreementVersion:
    """Version 1, signed by both managers and in force."""
    version = services.create_agreement(slug="main", name="Main", by=mia, at=AT)
    return signed_by(services.propose_version(version=version, by=mia, why="Start", at=AT), mia, maya)


@pytest.fixture
def second(first: AgreementVersion, mia: User) -> AgreementVersion:
    """The draft of version 2, as yet unchanged."""
    return services.start_draft(agreement=first.agreement, by=mia, at=AT)


def signed_by(version: AgreementVersion, *people: User) -> AgreementVersion:
    for person in people:
        services.sign_version(
            version=version, by=person, digest=version.digest, effective_from=version.effective_from, at=AT
        )
    return version


def edited(version: AgreementVersion, by: User, minutes: int = 120, place: int = 0) -> AgreementVersion:
    """The version with another time for one promise."""
    terms = version.document.as_dict()
    terms["commitments"][place]["working_minutes"] = minutes
    return services.edit_draft(version=version, terms=terms, expected_digest=version.digest, by=by, at=AT)


def refused_code(action: Any, **facts: Any) -> str:
    with pytest.raises(Refused) as refused:
        action(**facts)
    return refused.value.code


def at_once(*actions: Callable[[], object]) -> list[str]:
    """Do all of these at the same instant, each on a connection of its own; the codes of those that were refused."""
    start, codes = threading.Barrier(len(actions)), []

    def do(action: Callable[[], object]) -> None:
        start.wait()
        try:
            action()
        except Refused as refused:
            codes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes
