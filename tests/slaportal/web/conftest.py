"""The test site stands in for the real pages, so that these tests need no other room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TEMPLATES_HERE = Path(__file__).parent / "templates"


@pytest.fixture
def site(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests of this test go to the pages of tests/slaportal/web/site.py; sessions and messages need no database."""
    monkeypatch.setattr("slaportal.web.middleware._company_zones", [])
    settings.ROOT_URLCONF = "tests.slaportal.web.site"
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    engine = settings.TEMPLATES[0] | {"DIRS": [*settings.TEMPLATES[0]["DIRS"], TEMPLATES_HERE]}
    settings.TEMPLATES = [engine]
    settings.LOGIN_URL = "account_login"
