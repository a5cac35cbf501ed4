"""The pages of notices, jobs and deliveries."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from slaportal.accounts.models import User
from slaportal.outbox import jobs, services, ticks
from slaportal.outbox.models import Job, JobState, Notification, OutboxMessage
from slaportal.outbox.registry import Run

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def told(person: User, number: int = 1, url: str = "/me/") -> Notification:
    facts = {"agreement": "<b>Main</b>", "number": number}
    services.notify(recipient=person, kind="version.active", key=f"active:{number}", facts=facts, url=url)
    return Notification.objects.get(recipient=person, dedup_key=f"active:{number}")


def dead() -> OutboxMessage:
    services.send("email", key="k", payload={})
    OutboxMessage.objects.update(dead_at=timezone.now(), attempts=5, error="SMTPServerDisconnected: gone")
    return OutboxMessage.objects.get()


# ------------------------------------------------------------------- notices


def test_i_read_my_own_notices_in_words(sam: User, lena: User) -> None:
    told(sam, 1)
    told(lena, 2)
    page = client_of(sam).get("/notifications/").content.decode()
    assert "Version 1 of “&lt;b&gt;Main&lt;/b&gt;” is in force" in page
    assert "Version 2" not in page


def test_an_empty_list_says_what_will_be_there(sam: User) -> None:
    assert "Nothing yet" in client_of(sam).get("/notifications/").content.decode()


def test_opening_a_notice_marks_it_and_leads_on(sam: User, lena: User) -> None:
    notice = told(sam)
    told(sam, 2, url="")
    path = f"/notifications/{notice.pk}/reading/"
    assert client_of(lena).post(path).status_code == 404
    client = client_of(sam)
    assert "2 new notices" in client.get("/notifications/bell/", **HTMX).content.decode()
    assert client.post(path).url == "/me/"
    bell = client.get("/notifications/bell/", **HTMX).content.decode()
    assert "1 new notice<" in bell
    assert "<html" not in bell
    assert client.post("/notifications/reading/").url == "/notifications/"
    assert "0 new notices" in client.get("/notifications/bell/", **HTMX).content.decode()


def test_reading_the_list_changes_nothing(sam: User) -> None:
    told(sam)
    client_of(sam).get("/notifications/")
    assert Notification.objects.get().read_at is None


def test_the_list_takes_few_queries_however_long_it_is(sam: User, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        told(sam, number)
    client = client_of(sam)
    with django_assert_max_num_queries(7):
        client.get("/notifications/")


# ------------------------------------------------------------------- jobs


@pytest.fixture
def job(kind: Callable[[str, Run], None], sam: User) -> Job:
    kind("count", lambda job, progress: {})
    return jobs.start_job("count", by=sam, params={}, at=timezone.now())


def test_a_running_job_asks_for_itself_and_shows_how_far_it_is(job: Job, sam: User) -> None:
    Job.objects.update(state=JobState.RUNNING, done=30, total=120)
    client = client_of(sam)
    fragment = client.get(f"/jobs/{job.pk}/", **HTMX)
    assert fragment.status_code == 200
    assert 'hx-trigger="every 1s"' in fragment.content.decode()
    assert 'max="120" value="30"' in fragment.content.decode()
    whole = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "<html" in whole
    assert f'id="job-{job.pk}"' in whole


def test_a_job_that_is_over_stops_asking_and_says_so(job: Job, sam: User) -> None:
    Job.objects.update(state=JobState.DONE, done=5, total=5, result={"url": "/me/"})
    client = client_of(sam)
    fragment = client.get(f"/jobs/{job.pk}/", **HTMX)
    assert fragment.status_code == 286
    assert "hx-get" not in fragment.content.decode()
    assert 'href="/me/"' in fragment.content.decode()
    assert "job-over" in json.loads(fragment.headers["HX-Trigger"])
    assert client.get(f"/jobs/{job.pk}/").status_code == 200


@pytest.mark.parametrize("who", ["sam", "maya", "ada"])
def test_errors_are_told_to_the_starter_managers_and_admins(request: pytest.FixtureRequest, job: Job, who: str) -> None:
    assert "disk full" in failed_job_as_seen_by(request.getfixturevalue(who), job)


@pytest.mark.parametrize("who", ["lena", "mina"])
def test_others_learn_only_that_it_failed(request: pytest.FixtureRequest, job: Job, who: str) -> None:
    page = failed_job_as_seen_by(request.getfixturevalue(who), job)
    assert "Failed" in page
    assert "disk full" not in page


def failed_job_as_seen_by(user: User, job: Job) -> str:
    Job.objects.update(state=JobState.FAILED, error="OSError: disk full")
    return client_of(user).get(f"/jobs/{job.pk}/").content.decode()


def test_an_unknown_job_does_not_exist(sam: User) -> None:
    assert client_of(sam).get(f"/jobs/{uuid.uuid4()}/").status_code == 404
    assert Client().get(f"/jobs/{uuid.uuid4()}/").status_code == 302


# ------------------------------------------------------------------- deliveries


def test_deliveries_are_for_admins(request: pytest.FixtureRequest) -> None:
    message = dead()
    for who in ("mina", "mia", "sam", "maya"):
        client = client_of(request.getfixturevalue(who))
        assert client.get("/settings/deliveries/").status_code == 403
        assert client.post(f"/settings/deliveries/{message.pk}/replay/").status_code == 403
    message.refresh_from_db()
    assert message.dead_at is not None


def test_an_admin_sees_what_failed_and_whether_work_goes_on(ada: User, job: Job) -> None:
    dead()
    services.send("email", key="waits", payload={})
    Job.objects.update(state=JobState.FAILED, error="OSError: disk full", finished_at=timezone.now())
    ticks.beat("worker", at=timezone.now())
    ticks.beat("sweeper", at=timezone.now() - dt.timedelta(hours=1))
    page = client_of(ada).get("/settings/deliveries/").content.decode()
    for words in ("SMTPServerDisconnected: gone", "1 message waits", "disk full", "alive", "silent since"):
        assert words in page


def test_an_empty_installation_says_that_nothing_is_wrong(ada: User) -> None:
    page = client_of(ada).get("/settings/deliveries/").content.decode()
    assert "Everything was delivered" in page


def test_a_dead_message_is_replayed_once(ada: User) -> None:
    message = dead()
    client = client_of(ada)
    path = f"/settings/deliveries/{message.pk}/replay/"
    assert client.post(path).url == "/settings/deliveries/"
    assert client.post(path).status_code == 422
    message.refresh_from_db()
    assert (message.dead_at, message.attempts) == (None, 0)
