"""People, their teams, roles, absences and tokens."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "slaportal.accounts"
    label = "accounts"
