"""Leads and events over HTTP, for programs with a token."""
