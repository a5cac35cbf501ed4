"""Hands a paper to a browser or a program, and typesets it only for who does not have it yet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from agreements.paper.pdf import Paper


def pdf_response(request: HttpRequest, paper: Paper) -> HttpResponse:
    """The PDF with its entity tag; 304 to who names that tag."""
    etag = f'"{paper.etag}"'
    known = get_conditional_response(request, etag=etag)
    if known is not None:
        return known
    headers = {"ETag": etag, "Content-Disposition": f'inline; filename="{paper.name}"'}
    return HttpResponse(paper.pdf(), content_type="application/pdf", headers=headers)
