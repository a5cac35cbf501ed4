"""The people of both teams: who they are, which side they stand on, whether they are at work."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken


class Side(models.TextChoices):
    """The two parties of an agreement."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


class Role(models.TextChoices):
    """What a person does here; every access rule is written in these words."""

    MARKETER = "marketer", _("Marketer")
    REP = "rep", _("Sales rep")
    MARKETING_MANAGER = "marketing_manager", _("Marketing manager")
    SALES_MANAGER = "sales_manager", _("Sales manager")
    ADMIN = "admin", _("Admin")


SIDE_OF_ROLE = {
    Role.MARKETER: Side.MARKETING,
    Role.MARKETING_MANAGER: Side.MARKETING,
    Role.REP: Side.SALES,
    Role.SALES_MANAGER: Side.SALES,
}


class Team(models.Model):
    """A group of people on one side; a side may have several."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    side = models.CharField(_("side"), max_length=20, choices=Side)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("name"), name="team_name_once"),
            models.CheckConstraint(condition=models.Q(side__in=Side.values), name="team_side_known"),
        ]

    def __str__(self) -> str:
        return self.name


def known_timezone(value: str) -> None:
    """Refuse a time zone that this machine does not know."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(value)s” is not a time zone. Example: Europe/Paris."), params={"value": value})


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A saved user; without a password nobody can log in as them until access is reset."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]
    """A person; logs in by e-mail."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("full name"), max_length=150)
    role = models.CharField(_("role"), max_length=30, choices=Role, default=Role.REP)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("team")
    )
    is_available = models.BooleanField(
        _("available"), default=True, help_text=_("New leads go only to people who are available.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    timezone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[known_timezone])
    language = models.CharField(_("language"), max_length=10, blank=True, choices=settings.LANGUAGES)
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def side(self) -> str | None:
        """The side this person stands on: by role; an admin's by team, if any."""
        if self.role in SIDE_OF_ROLE:
            return SIDE_OF_ROLE[Role(self.role)].value
        return self.team.side if self.team else None

    @property
    def is_manager(self) -> bool:
        return self.role in {Role.MARKETING_MANAGER, Role.SALES_MANAGER}


class Absence(models.Model):
    """Days a person is away; no new lead is routed to them then."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences")
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="absence_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"


class ApiToken(AbstractAuthToken):  # type: ignore[misc]
    """A person's key to the API: only its digest is stored; it has the rights of its owner, no more."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
