"""What the web itself keeps: how often somebody came lately, and answers for those who ask the same again."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class RateCount(models.Model):
    """How much of a limit somebody has used up in the window that ends then.

    The table is not logged: a count is worth nothing after a crash, and no request waits for the disk because of it.
    """

    key = models.CharField(primary_key=True, max_length=200)
    ends_at = models.DateTimeField()
    used = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.key} {self.used}"


class KeptAnswer(models.Model):
    """What the API answered to a request with an Idempotency-Key; kept for a day."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    # Of the request: the same key with another one is a mistake of the caller's.
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    # JSON as it was sent; blank where the answer had none.
    body = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "key"], name="answer_once_per_key")
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The tick that forgets them.
            models.Index(fields=["at"], name="answer_by_age")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"
