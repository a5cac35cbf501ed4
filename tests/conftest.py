"""The fixed cast of the tests, and the one place where the database's guards are lifted: after a transactional test."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings
from django.utils import translation
from redis import Redis

from agreements.models import AgreementVersion
from agreements.services import create_agreement, sign_by_console
from leads.models import Lead, LeadIdentity, StageChange
from slaportal.accounts.models import Role, Side, Team, User
from slaportal.catalogues import compile_catalogues
from slaportal.celery import app as celery
from tests.flows.browser import CHROMIUM, SWITCHES, sync_playwright

PASSWORD = "correct horse battery"  # noqa: S105 - the password of everybody in the cast
# What migrations fill, and no test changes.
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}
GUARDED_TABLES = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"

compile_catalogues()  # pytest may be started without manage.py; before the first translation is read

MakeUser = Callable[..., User]
MakeTeam = Callable[..., Team]
MakeLead = Callable[..., Lead]
# A Monday morning; leads of the tests came in then unless they say otherwise.
CAME_IN_AT = dt.datetime(2026, 11, 2, 8, 0, tzinfo=dt.UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--on-servers", action="store_true", help="only tests that meet PostgreSQL and the broker")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For a second run on other servers: what meets none of them, and what a browser sees, was tried in the first."""
    if config.getoption("--on-servers"):
        kept = [item for item in items if meets_servers(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def meets_servers(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    has_database = item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db", "django_db_setup"}
    return bool(has_database) and "chromium" not in fixtures


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> Iterator[None]:
    """A real password hash takes a third of a second; tests make hundreds."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def default_language() -> Iterator[None]:
    """A request leaves its reader's language behind in the process; the next test must not read it."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True, scope="session")
def own_broker_keys() -> Iterator[None]:
    """Each process of the suite has its own keys in the broker, and so its own queues; also the programs it starts."""
    prefix = f"sla-test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}:"
    os.environ["SLAPORTAL_KEY_PREFIX"] = prefix
    celery.conf.broker_transport_options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": prefix}
    yield
    if settings.REDIS is not None:
        with Redis.from_url(settings.REDIS.client) as client:
            for key in client.scan_iter(f"{prefix}*"):
                client.delete(key)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One Chromium for the whole run: opening it takes a second, and a process can drive only one."""
    # Playwright runs an event loop in this thread, which Django takes for a reason to refuse the database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(autouse=True, scope="session")
def emptied_by_delete() -> Iterator[None]:
    """A transactional test leaves no row behind; the guards that refuse it are lifted in that one transaction.

    Rows are deleted: truncating a hundred tables that hold next to nothing takes fifty times as long.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty_all_tables())
        yield


def empty_all_tables() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(GUARDED_TABLES)
        guarded = [row[0] for row in cursor.fetchall()]
        tables = set(connection.introspection.table_names(cursor)) - KEPT_TABLES
        off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded]
        empty = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in sorted(tables)]
        # Deferred checks of what refers to what come before the tables can be altered again.
        on = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded]
        cursor.execute("; ".join([*off, *empty, "SET CONSTRAINTS ALL IMMEDIATE", *on]))


@pytest.fixture
def make_team(db: None) -> MakeTeam:
    """The team of that name, made at its first mention."""

    def make(name: str = "Field Sales", side: str = Side.SALES) -> Team:
        return Team.objects.get_or_create(name=name, defaults={"side": side})[0]

    return make


@pytest.fixture
def make_user(db: None) -> MakeUser:
    """A person with the password PASSWORD; the e-mail address follows the name."""

    def make(name: str, role: str = Role.REP, team: Team | None = None, **fields: Any) -> User:
        fields.setdefault("email", f"{name.split()[0].lower()}@example.com")
        return User.objects.create_user(
            password=fields.pop("password", PASSWORD), name=name, role=role, team=team, **fields
        )

    return make


@pytest.fixture
def field_sales(make_team: MakeTeam) -> Team:
    return make_team("Field Sales", Side.SALES)


@pytest.fixture
def inside_sales(make_team: MakeTeam) -> Team:
    return make_team("Inside Sales", Side.SALES)


@pytest.fixture
def marketing(make_team: MakeTeam) -> Team:
    return make_team("Marketing", Side.MARKETING)


@pytest.fixture
def mina(make_user: MakeUser, marketing: Team) -> User:
    """A marketer."""
    return make_user("Mina Park", Role.MARKETER, marketing)


@pytest.fixture
def mia(make_user: MakeUser, marketing: Team) -> User:
    """The marketing manager."""
    return make_user("Mia Laurent", Role.MARKETING_MANAGER, marketing)


@pytest.fixture
def sam(make_user: MakeUser, field_sales: Team) -> User:
    """A rep of Field Sales."""
    return make_user("Sam Okoro", Role.REP, field_sales)


@pytest.fixture
def lena(make_user: MakeUser, field_sales: Team) -> User:
    """Another rep of Field Sales."""
    return make_user("Lena Fischer", Role.REP, field_sales)


@pytest.fixture
def maya(make_user: MakeUser, field_sales: Team) -> User:
    """The sales manager, of Field Sales."""
    return make_user("Maya Haddad", Role.SALES_MANAGER, field_sales)


@pytest.fixture
def otto(make_user: MakeUser, inside_sales: Team) -> User:
    """A rep of another sales team."""
    return make_user("Otto Berg", Role.REP, inside_sales)


@pytest.fixture
def ada(make_user: MakeUser) -> User:
    """The admin; stands on no side."""
    return make_user("Ada Nakamura", Role.ADMIN)


@pytest.fixture
def make_lead(db: None) -> MakeLead:
    """A lead as intake leaves it, with its identity and its first stage; each has an address of its own."""
    numbers = itertools.count(1)

    def make(**changes: Any) -> Lead:
        at = changes.get("created_at", CAME_IN_AT)
        fields = {"name": "Dana Roy", "email": f"dana.roy{next(numbers)}@acme.example", "company": "Acme"}
        fields |= {"created_at": at, "entered_at": at, "updated_at": at, "stage_at": at} | changes
        lead = Lead.objects.create(**fields)
        if lead.external_id:
            LeadIdentity.objects.create(lead=lead, source=lead.source, external_id=lead.external_id)
        StageChange.objects.create(lead=lead, new=lead.stage, why="intake", at=at)
        return lead

    return make


@pytest.fixture
def active_terms(db: None) -> AgreementVersion:
    """The default terms, signed and in force since before the first lead came in."""
    since = CAME_IN_AT - dt.timedelta(days=1)
    version = create_agreement(slug="default", name="Default", by=None, at=since)
    return sign_by_console(version=version, at=since)
