"""Accounts: the list of companies, sent one by one or in lists, read, changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads import access
from leads.accounts.editing import edit_account, remove_account
from leads.accounts.rows import LIMITS, READERS
from leads.accounts.saving import save_accounts
from leads.api.leads import MAX_BODY, moment_of
from leads.api.refusing import caller, feeder, refused_row, refused_rows, sent_rows
from leads.api.shapes import LeadsReply, example
from leads.intake.rows import RowRejected, clean_attributes
from leads.models import Account
from leads.selectors.accounts import asked_accounts
from slaportal.audit.services import record
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages

FILTERS = [
    OpenApiParameter("target", str, enum=["yes", "no"]),
    OpenApiParameter("tier", str),
    OpenApiParameter("q", str, description="Part of a name or a domain."),
    OpenApiParameter("updated_since", str, description="ISO 8601: accounts changed at or after this moment."),
]
ONE_ACCOUNT = {
    "name": "Nordlys KK",
    "domains": ["nordlys.example", "nordlys.jp"],
    "country": "Japan",
    "industry": "Logistics",
    "size": "240",
    "tier": "1",
    "is_target": True,
    "attributes": {"crm_id": "0017"},
}


class AccountInput(serializers.Serializer[None]):
    """A company, told by any of its domains, else by its name. Blanks erase nothing; domains are added."""

    name = serializers.CharField(required=False, max_length=LIMITS["name"])
    domains = serializers.ListField(child=serializers.CharField(), required=False)
    country = serializers.CharField(required=False, max_length=LIMITS["country"])
    industry = serializers.CharField(required=False, max_length=LIMITS["industry"])
    size = serializers.CharField(required=False, max_length=LIMITS["size"])
    tier = serializers.CharField(required=False, max_length=LIMITS["tier"])
    is_target = serializers.BooleanField(required=False, help_text="A new account is a target unless this says no.")
    attributes = serializers.DictField(required=False)


class AccountChange(AccountInput):
    """Only what is named is set, exactly: a blank erases, `domains` replaces, an attribute that is null is dropped."""


class AccountOutput(serializers.Serializer[Account]):
    """An account as it stands."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    domains = serializers.ListField(child=serializers.CharField())
    country = serializers.CharField()
    industry = serializers.CharField()
    size = serializers.CharField()
    tier = serializers.CharField()
    is_target = serializers.BooleanField()
    owner = serializers.EmailField(source="owner.email", default=None, allow_null=True)
    attributes = serializers.DictField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class AccountsReply(LeadsReply):
    """What became of a list of accounts; `matched` leads changed their account by it."""

    matched = serializers.IntegerField()


SENT = PolymorphicProxySerializer(
    "AccountOrAccounts", [AccountInput, AccountInput(many=True)], resource_type_field_name=None, many=False
)
ANSWERED = PolymorphicProxySerializer(
    "AccountOrReply", [AccountOutput, AccountsReply], resource_type_field_name=None, many=False
)


class AccountList(ApiView):
    """All accounts by name; and the door through which programs send them."""

    pagination_class = CursorPages
    max_body_bytes = MAX_BODY
    takes_rows = True

    @extend_schema(parameters=FILTERS, responses=AccountOutput(many=True))
    def get(self, request: Request) -> Response:
        pages = CursorPages(ordering=("name_key", "id"))
        accounts = pages.paginate_queryset(_filtered(request), request, self)
        return pages.get_paginated_response([AccountOutput(account).data for account in accounts])

    @extend_schema(
        request=SENT,
        responses={200: ANSWERED, 201: AccountOutput, 422: ErrorOutput},
        examples=[example("One account", ONE_ACCOUNT), example("A list", [ONE_ACCOUNT])],
    )
    def post(self, request: Request) -> Response:
        """One account answers with the account (201 if it is new), a list with its counts; bad rows are refused alone.

        Leads find their account at once; sending the same again changes nothing.
        """
        user = feeder(request)
        rows, is_list = sent_rows(request)
        at = timezone.now()
        with transaction.atomic():
            report = save_accounts(rows, at=at)
            if report.created or report.updated:
                facts = {"created": report.created, "updated": report.updated}
                record("accounts.received", by=user, on="accounts", at=at, **facts)
        if is_list:
            counts = {
                name: getattr(report, name) for name in ("accepted", "created", "updated", "unchanged", "matched")
            }
            return Response({**counts, "rejected": refused_rows(report.rejected)})
        if report.rejected:
            return refused_row(report.rejected[0])
        return Response(AccountOutput(report.accounts[0]).data, status=201 if report.created else 200)


class AccountItem(ApiView):
    """One account."""

    @extend_schema(responses=AccountOutput)
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(AccountOutput(access.account_for(caller(request), public_id)).data)

    @extend_schema(
        request=AccountChange,
        responses={200: AccountOutput, 409: ErrorOutput, 422: ErrorOutput},
        examples=[example("No target any more", {"is_target": False, "attributes": {"crm_id": None}})],
    )
    def patch(self, request: Request, public_id: UUID) -> Response:
        """Set what is named."""
        user = feeder(request)
        access.account_for(user, public_id)
        try:
            changes, attributes = _changes(request.data)
        except RowRejected as error:
            return refused_row(error)
        account = edit_account(public_id=public_id, changes=changes, attributes=attributes, by=user, at=timezone.now())
        return Response(AccountOutput(account).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: UUID) -> Response:
        """Take it off the list for good; its leads stay."""
        user = feeder(request)
        access.account_for(user, public_id)
        remove_account(public_id=public_id, by=user, at=timezone.now())
        return Response(status=204)


def _filtered(request: Request) -> QuerySet[Account]:
    asked = request.query_params
    target = asked.get("target", "")
    if target not in ("", "yes", "no"):
        raise serializers.ValidationError({"target": [_("Say yes or no.")]})
    found = asked_accounts(q=asked.get("q", "").strip(), target=target, tier=asked.get("tier", ""))
    if since := asked.get("updated_since"):
        found = found.filter(updated_at__gte=moment_of(since))
    return found.select_related("owner")


def _changes(sent: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Clean values of the fields that are named, and of the attributes; RowRejected for the first bad one."""
    if not isinstance(sent, dict):
        raise RowRejected("row_not_an_object")
    changes: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for name, value in sent.items():
        if name == "attributes":
            attributes = clean_attributes(value, keep_blanks=True)
        elif name in READERS:
            changes[name] = READERS[name](value, name)
        else:
            raise RowRejected("unknown_field", name[:100], name=name[:100])
    if changes.get("is_target", True) is None:
        raise RowRejected("bad_yes_no", "is_target", value="")
    return changes, attributes
