"""One agreed word: its definition with its examples, as a page or beside the word."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from agreements import access
from slaportal.accounts.reader import person
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page


@require_GET
@signed_in
def word(request: HttpRequest, slug: str, number: int, word: str) -> HttpResponse:
    """The definition of this version with this id; not found where it has none."""
    version = access.version_for(person(request), slug, number)
    found = next((one for one in version.document.definitions if one.id == word), None)
    if found is None:
        raise Http404
    context = {"definition": found, "version": version, "agreement": version.agreement}
    return render_page(request, "agreements/word.html", context, fragment="agreements/_word.html")
