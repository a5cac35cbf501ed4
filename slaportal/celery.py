"""The Celery application: its messages are wake-ups only, all work lives in rows."""

from __future__ import annotations

import os
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import beat_init, celeryd_init, setup_logging, worker_ready
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slaportal.settings")

# Celery warns every root, because of pickle; JSON is all that we accept.
warnings.filterwarnings("ignore", message="You're running the worker with superuser", category=SecurityWarning)

app = Celery("slaportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def refuse_without_broker(**_: Any) -> None:
    """A worker on no broker would wait for ever without a word."""
    if settings.CELERY_BROKER_URL == "memory://":
        raise ImproperlyConfigured("REDIS_URL is not set; set it, or start everything by: python3 manage.py up")


@worker_ready.connect
def be_heard_of_at_once(**_: Any) -> None:
    """Without this the pages would call the background work silent until beat's first round is over."""
    app.send_task("outbox.heartbeat", expires=30)


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as the settings configure it."""
