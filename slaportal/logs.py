"""How log lines look: short lines for a person at the terminal, JSON for a machine in production."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# These say one line per tick or request at INFO and would bury everything else on a terminal.
CHATTY = ("celery.beat", "celery.app.trace", "celery.worker.strategy", "django_structlog")


# Whoever knows such a link may set a password: it must not stand in a log.
SECRET_LINK = re.compile(r"(/accounts/link/)[^/\s]+")


def masked(text: str) -> str:
    """The text with the secret part of such links left out."""
    return SECRET_LINK.sub(r"\1…", text)


def without_secrets(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with the secret part of its request's path left out."""
    for name in ("request", "event"):
        if isinstance(event.get(name), str):
            event[name] = masked(event[name])
    return event


def logging_settings(*, level: str, as_json: bool) -> dict[str, Any]:
    """The LOGGING setting; also configures structlog, so that both kinds of loggers write the same lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        without_secrets,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    rendered: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": level if as_json else "WARNING"} for name in CHATTY}
        | {"django.request": {"level": "ERROR"}},
    }
