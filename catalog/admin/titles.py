"""Titles in admin: find them, edit them, see what the machine makes of them.

What an editor changes is locked against imports, and the title is embedded and ranked again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.admin.filters import DecadeFilter, MissingFilter
from catalog.admin.inlines import CreditInline, ExternalIdInline, TitleTagInline
from catalog.admin.typed import TitlePages
from catalog.checks import FIX, find_mismatch
from catalog.embedding import EmbedderUnavailable, embedding_version
from catalog.models import Credit, Title, TitleTag
from catalog.publishing import (
    lock_fields,
    publish_titles,
    titles_changed,
    unlock_titles,
    withdraw_titles,
)
from catalog.text import fold
from worker.enqueue import enqueue_reconcile_rows

NEIGHBOURS = 10
# Related rows, and the name under which `locked_fields` holds them.
LOCKED_RELATIONS = {Credit: "credits", TitleTag: "tags"}
FACTS = (
    ("kind", "status"), "name", ("year", "runtime_min"), "synopsis", "genres",
    ("certificate", "age_min"), "content_notes", ("languages", "countries"), "popularity",
)  # fmt: skip
MACHINE = ("artwork", "slot", "embedding_state", "neighbours", "locked_fields", "updated_at")


@admin.register(Title)
class TitleAdmin(TitlePages):
    list_display = ("name", "year", "kind", "status", "runtime_min", "known", "slot")
    list_filter = ("kind", "status", DecadeFilter, MissingFilter, "genres")
    list_per_page = 50
    search_fields = ("name_key",)
    search_help_text = "A title, also misspelt, or an IMDb id."
    ordering = ("-popularity", "pk")
    show_facets = admin.ShowFacets.NEVER  # counting every facet reads the whole table
    filter_horizontal = ("genres",)
    inlines = (CreditInline, TitleTagInline, ExternalIdInline)
    fieldsets = ((None, {"fields": FACTS}), ("The machine's view", {"fields": MACHINE}))
    readonly_fields = MACHINE
    actions = ("publish", "withdraw", "unlock")

    # --- list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Title]:
        # 200,000 numbers a page that nobody reads.
        return super().get_queryset(request).defer("embedding", "search")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Title], search_term: str
    ) -> tuple[QuerySet[Title], bool]:
        """Match by trigrams, best first; an IMDb id matches exactly."""
        if re.fullmatch(r"tt\d{7,9}", search_term.strip()):
            return queryset.filter(external_ids__value=search_term.strip()), False
        key = fold(search_term)
        if not key:
            return queryset, False
        similar = Q(name_key__contains=key) | Q(name_key__trigram_word_similar=key)
        similarity = TrigramWordSimilarity(key, "name_key")
        found = queryset.filter(similar).annotate(similarity=similarity)
        return found.order_by("-similarity", "-popularity", "pk"), False

    @admin.display(description="popularity", ordering="popularity")
    def known(self, obj: Title) -> str:
        return f"{obj.popularity:.2f}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET" and (mismatch := find_mismatch()):
            messages.warning(request, f"{mismatch} {FIX}")
        return super().changelist_view(request, extra_context)

    # --- saving ---

    def save_model(
        self, request: HttpRequest, obj: Title, form: ModelForm[Title], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        lock_fields(obj, form.changed_data)

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm[Title],
        formset: BaseModelFormSet[Any, Any],
        change: bool,
    ) -> None:
        links = formset.save(commit=False)
        for link in links:
            if isinstance(link, TitleTag):
                link.provenance = TitleTag.Provenance.EDITOR
                link.added_by_id = request.user.pk
            link.save()
        for link in formset.deleted_objects:
            link.delete()
        formset.save_m2m()
        relation = LOCKED_RELATIONS.get(formset.model)
        if relation and formset.has_changed():
            lock_fields(form.instance, [relation])

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        titles_changed([form.instance.pk])

    def delete_model(self, request: HttpRequest, obj: Title) -> None:
        super().delete_model(request, obj)
        enqueue_reconcile_rows()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        super().delete_queryset(request, queryset)
        enqueue_reconcile_rows()

    # --- actions ---

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        done = publish_titles(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{done} published: embedded and ranked within a minute.")

    @admin.action(description="Withdraw", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        done = withdraw_titles(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{done} withdrawn.")

    @admin.action(description="Let imports overwrite again", permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        done = unlock_titles(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{done} unlocked.")

    # --- the machine's view ---

    def view_on_site(self, obj: Title) -> str | None:
        return obj.get_absolute_url() if obj.status == Title.Status.PUBLISHED else None

    @admin.display(description="artwork")
    def artwork(self, obj: Title) -> str:
        if obj.status != Title.Status.PUBLISHED:
            return "Drawn once it is published."
        url = reverse("catalog:artwork", args=[obj.pk])
        return format_html('<img src="{}" width="160" height="240" alt="Poster of {}">', url, obj)

    @admin.display(description="embedding")
    def embedding_state(self, obj: Title) -> str:
        if obj.embedded_at is None:
            return "Waiting to be embedded."
        try:
            current = embedding_version()
        except EmbedderUnavailable as error:
            return f"Version {obj.embedding_version}; can't be compared: {error}"
        stale = obj.embedding_version != current or obj.updated_at > obj.embedded_at
        state = "out of date" if stale else "up to date"
        return f"Version {obj.embedding_version}, {state}; facts of {obj.embedded_at:%F %T} UTC."

    @admin.display(description="nearest titles now")
    def neighbours(self, obj: Title) -> str | SafeString:
        if obj.embedding is None:
            return "None: it has no embedding yet."
        others = Title.objects.published().exclude(pk=obj.pk).defer("embedding", "search")
        near: Any = others.nearest(obj.embedding, limit=NEIGHBOURS)
        return format_html_join(
            "",
            '<div><a href="{}">{}</a> {}</div>',
            (
                (reverse("admin:catalog_title_change", args=[t.pk]), t, f"{1 - t.distance:.2f}")
                for t in near
            ),
        )
