"""A file of leads on its way in: stored first, then mapped, checked and run."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class ImportKind(models.TextChoices):
    LEADS = "leads", _("Leads")
    ACCOUNTS = "accounts", _("Accounts")


class LeadImport(models.Model):
    """One file of leads or of accounts, its column map and what came of it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=ImportKind, default=ImportKind.LEADS, db_default="leads")
    file_name = models.CharField(max_length=255)
    # Where the file lies below the data folder.
    path = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    encoding = models.CharField(max_length=20, default="utf-8")
    headers = models.JSONField(default=list)
    column_map = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    job = models.ForeignKey("outbox.Job", models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    n_rows = models.PositiveIntegerField(default=0)
    n_created = models.PositiveIntegerField(default=0)
    n_updated = models.PositiveIntegerField(default=0)
    n_unchanged = models.PositiveIntegerField(default=0)
    n_rejected = models.PositiveIntegerField(default=0)
    n_qualified = models.PositiveIntegerField(default=0)
    error = models.JSONField(default=dict)
    # Taken back: by which job, when it was done, and how many leads were removed, restored or stayed.
    undo_job = models.ForeignKey("outbox.Job", models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undo_counts = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name


class RejectedRow(models.Model):
    """A row that could not be taken, with its reason, to be mended and sent again."""

    lead_import = models.ForeignKey(LeadImport, models.CASCADE, related_name="rejected_rows")
    # The line in the file where the row starts, counted from 1 with the header.
    line = models.PositiveIntegerField()
    cells = models.JSONField()
    code = models.CharField(max_length=60)
    column = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["lead_import", "line"], name="rejected_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"


class ImportedLead(models.Model):
    """What an import did to one lead, kept for as long as it can be taken back."""

    lead_import = models.ForeignKey(LeadImport, models.CASCADE, related_name="imported_leads", db_index=False)
    # No foreign key in the database: a million of them cost more than they tell, and a lead may go meanwhile.
    lead = models.ForeignKey("leads.Lead", models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    is_created = models.BooleanField()
    # When the import last wrote the lead itself, as `updated_at` says if nobody has written it since.
    at = models.DateTimeField(null=True)
    # {field: value} of what it changed, null where there was nothing; names as "identity.…", cells as "attributes.…".
    # Once the import is undone, `after` keeps what could not be taken back.
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    # Why it stayed when the import was undone.
    why = models.CharField(max_length=20, blank=True, db_default="", default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["lead_import", "lead"], name="imported_lead_once")
        ]

    def __str__(self) -> str:
        return f"{self.lead_import_id}: {self.lead_id}"


class ColumnMap(models.Model):
    """The last mapping used for a set of headers, to be offered again."""

    # sha256 of the sorted headers.
    headers_key = models.CharField(max_length=64, unique=True)
    column_map = models.JSONField()
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.headers_key[:12]
