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
        from leads.hubspot import tasks as hubspot_tasks  # noqa: F401 - imported to register its tick
        from leads.hubspot.words import HUBSPOT_WORDS
        from leads.imports import jobs, undoing  # noqa: F401 - imported to register their runs
        from leads.imports.words import IMPORT_WORDS
        from leads.intake.words import INTAKE_WORDS
        from leads.merges import doubts  # noqa: F401 - imported to register its run and ticks
        from leads.merges.words import MERGE_WORDS
        from leads.rules.known import SOURCE
        from leads.rules.words import RULE_REFUSALS
        from leads.sources.words import SOURCE_WORDS
        from leads.words import PASS_REFUSALS
        from slaportal.web.refusals import register_words

        register_words(
            {
                **INTAKE_WORDS,
                **IMPORT_WORDS,
                **ACCOUNT_WORDS,
                **PASS_REFUSALS,
                **MERGE_WORDS,
                **RULE_REFUSALS,
                **SOURCE_WORDS,
                **HUBSPOT_WORDS,
            }
        )
        register_fields(SOURCE)
