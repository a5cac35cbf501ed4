"""Agreements, their versions and signatures; signed versions are kept unchangeable by triggers."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements.calendars import calendar_of
from agreements.terms.calendar import WorkCalendar
from agreements.terms.document import Terms

if TYPE_CHECKING:
    from typing import Any


class Agreement(models.Model):
    """One contract between Marketing and Sales, for the leads that its segment rule selects."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=150)
    segment = models.JSONField(_("segment rule"), default=dict, blank=True)
    order = models.PositiveIntegerField(_("order"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "id"]

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    """Where a version stands on its way from draft to history."""

    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Proposed")
    SIGNED = "signed", _("Signed")
    ACTIVE = "active", _("Active")
    SUPERSEDED = "superseded", _("Superseded")


OPEN = (Status.DRAFT, Status.PROPOSED)


class AgreementVersion(models.Model):
    """One numbered text of an agreement; from ``signed`` on only its status moves (a trigger refuses the rest)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    terms = models.JSONField()
    digest = models.CharField(max_length=64)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    why = models.TextField(_("why"), blank=True)
    effective_from = models.DateTimeField(_("effective from"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agreement", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["agreement"], condition=models.Q(status="active"), name="one_active_version"
            ),
            models.UniqueConstraint(
                fields=["agreement"], condition=models.Q(status__in=["draft", "proposed"]), name="one_open_version"
            ),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="version_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement.slug} v{self.number}"

    @property
    def document(self) -> Terms:
        """The typed terms; parsed once per process and digest."""
        return _parsed(self.digest, _Box(self.terms))

    def calendar(self, team: str = "") -> WorkCalendar:
        """The working calendar of the team of this name; the company's for a team without one, and without a name."""
        return _calendar(self.digest, _Box(self.terms), team)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class _Box:
    """Carries unhashable terms past the cache key: two boxes always compare equal."""

    def __init__(self, terms: Any) -> None:
        self.terms = terms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Box)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=32)
def _parsed(digest: str, box: _Box) -> Terms:
    return Terms.stored(box.terms)


@lru_cache(maxsize=64)
def _calendar(digest: str, box: _Box, team: str) -> WorkCalendar:
    return calendar_of(_parsed(digest, box), team)


class VersionChange(models.Model):
    """A version's move from one status to the next: appended, never changed."""

    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="changes")
    old = models.CharField(max_length=12, blank=True)
    new = models.CharField(max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class Signature(models.Model):
    """A side's word on one text and the day it is to hold from; it counts only while the version still has both."""

    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=12)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signer_name = models.CharField(max_length=150)
    digest = models.CharField(max_length=64)
    effective_from = models.DateTimeField(null=True)
    language = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["version", "side", "digest", "effective_from"],
                nulls_distinct=False,
                name="one_signature_per_side",
            ),
            models.UniqueConstraint(
                fields=["version", "user", "digest", "effective_from"],
                nulls_distinct=False,
                condition=models.Q(user__isnull=False),
                name="one_person_signs_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signer_name} ({self.side})"
