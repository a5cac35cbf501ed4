"""Rendering, policy and refusals: what every page shares."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "slaportal.web"
    label = "web"

    def ready(self) -> None:
        from slaportal.web.refusals import register_words

        register_words(
            {
                "not_allowed": _("You may read this, but not do it."),
                "changed_meanwhile": _(
                    "Somebody else changed this a moment ago. Look again and repeat it if it is still needed."
                ),
            }
        )
