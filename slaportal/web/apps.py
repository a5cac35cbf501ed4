"""Rendering, policy and refusals: what every page shares."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "slaportal.web"
    label = "web"
