"""Wiring of the kpis room: its refusals get their words, its job registers itself."""

from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"

    def ready(self) -> None:
        from kpis.calibration import jobs  # noqa: F401 - imported to register its run
        from kpis.words import REFUSALS
        from slaportal.web.refusals import register_words

        register_words(REFUSALS)
