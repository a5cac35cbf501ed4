"""Wiring of the leads app."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        from leads.imports.words import IMPORT_WORDS
        from leads.intake.words import INTAKE_WORDS
        from slaportal.web.refusals import register_words

        register_words({**INTAKE_WORDS, **IMPORT_WORDS})
