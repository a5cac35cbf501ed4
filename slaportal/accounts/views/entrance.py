"""The way in: logging in, the first admin, the link by which a password is set, and the demo's people."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from slaportal.accounts import links, people
from slaportal.accounts.demo import demo_people
from slaportal.accounts.forms import NewPasswordForm, SetUpForm
from slaportal.accounts.models import User
from slaportal.web.policy import public
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page


class LogInView(allauth_views.LoginView):  # type: ignore[misc]
    """Allauth's log-in, with its rate limits, on our page; an installation without people is set up first."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not User.objects.exists():
            return redirect("accounts:set-up")
        return super().dispatch(request, *args, **kwargs)  # type: ignore[no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "demo_people": demo_people(self.request)}


log_in = public(LogInView.as_view())


@public
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password1", "password2")
@sensitive_variables("form")
def set_up(request: HttpRequest) -> HttpResponse:
    """Ask for the first admin as long as nobody is there; afterwards this page does not exist."""
    if User.objects.exists():
        raise Http404
    page = "accounts/set_up.html"
    form = SetUpForm(request.POST or None, initial={"timezone": "UTC"})
    if not form.is_valid():
        return render_page(request, page, {"form": form}, status=422 if form.is_bound else 200)
    entered = form.cleaned_data
    try:
        admin = people.set_up_first_admin(
            name=entered["name"],
            email=entered["email"],
            password=entered["password1"],
            zone=entered["timezone"],
        )
    except Refused as refused:
        return refuse(request, page, {"form": form}, refused)
    login(request, admin)
    return redirect("/")


@public
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password1", "password2")
@sensitive_variables("form", "token")
def password_link(request: HttpRequest, token: str) -> HttpResponse:
    """Set a password by the link of an invitation or reset, and log in with it."""
    page = "accounts/password_link.html"
    person = links.person_of(token)
    if person is None:
        return render_page(request, page, {"person": None}, status=404)
    form = NewPasswordForm(request.POST or None, user=person)
    context = {"person": person, "form": form}
    if not form.is_valid():
        return render_page(request, page, context, status=422 if form.is_bound else 200)
    try:
        person = links.redeem(token=token, password=form.cleaned_data["password1"])
    except Refused as refused:
        return refuse(request, page, context, refused)
    login(request, person)
    return redirect("/")


@public
@require_POST
def demo_entry(request: HttpRequest) -> HttpResponse:
    """Log in as one of the demo's people; there is no other person that this could be."""
    asked = request.POST.get("email", "")
    person = next((one for one in demo_people(request) if one.email == asked), None)
    if person is None:
        raise PermissionDenied
    login(request, person)
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(wanted if is_ours else "/")
