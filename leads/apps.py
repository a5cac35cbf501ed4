"""Wiring of the leads app: its refusals get their words, its ticks register themselves."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        from agreements.rule_fields import register_fields
        from leads import (  # noqa: F401 - imported to register their deliveries and ticks
            escalation,
            past,  # noqa: F401 - imported to register its run
            tasks,
        )
        from leads.accounts import matching  # noqa: F401 - imported to register its tick
        from leads.accounts.words import ACCOUNT_WORDS
        from leads.imports import jobs  # noqa: F401 - imported to register its runs
        from leads.imports.words import IMPORT_WORDS
        from leads.intake.words import INTAKE_WORDS
        from leads.rules.known import SOURCE
        from leads.rules.words import RULE_REFUSALS
        from leads.words import PASS_REFUSALS
        from slaportal.web.refusals import register_words

        register_words({**INTAKE_WORDS, **IMPORT_WORDS, **ACCOUNT_WORDS, **PASS_REFUSALS, **RULE_REFUSALS})
        register_fields(SOURCE)
