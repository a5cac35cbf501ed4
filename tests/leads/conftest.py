"""A pass in the hands of Sam, under the default terms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from agreements.models import AgreementVersion
from leads.handoff import accept_handoff, hand_off
from leads.models import Handoff
from slaportal.accounts.models import User

# A Wednesday, 10:00 in Paris: the default calendar is open 09:00–12:30 and 13:30–18:00.
OPENED = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def handed(active_terms: AgreementVersion, make_lead: Callable[..., Any], sam: User) -> Handoff:
    """A lead handed to Sam, the only rep so far, because its score crossed the MQL rule."""
    handoff = hand_off(lead=make_lead(title="Head of Sales"), trigger="score", at=OPENED)
    assert handoff is not None
    return handoff


@pytest.fixture
def accepted(handed: Handoff, sam: User) -> Handoff:
    return accept_handoff(handoff=handed, by=sam, at=OPENED)
