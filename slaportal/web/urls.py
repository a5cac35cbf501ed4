"""The language switch, under Django's own name for it."""

from django.urls import path

from slaportal.web import views

urlpatterns = [path("setlang/", views.set_language, name="set_language")]
