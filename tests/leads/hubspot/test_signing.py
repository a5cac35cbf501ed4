"""Whose delivery it is: HubSpot's own vectors, the window, and what is refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from leads.hubspot.signing import (
    NotTrusted,
    Request,
    check_signature,
    signature_v1,
    signature_v2,
    signature_v3,
)
from tests.leads.hubspot.conftest import SECRET

VECTORS = Path(__file__).resolve().parents[3].parent / "shared/data/formats/hubspot/signature_test_vectors.json"
SIGNED_AT = dt.datetime.fromtimestamp(1693657560, dt.UTC)
URI = "https://www.example.com/webhook_uri"
BODY = b"{'example_field':'example_value'}"
# The vectors of HubSpot's own client library, so that a checkout without ../shared proves them too.
KNOWN = [
    ("v1", "POST", BODY, "69fc6631a867edd4f9e9e627fc5c1148e3fbdd8b21837b6d2b8901c1fa57f750"),
    ("v2", "POST", BODY, "4fe4e3a7d3cf09db53be39d0a58130e2aaba074ec123a9e355b876a689a1c383"),
    ("v2", "GET", b"", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"),
    ("v3", "POST", BODY, "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
]


def headers_of(version: str, signature: str, at: dt.datetime = SIGNED_AT) -> dict[str, str]:
    if version == "v3":
        stamp = str(int(at.timestamp() * 1000))
        return {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
    return {"X-HubSpot-Signature": signature, "X-HubSpot-Signature-Version": version}


def checked(headers: dict[str, str], **changes: Any) -> str:
    """The version that proves it, or the code of the refusal."""
    given = {"method": "POST", "uri": URI, "body": BODY, "secret": SECRET, "at": SIGNED_AT, "allowed": ()} | changes
    request = Request(given["method"], given["uri"], given["body"], headers)
    try:
        return check_signature(request, given["secret"], allowed=given["allowed"], at=given["at"])
    except NotTrusted as reason:
        return reason.code


@pytest.mark.parametrize(("version", "method", "body", "signature"), KNOWN)
def test_the_known_vectors_hold(version: str, method: str, body: bytes, signature: str) -> None:
    found = checked(headers_of(version, signature), method=method, body=body, allowed=("v1", "v2"))
    assert found == version
    wrong = checked(headers_of(version, signature), method=method, body=body + b" ", allowed=("v1", "v2"))
    assert wrong == "signature_wrong"


@pytest.mark.skipif(not VECTORS.is_file(), reason="../shared is absent: no vectors to read")
def test_the_known_vectors_are_those_of_the_file() -> None:
    given = json.loads(VECTORS.read_text())
    assert (given["client_secret"], given["url"], given["request_body"].encode()) == (SECRET, URI, BODY)
    assert [(one["version"], one["signature"]) for one in given["vectors"]] == [(one[0], one[3]) for one in KNOWN]


@pytest.mark.parametrize(("version", "signature"), [(KNOWN[0][0], KNOWN[0][3]), (KNOWN[1][0], KNOWN[1][3])])
def test_old_versions_are_refused_unless_allowed(version: str, signature: str) -> None:
    headers = headers_of(version, signature)
    assert checked(headers) == "signature_old"
    other = "v2" if version == "v1" else "v1"
    assert checked(headers, allowed=(other,)) == "signature_old"
    assert checked(headers, allowed=(version,)) == version


def test_a_wrong_version_3_is_not_made_good_by_an_old_one() -> None:
    headers = headers_of("v1", KNOWN[0][3]) | headers_of("v3", "AAAA")
    assert checked(headers, allowed=("v1", "v2")) == "signature_wrong"


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        (0, "v3"),
        (300, "v3"),
        (-300, "v3"),
        (301, "timestamp_old"),
        (-301, "timestamp_old"),
        (365 * 86_400, "timestamp_old"),
    ],
)
def test_version_3_holds_for_five_minutes(seconds: int, found: str) -> None:
    assert checked(headers_of("v3", KNOWN[3][3]), at=SIGNED_AT + dt.timedelta(seconds=seconds)) == found


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "1e9", "٣", "9" * 40])
def test_a_timestamp_that_is_none_is_refused(stamp: str) -> None:
    headers = {"X-HubSpot-Signature-v3": KNOWN[3][3], "X-HubSpot-Request-Timestamp": stamp}
    assert checked(headers) in {"timestamp_unreadable", "timestamp_old"}


def test_nothing_proves_anything_without_a_secret_or_a_signature() -> None:
    assert checked(headers_of("v3", KNOWN[3][3]), secret="") == "secret_missing"
    assert checked({}) == "signature_missing"
    assert checked(headers_of("v9", "x"), allowed=("v1", "v2")) == "signature_old"


def test_the_address_is_decoded_as_hubspot_does() -> None:
    written = Request("POST", f"{URI}?a=%3a%2F%3F%40%21%24%27%28%29%2A%2C%3B&b=%20%C3%A9", BODY, {})
    plain = Request("POST", f"{URI}?a=:/?@!$'()*,;&b=%20%C3%A9", BODY, {})
    assert signature_v3(SECRET, written, "1") == signature_v3(SECRET, plain, "1")
    assert signature_v2(SECRET, written) != signature_v2(SECRET, plain)


def test_every_bit_of_a_signature_counts() -> None:
    right = base64.b64decode(KNOWN[3][3])
    for place in range(len(right) * 8):
        wrong = bytearray(right)
        wrong[place // 8] ^= 1 << place % 8
        assert checked(headers_of("v3", base64.b64encode(wrong).decode())) == "signature_wrong"


def test_a_signature_of_odd_characters_is_only_wrong() -> None:
    assert checked(headers_of("v3", "ü\ud800")) == "signature_wrong"
    assert signature_v1("ü", Request("POST", URI, b"\xff", {}))
