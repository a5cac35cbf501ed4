"""Wiring of the agreements room: its words, its check, its tick and the company's time zone."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "agreements"

    def ready(self) -> None:
        from agreements import checks, recorded, tasks  # noqa: F401 - imported to register the checks and the tick
        from agreements.selectors import company_zone
        from agreements.words import REFUSALS
        from slaportal.web.middleware import register_company_zone
        from slaportal.web.refusals import register_words

        register_words(REFUSALS)
        register_company_zone(company_zone)
