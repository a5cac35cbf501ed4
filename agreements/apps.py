"""Wiring of the agreements room: its refusals get their words."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "agreements"

    def ready(self) -> None:
        from agreements.words import REFUSALS
        from slaportal.web.refusals import register_words

        register_words(REFUSALS)
