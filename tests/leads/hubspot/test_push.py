"""What we write back to HubSpot: what changed, once, never lost, and known again when it returns."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from leads.hubspot.applying import apply_events
from leads.models import HubSpotRecord, Lead, LeadEvent, LeadSource
from tests.leads.hubspot.conftest import AT, Deliver, change, contact, milliseconds, pulled
from tests.leads.hubspot.stub import Stub

pytestmark = pytest.mark.django_db


@pytest.fixture
def pushed(hubspot: Stub) -> Callable[..., list[dict[str, Any]]]:
    """Pull, and what was written back meanwhile."""
    LeadSource.objects.update(options={"is_pushed": True, "pushed": {"stage": "sla_stage", "fit": "sla_fit"}})

    def pushed(minutes: int = 0) -> list[dict[str, Any]]:
        before = len(hubspot.asked)
        pulled(AT + dt.timedelta(minutes=minutes))
        return [
            one for _, path, body in hubspot.asked[before:] if path.endswith("batch/update") for one in body["inputs"]
        ]

    return pushed


def test_our_stage_is_written_back_once_until_it_changes(hubspot: Stub, pushed: Callable[..., Any]) -> None:
    hubspot.contacts = [contact(number) for number in range(1, 151)]
    first = pushed()
    assert len(first) == 150
    assert first[0] == {"id": "1", "properties": {"lifecyclestage": "lead", "sla_stage": "lead"}}
    sizes = [len(body["inputs"]) for _, path, body in hubspot.asked if path.endswith("batch/update")]
    assert sizes == [100, 50]
    assert pushed(11) == []
    Lead.objects.filter(external_id="7").update(stage="mql")
    assert pushed(22) == [{"id": "7", "properties": {"lifecyclestage": "marketingqualifiedlead", "sla_stage": "mql"}}]


def test_nothing_is_written_back_unless_wanted(hubspot: Stub) -> None:
    hubspot.contacts = [contact(1)]
    pulled()
    assert not [path for path in hubspot.paths() if path.endswith("batch/update")]


def test_while_hubspot_is_down_nothing_to_write_is_lost(hubspot: Stub, pushed: Callable[..., Any]) -> None:
    hubspot.contacts = [contact(1)]
    page = json.dumps({"results": hubspot.contacts}).encode()
    hubspot.instead = [(200, {}, page), (500, {}, b"")]
    assert len(pushed()) == 1
    assert HubSpotRecord.objects.get().pushed == {}
    assert len(pushed(1)) == 1
    assert HubSpotRecord.objects.get().pushed == {"lifecyclestage": "lead", "sla_stage": "lead"}


def test_one_contact_that_is_declined_holds_up_no_other(hubspot: Stub, pushed: Callable[..., Any]) -> None:
    hubspot.contacts = [contact(number) for number in range(1, 9)]
    hubspot.declined = {"5"}
    pushed()
    assert HubSpotRecord.objects.exclude(pushed_at=None).count() == 7
    assert HubSpotRecord.objects.get(object_id="5").push_error == "Property values were not valid"
    assert pushed(11) == []


def test_our_own_change_that_comes_back_is_known(hubspot: Stub, pushed: Callable[..., Any], deliver: Deliver) -> None:
    hubspot.contacts = [contact(201, lifecyclestage="marketingqualifiedlead")]
    LeadSource.objects.update(
        options={
            "is_pushed": True,
            "stages_in": {"salesqualifiedlead": "customer"},
            "stages_out": {"mql": "salesqualifiedlead"},
        }
    )
    pushed()
    ours = {"objectId": 201, "changeSource": "INTEGRATION", "minutes_ago": 0}
    deliver([change(1, "lifecyclestage", "salesqualifiedlead", **ours)])
    apply_events(AT)
    hubspot.contacts = [contact(201, lifecyclestage="salesqualifiedlead") | {"modified": milliseconds(AT)}]
    assert pushed(11) == []
    assert Lead.objects.get().stage == "mql"
    assert LeadEvent.objects.count() == 0
    deliver([change(2, "lifecyclestage", "opportunity", objectId=201, minutes_ago=0)])
    apply_events(AT)
    assert LeadEvent.objects.get().properties["value"] == "opportunity"
