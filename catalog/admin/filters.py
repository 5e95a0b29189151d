"""Filters of the title list."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Max, Min, Q, QuerySet
from django.http import HttpRequest

from catalog.embedding import EmbedderUnavailable, stale_titles
from catalog.models import Title

Choices = list[tuple[str, str]]


class DecadeFilter(admin.SimpleListFilter):
    """Titles of ten years."""

    title = "decade"
    parameter_name = "decade"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Title]) -> Choices:
        years = Title.objects.aggregate(first=Min("year"), last=Max("year"))
        if years["first"] is None:
            return []
        first, last = years["first"] // 10 * 10, years["last"] // 10 * 10
        return [(str(decade), f"{decade}s") for decade in range(last, first - 1, -10)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Title]) -> QuerySet[Title]:
        value = self.value()
        if not value or not value.isdecimal():
            return queryset
        return queryset.filter(year__gte=int(value), year__lt=int(value) + 10)


class MissingFilter(admin.SimpleListFilter):
    """Titles that lack something, or whose embedding is out of date."""

    title = "missing"
    parameter_name = "missing"

    gaps: ClassVar[dict[str, Q]] = {
        "year": Q(year__isnull=True),
        "runtime": Q(runtime_min__isnull=True),
        "certificate": Q(certificate=""),
        "age": Q(age_min__isnull=True),
        "synopsis": Q(synopsis=""),
        "tags": Q(title_tags__isnull=True),
        "slot": Q(slot__isnull=True),
        "embedding": Q(embedding__isnull=True),
    }

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Title]) -> Choices:
        return [*((gap, gap) for gap in self.gaps), ("fresh", "embedding that is up to date")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Title]) -> QuerySet[Title]:
        value = self.value() or ""
        if value == "fresh":
            return queryset.filter(pk__in=_stale().values("pk"))
        return queryset.filter(self.gaps[value]) if value in self.gaps else queryset


def _stale() -> QuerySet[Title]:
    """Return the stale titles: all of them while nothing can be embedded."""
    try:
        return stale_titles()
    except EmbedderUnavailable:
        return Title.objects.all()
