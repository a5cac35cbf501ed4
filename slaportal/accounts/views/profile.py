"""One's own pages: profile, availability and API tokens."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from slaportal.accounts import planning, profiles, tokens
from slaportal.accounts.forms import ProfileForm, TokenForm
from slaportal.accounts.models import ApiToken
from slaportal.accounts.reader import PersonRequest
from slaportal.web.policy import signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page


@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    """Name, language, time zone and shortcuts; the theme stays in the browser."""
    user = request.user
    known = {name: getattr(user, name) for name in ("name", "language", "timezone", "shortcuts")}
    form = ProfileForm(request.POST or None, initial=known)
    if not form.is_valid():
        return render_page(request, "accounts/profile.html", {"form": form}, status=422 if form.is_bound else 200)
    profiles.change_profile(by=user, **form.cleaned_data)
    messages.success(request, gettext("Saved."))
    return redirect("accounts:profile")


@signed_in
@require_POST
def availability(request: PersonRequest) -> HttpResponse:
    """Whether new leads may come to me."""
    is_available = request.POST.get("is_available") == "1"
    planning.set_availability(person=request.user, is_available=is_available, by=request.user)
    messages.success(
        request,
        gettext("New leads may come to you.") if is_available else gettext("No new leads will come to you."),
    )
    return redirect("accounts:profile")


@signed_in
@require_http_methods(["GET", "POST"])
def api_tokens(request: PersonRequest) -> HttpResponse:
    """My tokens; a new one is shown in the answer to the form that made it, and never again."""
    form = TokenForm(request.POST or None)
    context = {"form": form, "now": timezone.now(), "page_url": request.build_absolute_uri("/")}
    page = "accounts/tokens.html"
    if not form.is_valid():
        context["tokens"] = _tokens_of(request)
        return render_page(request, page, context, status=422 if form.is_bound else 200)
    try:
        token, plain_text = tokens.create_token(
            owner=request.user, name=form.cleaned_data["name"], days=form.cleaned_data["days"], by=request.user
        )
    except Refused as refused:
        return refuse(request, page, {**context, "tokens": _tokens_of(request)}, refused)
    fresh = {"form": TokenForm(), "new_token": token, "plain_text": plain_text, "tokens": _tokens_of(request)}
    return render_page(request, page, {**context, **fresh}, status=201)


@signed_in
@require_POST
def token_revocation(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """End one of my tokens."""
    token = ApiToken.objects.filter(user=request.user, public_id=public_id).first()
    if token is None:
        raise Http404
    tokens.revoke_token(token=token, by=request.user)
    messages.success(request, gettext("The token is revoked: whatever still uses it is refused from now on."))
    return redirect("accounts:tokens")


def _tokens_of(request: PersonRequest) -> list[ApiToken]:
    return list(ApiToken.objects.filter(user=request.user).order_by("-created"))
