"""Wiring of the agreements room: its words, its check and its tick."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "agreements"

    def ready(self) -> None:
        from agreements import checks, tasks  # noqa: F401 - imported to register the check and the tick
        from agreements.words import REFUSALS
        from slaportal.web.refusals import register_words

        register_words(REFUSALS)
