"""Starting: the templates side by side, each to be read as a whole, and the agreement that begins from one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, override
from django.views.decorators.http import require_GET, require_http_methods

from agreements.forms import NewAgreementForm
from agreements.rule_form import is_pressed, show_rule_errors
from agreements.selectors import agreements
from agreements.sentences import chapters
from agreements.sentences.comparison import CYCLES, FOR_WHOM, TEMPLATE_TITLES, differences, key_numbers
from agreements.services import EDITORS
from agreements.sources import sources_by_clause
from agreements.starting import LANGUAGES, start_agreement, starting_terms
from agreements.terms.default import TEMPLATES
from agreements.terms.rules import RuleInvalid
from agreements.views.arranging import segment_errors, segment_of
from slaportal.accounts.reader import person
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page

PAGE = "agreements/agreement_new.html"


@dataclass(frozen=True)
class Card:
    """A template in short; ``numbers`` are its key values in words."""

    template: str
    title: str
    for_whom: str
    cycle: str
    numbers: list[tuple[str, SafeString | str]]
    is_chosen: bool


@require_http_methods(["GET", "POST"])
@allow(*EDITORS)
def agreement_new(request: HttpRequest) -> HttpResponseBase:
    """Choose a template and a language, and begin the first draft."""
    asked = {"language": _language_of(request)}
    if request.GET.get("template") in TEMPLATES:
        asked["template"] = request.GET["template"]
    # Beside others it says which leads it is for.
    tree, rule = segment_of(request, None) if agreements().exists() else (None, None)
    is_asked = request.method == "POST" and not is_pressed(request.POST)
    form = NewAgreementForm(request.POST if is_asked else None, initial=asked | request.POST.dict())
    context = _choice(form) | {"rule": rule}
    is_wrong = is_asked and (not form.is_valid() or (rule is not None and bool(rule.all_errors)))
    if is_wrong or not is_asked:
        return render_page(request, PAGE, context, status=422 if is_wrong else 200)
    try:
        version = start_agreement(by=person(request), segment=tree, **form.cleaned_data)
    except RuleInvalid as invalid:
        if rule is not None:
            show_rule_errors(rule, segment_errors(invalid))
        return render_page(request, PAGE, context, status=422)
    except Refused as refused:
        return refuse(request, PAGE, context, refused)
    return redirect("agreements:draft", slug=version.agreement.slug)


@require_GET
@allow(*EDITORS)
def template(request: HttpRequest, template: str) -> HttpResponse:
    """One template as a whole document, in the language that was asked for."""
    if template not in TEMPLATES:
        raise Http404
    language = _language_of(request)
    terms = starting_terms(template=template, language=language)
    with override(language):
        read = chapters(terms)
    sources = sources_by_clause(terms.as_dict())
    context = {
        "template": template,
        "title": TEMPLATE_TITLES[template],
        "for_whom": FOR_WHOM[template],
        "chapters": [
            {
                "id": one.id,
                "number": one.number,
                "title": one.title,
                "clauses": [(clause, sources.get(clause.id)) for clause in one.clauses],
            }
            for one in read
        ],
        "language": language,
        "is_bidi": get_language_info(language)["bidi"],
        "languages": LANGUAGES,
        "others": [(name, title) for name, title in TEMPLATE_TITLES.items() if name != template],
    }
    return render_page(request, "agreements/template.html", context)


def _choice(form: NewAgreementForm) -> dict[str, Any]:
    """The cards and the comparison in the reader's own language, whatever the texts will be written in."""
    language = get_language() or "en"
    documents = {one: starting_terms(template=one, language=language) for one in TEMPLATES}
    chosen = form["template"].value()
    cards = [
        Card(
            template=one,
            title=str(TEMPLATE_TITLES[one]),
            for_whom=str(FOR_WHOM[one]),
            cycle=str(CYCLES[one]),
            numbers=key_numbers(terms),
            is_chosen=one == chosen,
        )
        for one, terms in documents.items()
    ]
    return {"form": form, "cards": cards, "differences": list(differences(list(documents.values())))}


def _language_of(request: HttpRequest) -> str:
    """The language that was asked for, else the reader's."""
    asked = request.GET.get("language", "")
    return asked if asked in LANGUAGES else get_language() or "en"
