"""The suggestion queue: per title what is known and what is suggested, to accept or reject.

It takes the place of Django's list of suggestions. All of it is one form of native elements, so it
works by keyboard and without scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from catalog.facts import TitleFacts, load_facts
from catalog.models import Suggestion
from catalog.ontology import load_ontology
from catalog.suggestion_queue import Worth, queue
from catalog.suggestions import Outcome, SuggestionError, Wording, accept, acceptance, reject
from worker.enqueue import enqueue_suggest_metadata

if TYPE_CHECKING:
    SuggestionPages = admin.ModelAdmin[Suggestion]
else:
    SuggestionPages = admin.ModelAdmin

TITLES_PER_PAGE = 8
MORE = 100
LEAST = 60
GRADES = ((0, "none"), (1, "mild"), (2, "strong"), (3, "extreme"))
WEIGHTS = ((1, "a trace"), (2, "clearly"), (3, "at its heart"))
_KINDS = tuple(Suggestion.Kind)
_NOTE_NAMES = {"sad_ending": "sad ending", "language": "strong language", "scary": "frightening"}


@dataclass(frozen=True, slots=True)
class Row:
    """One suggestion as the page shows it."""

    suggestion: Suggestion
    name: str
    gloss: str
    choices: Sequence[tuple[int, str]]

    @property
    def percent(self) -> int:
        return round(100 * self.suggestion.confidence)


@dataclass(frozen=True, slots=True)
class Entry:
    """One title of the queue."""

    facts: TitleFacts
    worth: Worth
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Act:
    """What a button asks for: which suggestions, and what to do with them."""

    verb: str
    ids: frozenset[int]


@admin.register(Suggestion)
class SuggestionAdmin(SuggestionPages):
    """Everything happens on the list, which is the queue."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Suggestion | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Suggestion | None = None) -> bool:
        """A decision changes the title, so whoever decides may edit titles as well."""
        return (
            obj is None
            and super().has_change_permission(request)
            and request.user.has_perm("catalog.change_title")
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            return self._decide(request)
        return self._show(request)

    def _decide(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("act") == "more":
            enqueue_suggest_metadata(MORE)
            messages.info(request, f"Reading up to {MORE} more titles: they appear in minutes.")
        else:
            self._carry_out(request)
        url = reverse("admin:catalog_suggestion_changelist")
        page = request.POST.get("page", "")
        query = f"?{urlencode({'page': page})}" if page.isdecimal() else ""
        return HttpResponseRedirect(f"{url}{query}")

    def _carry_out(self, request: HttpRequest) -> None:
        try:
            act = read_act(request.POST)
            if not act.ids:
                messages.warning(request, "Nothing was chosen: tick what you mean.")
                return
            if act.verb == "reject":
                outcome = reject(act.ids, request.user)
            else:
                changes = read_changes(request.POST, act.ids)
                outcome = accept(act.ids, request.user, changes=changes)
        except SuggestionError as error:
            messages.error(request, f"Nothing was changed. {error}")
        else:
            messages.success(request, describe(outcome))

    def _show(self, request: HttpRequest) -> HttpResponse:
        page = Paginator(queue(), TITLES_PER_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Suggestions",
            "page": page,
            "entries": entries_of(page),
            "may_decide": self.has_change_permission(request),
            "terms": load_ontology().terms.values(),
            "versions": acceptance(),
            "least": LEAST,
            "more": MORE,
        }
        return TemplateResponse(request, "admin/catalog/suggestion/queue.html", context)


def read_act(data: QueryDict) -> Act:
    """Return what the pressed button asks for. Raises SuggestionError for no button of ours."""
    shown = _numbers(data.getlist("shown"))
    pressed = data.get("act", "")
    if pressed in ("accept", "reject"):
        return Act(pressed, shown & _numbers(data.getlist("chosen")))
    if pressed == "accept-sure":
        return Act("accept", _surer_than(data.get("least", ""), shown))
    found = re.fullmatch(r"(accept|reject)(-title)?:(\d{1,18})", pressed)
    if found is None:
        raise SuggestionError("This button is unknown here: load the page again.")
    verb, whole_title, number = found.groups()
    if not whole_title:
        return Act(verb, frozenset({int(number)}))
    of_title = Suggestion.objects.filter(pk__in=shown, title_id=int(number))
    return Act(verb, frozenset(of_title.values_list("pk", flat=True)))


def read_changes(data: QueryDict, ids: Iterable[int]) -> dict[int, Wording]:
    """Return the wording that the form has for each suggestion. Raises SuggestionError."""
    changes = {}
    for pk in ids:
        value, weight = data.get(f"value-{pk}"), data.get(f"weight-{pk}")
        if value is None or weight is None:
            continue
        if not re.fullmatch(r"[0-3]", weight):
            raise SuggestionError("A weight is a number from 0 to 3.")
        changes[pk] = Wording(value, int(weight))
    return changes


def describe(outcome: Outcome) -> str:
    """Return what happened, in words; what didn't is not mentioned."""
    parts = (
        (outcome.accepted, "accepted"),
        (outcome.edited, "accepted with your change"),
        (outcome.rejected, "rejected"),
        (outcome.already, "of these stayed as the title had it"),
        (outcome.gone, "decided by somebody else meanwhile"),
    )
    said = ", ".join(f"{count} {what}" for count, what in parts if count)
    embedded = outcome.accepted or outcome.edited
    return f"{said}. Answers know within a minute." if embedded else f"{said}."


def entries_of(page: Page[Worth]) -> list[Entry]:
    """Return the titles of a page with their suggestions, in a fixed number of queries."""
    ids = [worth.title_id for worth in page]
    facts = load_facts(ids)
    rows: dict[int, list[Row]] = {pk: [] for pk in ids}
    pending = Suggestion.objects.filter(title_id__in=ids, status=Suggestion.Status.PENDING)
    for suggestion in sorted(pending, key=_reading_order):
        rows[suggestion.title_id].append(_row(suggestion))
    return [
        Entry(facts[worth.title_id], worth, rows[worth.title_id])
        for worth in page
        if worth.title_id in facts
    ]


def _reading_order(suggestion: Suggestion) -> tuple[int, float, str]:
    kind = Suggestion.Kind(suggestion.kind)
    return (_KINDS.index(kind), -suggestion.confidence, suggestion.value)


def _row(suggestion: Suggestion) -> Row:
    term = load_ontology().terms.get(suggestion.value)
    if suggestion.kind == Suggestion.Kind.CONTENT:
        name = _NOTE_NAMES.get(suggestion.value, suggestion.value)
        return Row(suggestion, name, "content note", GRADES)
    if suggestion.kind == Suggestion.Kind.KEYWORD or term is None:
        return Row(suggestion, suggestion.value, "keyword", WEIGHTS)
    return Row(suggestion, suggestion.value, f"{term.group}: {term.gloss}", WEIGHTS)


def _surer_than(least: str, shown: frozenset[int]) -> frozenset[int]:
    if not re.fullmatch(r"\d{1,3}", least) or int(least) > 100:
        raise SuggestionError("The least confidence is a number from 0 to 100.")
    surer = Suggestion.objects.filter(pk__in=shown, confidence__gte=int(least) / 100)
    return frozenset(surer.values_list("pk", flat=True))


def _numbers(values: Iterable[str]) -> frozenset[int]:
    return frozenset(int(value) for value in values if re.fullmatch(r"\d{1,18}", value))
