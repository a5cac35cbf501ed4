"""A lead, the names other systems know it by, and each change of its stage."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Collate, Reverse
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """How far a lead has come; the allowed moves are in ``agreements.terms.lifecycle``."""

    CONTACT = "contact", _("Contact")
    LEAD = "lead", _("Lead")
    MQL = "mql", _("MQL")
    SAL = "sal", _("Accepted (SAL)")
    SQL = "sql", _("SQL")
    OPPORTUNITY = "opportunity", _("Opportunity")
    CUSTOMER = "customer", _("Customer")
    NURTURE = "nurture", _("Nurture")
    DISQUALIFIED = "disqualified", _("Disqualified")


# What stands behind the @, "" without an address.
MAIL_DOMAIN = models.Func(
    models.F("email"), models.Value("@"), models.Value(-1), function="split_part", output_field=models.CharField()
)


class Lead(models.Model):
    """A person who may buy. Scoring never writes this row."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField(_("source"), max_length=120, blank=True)
    external_id = models.CharField(_("external id"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    title = models.CharField(_("job title"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=120, blank=True)
    # Columns an import or a program brought beside the built-in fields, stored as read.
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    # Cells whose text the stored value no longer shows ("Select" read as blank, "1" as converted), by column.
    as_read = models.JSONField(default=dict, blank=True)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.LEAD)
    stage_at = models.DateTimeField(_("in this stage since"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("owner"),
        # lead_by_owner serves.
        db_index=False,
    )
    # The company's name as accounts are told by it (leads.accounts.names); blank: nobody looked yet.
    company_key = models.CharField(max_length=200, blank=True, db_default="", default="", db_collation="C")
    # The phone number in E.164 (leads.merges.phones); blank: nobody looked yet, "-": no number.
    phone_key = models.CharField(max_length=20, blank=True, db_default="", default="", db_collation="C")
    account = models.ForeignKey(
        "leads.Account",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("account"),
        db_index=False,
    )
    converted = models.BooleanField(_("converted"), null=True, blank=True)
    converted_at = models.DateTimeField(_("converted at"), null=True, blank=True)
    deal_amount = models.DecimalField(_("deal amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    entered_at = models.DateTimeField(_("entered at"))
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Same person, one lead: addresses are stored in lower case.
            models.UniqueConstraint(fields=["email"], condition=~models.Q(email=""), name="lead_email_once"),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="lead_stage_known"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The Leads list: newest first, by stage, by owner.
            models.Index(fields=["-created_at", "-id"], name="lead_newest"),
            models.Index(fields=["stage", "-created_at"], name="lead_by_stage"),
            models.Index(fields=["owner", "-created_at"], name="lead_by_owner"),
            # The leads of an account; those that a change of the account list may touch: by the end of their
            # address, by their company; and those whose company nobody looked at yet.
            models.Index(fields=["account", "-created_at"], condition=~models.Q(account=None), name="lead_by_account"),
            models.Index(Collate(Reverse(MAIL_DOMAIN), "C"), name="lead_by_domain"),
            models.Index(fields=["company_key"], condition=~models.Q(company_key=""), name="lead_by_company"),
            models.Index(
                fields=["id"], condition=models.Q(company_key="") & ~models.Q(company=""), name="lead_without_key"
            ),
            # The same person by phone; and those whose number nobody has read yet.
            models.Index(fields=["phone_key"], condition=~models.Q(phone_key__in=["", "-"]), name="lead_by_phone"),
            models.Index(
                fields=["id"], condition=models.Q(phone_key="") & ~models.Q(phone=""), name="lead_without_phone_key"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.external_id or str(self.public_id)


class LeadIdentity(models.Model):
    """The name one source knows a lead by; a lead may have several."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="identities")
    source = models.CharField(max_length=120)
    external_id = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "external_id"], name="identity_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            # An event that names a lead by another source's id.
            models.Index(fields=["external_id"], name="identity_any_source")
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class StageChange(models.Model):
    """A lead's move from one stage to the next: appended, never changed."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="stage_changes")
    handoff = models.ForeignKey("leads.Handoff", models.PROTECT, null=True, related_name="stage_changes")
    old = models.CharField(max_length=12, blank=True)
    new = models.CharField(max_length=12)
    why = models.CharField(max_length=60)
    version = models.ForeignKey("agreements.AgreementVersion", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["lead", "at"], name="stage_change_of_lead"),
            # The month's funnel counts arrivals in a stage.
            models.Index(fields=["new", "at"], name="stage_change_arrivals"),
        ]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
