"""The door of the web server."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slaportal.settings")
for name in ("DATABASE_URL", "SECRET_KEY"):
    if not os.environ.get(name):
        raise ImproperlyConfigured(f"{name} is not set; set it, or start everything by: python3 manage.py up")

from slaportal.celery import app as celery_app  # noqa: E402  (shared tasks bind to the application that exists)
from slaportal.web.chunked import with_lengths  # noqa: E402

application = with_lengths(get_wsgi_application())

__all__ = ["application", "celery_app"]
