"""Agreements, their versions and signatures, and what is said about them; triggers keep the facts unchangeable."""

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
from agreements.terms.document.reading import as_bytes
from agreements.terms.rules import Rule, parse

if TYPE_CHECKING:
    from typing import Any


class Agreement(models.Model):
    """One contract between Marketing and Sales, for the leads that its segment rule selects."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=150)
    # Empty: the default agreement, which governs what no other one selects. A trigger sees to it that there is one.
    segment = models.JSONField(_("segment rule"), default=dict, blank=True)
    is_default = models.GeneratedField(
        expression=models.ExpressionWrapper(models.Q(segment={}), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    # Segments are tried in this order; the default one comes last whatever its place.
    order = models.PositiveIntegerField(_("order"), default=0)
    # Grows with each change that may bring it other leads: of its segment, of its place, of what is tried before it.
    revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["is_default", "order", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_agreement"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> Rule | None:
        """The segment rule; None of the default agreement."""
        return parse(self.segment, "lead") if self.segment else None


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
    def canonical(self) -> bytes:
        """The very bytes whose sha256 is the digest, whatever a document would add to them today."""
        return as_bytes(self.terms)

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


class StoredText(models.Model):
    """A text that a version has had, by its digest: appended, never changed, so that what was signed can be read."""

    digest = models.CharField(max_length=64, primary_key=True)
    terms = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest

    @property
    def document(self) -> Terms:
        """The typed terms, also where they would be refused by what is checked today."""
        return _parsed(self.digest, _Box(self.terms))


class DraftEdit(models.Model):
    """One saved edit of an open version: from which text to which, by whom."""

    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="edits")
    old = models.CharField(max_length=64)
    new = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.old:.8} → {self.new:.8}"


class Opening(models.Model):
    """A signer has opened a proposed text; their browser said so, or they did."""

    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="openings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    language = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "user", "digest"], name="opened_once_per_text"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.digest:.8}"


class ChangeRequest(models.Model):
    """A signer will not sign this text as it is, and says why; it stands while the text does."""

    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="change_requests")
    side = models.CharField(max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(_("what should change"))
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.side}: {self.text[:40]}"


class Comment(models.Model):
    """What somebody says about a clause of one text; only whether it is resolved changes."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="comments")
    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="comments")
    digest = models.CharField(max_length=64)
    clause = models.CharField(max_length=60)
    text = models.TextField(_("comment"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        # The thread of a clause, and the open ones beside every clause of the page.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agreement", "clause", "id"], name="comment_thread"),
            models.Index(fields=["agreement", "clause"], condition=models.Q(resolved_at=None), name="comment_open"),
        ]

    def __str__(self) -> str:
        return f"{self.clause}: {self.text[:40]}"


class Origin(models.TextChoices):
    """Where a proposed change comes from."""

    CLAUSE = "clause", _("From a clause")
    MEETING = "meeting", _("From a meeting's decision")
    SCRATCH = "scratch", _("From scratch")


class ProposalState(models.TextChoices):
    """What became of a proposed change."""

    OPEN = "open", _("Open")
    TAKEN = "taken", _("Taken into a draft")
    DECLINED = "declined", _("Declined")


class Proposal(models.Model):
    """A change that somebody proposes in words; an editor takes it into the draft or declines it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="proposals")
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.SCRATCH)
    clause = models.CharField(max_length=60, blank=True)
    what = models.TextField(_("what should change"))
    why = models.TextField(_("why"))
    meeting_on = models.DateField(_("date of the meeting"), null=True)
    decision = models.TextField(_("its decision"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=ProposalState, default=ProposalState.OPEN)
    version = models.ForeignKey(AgreementVersion, models.PROTECT, null=True, related_name="proposals")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state="taken", version__isnull=False)
                | ~models.Q(state="taken") & models.Q(version=None),
                name="taken_names_its_version",
            ),
        ]

    def __str__(self) -> str:
        return self.what[:60]
