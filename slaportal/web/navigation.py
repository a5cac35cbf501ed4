"""The six places of the main navigation; a page that is not there, or not for this reader, is left out."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from slaportal.web.policy import declared_policy


@dataclass(frozen=True)
class Place:
    """One entry: its name, its icon, where it leads, and whether the reader is there now."""

    label: str | Promise
    path: str
    icon: str
    is_current: bool = False


MAIN = (
    Place(pgettext_lazy("navigation", "Today"), "/", "today"),
    Place(_("Leads"), "/leads/", "leads"),
    Place(_("Nurture"), "/nurture/", "nurture"),
    Place(_("Agreement"), "/agreements/", "agreement"),
    Place(_("Results"), "/results/", "results"),
    Place(_("Meetings"), "/meetings/", "meetings"),
)
PERSONAL = (
    Place(_("Profile"), "/me/", "person"),
    Place(_("Settings"), "/settings/", "settings"),
)


def main_places(request: HttpRequest) -> list[Place]:
    """The main navigation as this reader may use it."""
    return [_marked(place, request) for place in MAIN if is_open(place.path, request)]


def personal_places(request: HttpRequest) -> list[Place]:
    """The avatar menu's pages as this reader may use them."""
    return [_marked(place, request) for place in PERSONAL if is_open(place.path, request)]


def is_open(path: str, request: HttpRequest) -> bool:
    """Whether a page answers at this path and its policy lets this reader in."""
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    policy = declared_policy(view)
    return policy is not None and policy.allows(request.user)


def _marked(place: Place, request: HttpRequest) -> Place:
    here = request.path == place.path if place.path == "/" else request.path.startswith(place.path)
    return Place(place.label, place.path, place.icon, is_current=here)
