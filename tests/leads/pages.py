"""What the tests of pages share: readers who are logged in, and parts of a page."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

from slaportal.accounts.models import User

HTMX = {"HTTP_HX_REQUEST": "true"}


def reader(user: User, **options: Any) -> Client:
    """A browser in which this person is logged in, who reads all times in UTC."""
    User.objects.filter(pk=user.pk).update(timezone="UTC")
    client = Client(**options)
    client.force_login(user)
    return client


def html(response: Any) -> str:
    """The page as text, with one blank wherever it has several."""
    assert isinstance(response, HttpResponse)
    return " ".join(response.content.decode().split())


def text(response: Any) -> str:
    """What stands on the page to be read, without tags."""
    words = " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())
    return re.sub(r" ([.,;:])(?= |$)", r"\1", words)


def steady(markup: str) -> str:
    """Markup without what differs from one rendering to the next: keys, tokens, the polling time."""
    return re.sub(r'value="[0-9a-zA-Z-]{32,}"|since=[^"]+', "", markup)
