"""The append-only, hash-chained record of who changed what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "slaportal.audit"
    label = "audit"
