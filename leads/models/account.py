"""A company on the account list, and the domains by which its people are told."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """A company that both teams know by one name; scoring reads it, and never writes it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    # The name without case, signs and legal form (leads.accounts.names).
    name_key = models.CharField(max_length=200, db_collation="C")
    # In ASCII, the main one first; AccountDomain holds each of them once.
    domains = ArrayField(models.CharField(max_length=253), verbose_name=_("domains"), default=list, blank=True)
    country = models.CharField(_("country"), max_length=120, blank=True)
    industry = models.CharField(_("industry"), max_length=200, blank=True)
    size = models.CharField(_("size"), max_length=60, blank=True)
    tier = models.CharField(_("tier"), max_length=60, blank=True)
    is_target = models.BooleanField(_("target account"), default=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("owner"),
    )
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name_key"], condition=models.Q(domains=[]), name="account_name_once"),
            models.CheckConstraint(condition=~models.Q(name_key=""), name="account_named"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # A lead's company, when its address says nothing; and the list, which is in this order.
            models.Index(fields=["name_key", "id"], name="account_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class AccountDomain(models.Model):
    """One domain of an account: nobody else's."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    domain = models.CharField(max_length=253, unique=True, db_collation="C")

    def __str__(self) -> str:
        return self.domain
