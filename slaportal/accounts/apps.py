"""People, their teams, roles, absences and tokens."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "slaportal.accounts"
    label = "accounts"

    def ready(self) -> None:
        from slaportal.accounts import deliveries  # noqa: F401 - imported to register itself
        from slaportal.web.refusals import register_words

        register_words(
            {
                "already_set_up": _("This installation has people already. Log in instead."),
                "link_dead": _("This link is used up or too old. Ask for a new one."),
                "last_admin": _("This is the last active admin. Make somebody else an admin first."),
                "email_taken": _("Somebody else has the address %(email)s already."),
                "team_name_taken": _("There is a team called “%(name)s” already."),
                "team_of_other_side": _("The team “%(team)s” stands on the other side than this role."),
                "person_inactive": _("This person is deactivated. Let them in again first."),
                "absence_out_of_order": _("The last day must not be before the first day."),
                "absence_unknown": _("These days are not planned as an absence any more."),
                "too_many_tokens": _("Nobody has more than %(limit)s tokens. Revoke one that is not used any more."),
                "too_many_guesses": _("Too many wrong passwords. Wait %(minutes)s minutes, then try again."),
                "token_unknown": _("This token is revoked already."),
            }
        )
