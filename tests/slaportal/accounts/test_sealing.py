"""Sealed secrets open with this installation's keys alone."""

from __future__ import annotations

import pytest
from django.test import override_settings

from slaportal.accounts.sealing import seal, unseal

SECRETS = {"token": "pat-eu1-é", "signing": "s3cr3t"}


def test_what_was_sealed_opens_again_and_shows_nothing() -> None:
    sealed = seal(SECRETS)
    assert unseal(sealed) == SECRETS
    assert "s3cr3t" not in sealed


def test_nothing_is_sealed_as_nothing() -> None:
    assert seal({}) == ""
    assert unseal("") == {}


def test_a_retired_key_still_opens_and_a_foreign_one_does_not() -> None:
    with override_settings(SECRET_KEY="old" * 20, SECRET_KEY_FALLBACKS=[]):
        sealed = seal(SECRETS)
    with override_settings(SECRET_KEY="new" * 20, SECRET_KEY_FALLBACKS=["old" * 20]):
        assert unseal(sealed) == SECRETS
    with override_settings(SECRET_KEY="new" * 20, SECRET_KEY_FALLBACKS=[]):
        assert unseal(sealed) == {}


@pytest.mark.parametrize("broken", ["x", "gAAAAA", seal(SECRETS)[:-4]])
def test_a_broken_seal_holds_nothing(broken: str) -> None:
    assert unseal(broken) == {}
