"""Messages to people and machines, and long jobs: rows that a worker claims."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "slaportal.outbox"
    label = "outbox"
