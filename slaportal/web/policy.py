"""Who may open which view: each view declares one policy, and the middleware holds everyone to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

ROLES = frozenset({"marketer", "rep", "marketing_manager", "sales_manager", "admin"})


@dataclass(frozen=True)
class Policy:
    """Who may open a view. `roles` None: every person who is logged in; `by_token`: the API checks for itself."""

    is_public: bool = False
    by_token: bool = False
    roles: frozenset[str] | None = None

    def allows(self, user: Any) -> bool:
        """Whether this person may open the view at all; which objects they see is for the room's access.py."""
        if self.is_public or self.by_token:
            return True
        if not user.is_authenticated:
            return False
        return self.roles is None or user.role in self.roles


PUBLIC = Policy(is_public=True)
SIGNED_IN = Policy()
BY_TOKEN = Policy(by_token=True)

# Views of packages, which cannot carry our decorators: module prefix → policy. The longest prefix wins.
POLICY_OF_PACKAGE: dict[str, Policy] = {
    "allauth.account.": PUBLIC,
    "django.views.i18n": PUBLIC,
    "django.views.static": PUBLIC,
    "django.contrib.staticfiles.": PUBLIC,
    "whitenoise.": PUBLIC,
}


def public(view: View) -> View:
    """Everybody may open this view, also without logging in."""
    return _declare(view, PUBLIC)


def signed_in(view: View) -> View:
    """Everybody who is logged in may open this view."""
    return _declare(view, SIGNED_IN)


def allow(*roles: str) -> Callable[[View], View]:
    """Only people in one of these roles may open this view."""
    unknown = set(roles) - ROLES
    if unknown or not roles:
        raise ValueError(f"Not roles: {sorted(unknown)}. Known: {sorted(ROLES)}.")
    return lambda view: _declare(view, Policy(roles=frozenset(roles)))


def _declare(view: View, policy: Policy) -> View:
    if getattr(view, "policy", policy) != policy:
        raise TypeError(f"{view} already declares a policy; a view has exactly one.")
    view.policy = policy  # type: ignore[attr-defined]
    return view


def declared_policy(view: Callable[..., Any]) -> Policy | None:
    """The policy of a view function, an API class or a package's view; None where nothing is declared."""
    declared: Policy | None = getattr(view, "policy", None)
    if declared is not None:
        return declared
    view_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if view_class is not None and issubclass(view_class, APIView):
        return _policy_of_api(view_class)
    module = getattr(view_class or view, "__module__", "")
    prefixes = [prefix for prefix in POLICY_OF_PACKAGE if module.startswith(prefix)]
    return POLICY_OF_PACKAGE[max(prefixes, key=len)] if prefixes else None


def _policy_of_api(view_class: type[APIView]) -> Policy | None:
    """An API view is checked by its permission classes; one that lets anybody in must say `policy = PUBLIC`."""
    declared: Policy | None = getattr(view_class, "policy", None)
    if declared is not None:
        return declared
    permissions = view_class.permission_classes
    return BY_TOKEN if permissions and AllowAny not in permissions else None


class PolicyMiddleware:
    """Holds every request to the policy of its view: no policy → 404, not logged in → log-in page, wrong role → 403."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        policy = declared_policy(view)
        if policy is None:
            raise Http404("This view declares no policy.")
        if policy.allows(request.user):
            return None
        if request.user.is_authenticated:
            raise PermissionDenied
        return _to_log_in(request)


def _to_log_in(request: HttpRequest) -> HttpResponse:
    """To the log-in page and back here; a fragment request moves the whole page, or the form would land inside it."""
    htmx = getattr(request, "htmx", None)
    if htmx:
        back_to = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(back_to, resolve_url(settings.LOGIN_URL)).url)
    back_to = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    return redirect_to_login(back_to, resolve_url(settings.LOGIN_URL))
