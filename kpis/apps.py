"""Wiring of the kpis app."""

from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"
