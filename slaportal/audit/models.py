"""One append-only table; a trigger refuses every change but the one sealing."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """Who did what to which thing, when; sealed later into a hash chain by ``seq``."""

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=80)
    on = models.CharField(max_length=120)
    facts = models.JSONField(default=dict)
    seq = models.BigIntegerField(null=True, unique=True)
    prev = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # The sealer takes what has no place in the chain yet.
            models.Index(fields=["id"], condition=models.Q(seq=None), name="audit_unsealed"),
            # A thing's history.
            models.Index(fields=["on", "-at"], name="audit_of_a_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.on}"
