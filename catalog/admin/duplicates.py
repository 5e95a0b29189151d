"""Probable duplicates, side by side: withdraw one, or say that they are two.

Nothing is merged: answers, exposures and feedback name the title that was shown, and stay true of
it. The withdrawn one keeps all it has, and can be published again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from catalog.admin.pages import FurtherPages
from catalog.bulk_edits import run, withdraw
from catalog.duplicates import ProbablePair, keep_apart, probable_duplicates
from catalog.facts import TitleFacts, load_facts
from catalog.models import Title

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Side:
    """One title of a pair as it is shown."""

    title: Title
    facts: TitleFacts
    ids: list[str]
    n_feedback: int


class DuplicatePages(FurtherPages):
    def get_urls(self) -> list[URLPattern]:
        return [
            self.further("duplicates/", self.duplicates_view, "duplicates"),
            *super().get_urls(),
        ]

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            self._judge(request)
            return HttpResponseRedirect(reverse("admin:catalog_title_duplicates"))
        page = Paginator(probable_duplicates(), PER_PAGE).get_page(request.GET.get("p"))
        sides = _load_sides(list(page))
        pairs = [(p, (sides[p.first_id], sides[p.second_id])) for p in page]
        return self.show(request, "duplicates.html", "Probable duplicates", page=page, pairs=pairs)

    def _judge(self, request: HttpRequest) -> None:
        ids = [value for value in request.POST.getlist("pair") if value.isdecimal()]
        titles = Title.objects.filter(pk__in=ids).defer("embedding", "search").in_bulk()
        if len(titles) != 2:
            messages.error(request, "One of the two titles is gone: nothing was done.")
            return
        chosen = request.POST.get("withdraw", "")
        if chosen.isdecimal() and int(chosen) in titles:
            done, _ = run([int(chosen)], withdraw(), request.user)
            shown = titles[int(chosen)]
            for reason in done.refused.values():
                messages.error(request, f"“{shown}” was not withdrawn. {reason}")
            if done.changes:
                messages.success(request, f"“{shown}” is withdrawn.")
        else:
            one, other = titles
            keep_apart(one, other, request.user)
            messages.success(request, "Noted: they are two titles.")


def _load_sides(pairs: list[ProbablePair]) -> dict[int, Side]:
    ids = {pk for pair in pairs for pk in (pair.first_id, pair.second_id)}
    facts = load_facts(ids)
    titles: Any = (
        Title.objects.filter(pk__in=ids)
        .defer("embedding", "search")
        .prefetch_related("external_ids")
        .annotate(n_feedback=Count("feedback"))
    )
    return {
        t.pk: Side(t, facts[t.pk], [str(i) for i in t.external_ids.all()], t.n_feedback)
        for t in titles
    }
