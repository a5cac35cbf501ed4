"""The append-only, hash-chained record of who changed what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "slaportal.audit"
    label = "audit"

    def ready(self) -> None:
        from slaportal.audit import checks  # noqa: F401 - imported to register the check and the sealing tick
