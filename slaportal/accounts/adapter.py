"""What allauth asks us about: nobody signs up by themselves, and mail goes through the outbox."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from slaportal.accounts import links
from slaportal.accounts.models import User


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """People are invited by an admin."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Our mails carry a link of our own, made when the mail is sent, so that no row holds the secret."""
        return ""

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        links.mail_link(user, "password_reset")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Only what a person could not see by themselves: that they are logged in is no news."""
        if message_template == "account/messages/password_changed.txt":
            messages.success(request, gettext("Your password is changed."))
