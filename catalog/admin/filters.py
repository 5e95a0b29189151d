"""Filters of the title list. None counts its titles: that would read the whole table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Exists, Max, Min, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest

from catalog.embedding import EmbedderUnavailable, stale_titles
from catalog.models import Credit, ExternalId, Kindred, Tag, Title, TitleTag

Choices = list[tuple[str, str]]
STARTER = "starter"
EDITOR = "editor"


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


def has(model: type[Model], condition: Q | None = None) -> Q:
    """Return the condition that a title has a row of `model`, one that fits."""
    rows = model._default_manager.filter(condition or Q(), title_id=OuterRef("pk"))
    return Q(Exists(rows))


class NamedConditions(admin.SimpleListFilter):
    """A filter whose choices are conditions, each under its name."""

    conditions: ClassVar[Mapping[str, Q]]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Title]) -> Choices:
        return [(name, name) for name in self.conditions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Title]) -> QuerySet[Title]:
        value = self.value() or ""
        return queryset.filter(self.conditions[value]) if value in self.conditions else queryset


class MissingFilter(NamedConditions):
    """Titles that lack something, or whose embedding is out of date."""

    title = "missing"
    parameter_name = "missing"

    conditions: ClassVar[Mapping[str, Q]] = {
        "year": Q(year__isnull=True),
        "runtime": Q(runtime_min__isnull=True),
        "certificate": Q(certificate=""),
        "age": Q(age_min__isnull=True),
        "synopsis": Q(synopsis=""),
        "terms": ~has(TitleTag, ~Q(tag__group=Tag.Group.KEYWORD)),
        "keywords": ~has(TitleTag, Q(tag__group=Tag.Group.KEYWORD)),
        "content notes": Q(content_notes={}),
        "genres": Q(genres__isnull=True),
        "people": ~has(Credit),
        "director or creator": ~has(Credit, Q(role__in=["director", "creator"])),
        "language": Q(languages=[]),
        "country": Q(countries=[]),
        "kindred": ~has(Kindred),
        "artwork": Q(artwork=""),
        "IMDb id": ~has(ExternalId, Q(source=ExternalId.Source.IMDB)),
        "slot": Q(slot__isnull=True),
        "embedding": Q(embedding__isnull=True),
    }

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Title]) -> Choices:
        named = super().lookups(request, model_admin)
        return [*named, ("fresh", "embedding that is up to date")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Title]) -> QuerySet[Title]:
        if self.value() == "fresh":
            return queryset.filter(pk__in=_stale().values("pk"))
        return super().queryset(request, queryset)


def _synopsis_by(source: str) -> Q:
    return Q(field_sources__synopsis__0=source) & ~Q(synopsis="")


class SynopsisSourceFilter(NamedConditions):
    """Titles by who wrote their synopsis."""

    title = "synopsis by"
    parameter_name = "synopsis_by"

    conditions: ClassVar[Mapping[str, Q]] = {
        STARTER: _synopsis_by(STARTER),
        EDITOR: _synopsis_by(EDITOR) | (Q(locked_fields__contains=["synopsis"]) & ~Q(synopsis="")),
        "import": Q(field_sources__has_key="synopsis")
        & ~Q(synopsis="")
        & ~_synopsis_by(STARTER)
        & ~_synopsis_by(EDITOR),
        "none": Q(synopsis=""),
    }


class TagSourceFilter(NamedConditions):
    """Titles that have a tag that somebody said."""

    title = "tags by"
    parameter_name = "tags_by"

    conditions: ClassVar[Mapping[str, Q]] = {
        STARTER: has(TitleTag, Q(provenance="import", source=STARTER)),
        EDITOR: has(TitleTag, Q(provenance="editor")),
        "import": has(TitleTag, Q(provenance="import") & ~Q(source=STARTER)),
        "model": has(TitleTag, Q(provenance="model")),
        "nobody": ~has(TitleTag),
    }


class ScheduleFilter(NamedConditions):
    """Titles that will be published or withdrawn by themselves."""

    title = "scheduled"
    parameter_name = "scheduled"

    conditions: ClassVar[Mapping[str, Q]] = {
        "to be published": Q(status=Title.Status.DRAFT, publish_at__isnull=False),
        "to be withdrawn": Q(withdraw_at__isnull=False) & ~Q(status=Title.Status.WITHDRAWN),
    }


def _stale() -> QuerySet[Title]:
    """Return the stale titles: all of them while nothing can be embedded."""
    try:
        return stale_titles()
    except EmbedderUnavailable:
        return Title.objects.all()
