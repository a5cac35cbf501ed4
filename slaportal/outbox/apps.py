"""Messages to people and machines, and long jobs: rows that a worker claims."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "slaportal.outbox"
    label = "outbox"

    def ready(self) -> None:
        from slaportal.outbox import deliveries, drain, tidying  # noqa: F401 - imported to register themselves
        from slaportal.web.refusals import register_words

        register_words({"message_not_dead": _("This message is not waiting for a replay any more.")})
