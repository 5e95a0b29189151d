"""Titles in admin: find them, edit them, see what the machine makes of them.

What an editor changes is locked against imports, written down so that it can be reverted, and the
title is embedded and ranked again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from catalog.admin.bulk import BulkPages
from catalog.admin.duplicates import DuplicatePages
from catalog.admin.filters import (
    DecadeFilter,
    MissingFilter,
    ScheduleFilter,
    SynopsisSourceFilter,
    TagSourceFilter,
)
from catalog.admin.forms import NOTE_FIELDS, TitleForm
from catalog.admin.history import HistoryPages
from catalog.admin.inlines import CreditInline, ExternalIdInline, KindredInline, TitleTagInline
from catalog.admin.panels import load_panels
from catalog.admin.saved import SavedFilterPages
from catalog.artwork.uploads import remove_artwork, store_artwork
from catalog.bulk_edits import publish, run, withdraw
from catalog.checks import FIX, find_mismatch
from catalog.models import Credit, Kindred, Revision, Title, TitleTag
from catalog.publishing import lock_fields, titles_changed, unlock_titles
from catalog.revisions import record, snapshot
from catalog.slots import assign_slots
from catalog.title_search import search_titles
from worker.enqueue import enqueue_reconcile_rows

# Related rows, and the name under which `locked_fields` holds them.
LOCKED_RELATIONS = {Credit: "credits", TitleTag: "tags", Kindred: "kindred"}
FACTS = (
    ("name", "kind"), ("year", "runtime_min"), "synopsis", "genres",
    ("certificate", "age_min"), ("languages", "countries"),
)  # fmt: skip
ARTWORK = ("artwork_now", "artwork_upload", "artwork_alt", "artwork_remove")
MACHINE = ("slot", "locked_fields", "updated_at")
FIELDSETS: Any = (
    (None, {"fields": FACTS}),
    ("Content notes", {"fields": (NOTE_FIELDS,), "classes": ("grades",)}),
    ("Publishing", {"fields": ("status", ("publish_at", "withdraw_at"))}),
    ("Artwork", {"fields": ARTWORK}),
    ("Book-keeping", {"fields": ("popularity", *MACHINE), "classes": ("collapse",)}),
)


@admin.register(Title)
class TitleAdmin(BulkPages, HistoryPages, SavedFilterPages, DuplicatePages):
    form = TitleForm
    list_display = ("name", "year", "kind", "state", "runtime_min", "known", "slot")
    list_filter = (
        "status", ScheduleFilter, "kind", MissingFilter, SynopsisSourceFilter, TagSourceFilter,
        DecadeFilter, "genres",
    )  # fmt: skip
    list_per_page = 50
    search_fields = ("name_key",)
    search_help_text = "A title or a person, also misspelt, or an IMDb id."
    ordering = ("-popularity", "pk")
    show_facets = admin.ShowFacets.NEVER  # counting every facet reads the whole table
    show_full_result_count = False
    filter_horizontal = ("genres",)
    inlines = (TitleTagInline, KindredInline, CreditInline, ExternalIdInline)
    fieldsets = FIELDSETS
    readonly_fields = ("artwork_now", *MACHINE)
    actions = ("edit_in_bulk", "publish", "withdraw", "unlock")
    change_list_template = "admin/catalog/title/change_list.html"
    change_form_template = "admin/catalog/title/change_form.html"

    class Media:
        css: ClassVar = {"all": ("admin-titles.css",)}

    # --- list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Title]:
        # 200,000 numbers a page that nobody reads.
        return super().get_queryset(request).defer("embedding", "search")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Title], search_term: str
    ) -> tuple[QuerySet[Title], bool]:
        return search_titles(queryset, search_term), False

    @admin.display(description="popularity", ordering="popularity")
    def known(self, obj: Title) -> str:
        return f"{obj.popularity:.2f}"

    @admin.display(description="status", ordering="status")
    def state(self, obj: Title) -> str:
        """Return the status, and what will become of it by itself."""
        draft = obj.status == Title.Status.DRAFT
        due = obj.publish_at if draft else obj.withdraw_at
        if not due or obj.status == Title.Status.WITHDRAWN:
            return obj.get_status_display()
        verb = "publish" if draft else "withdraw"
        return f"{obj.get_status_display()}, {verb} {due:%Y-%m-%d %H:%M}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET" and (mismatch := find_mismatch()):
            messages.warning(request, f"{mismatch} {FIX}")
        return super().changelist_view(request, extra_context)

    # --- the page of a title ---

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        title = self.get_object(request, object_id)
        panels = load_panels(title) if title and request.method == "GET" else None
        context = {"panels": panels, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def view_on_site(self, obj: Title) -> str | None:
        return obj.get_absolute_url() if obj.status == Title.Status.PUBLISHED else None

    @admin.display(description="artwork now")
    def artwork_now(self, obj: Title) -> str:
        if not obj.pk or obj.status != Title.Status.PUBLISHED:
            return "Shown here once it is published."
        url = reverse("catalog:artwork", args=[obj.pk])
        shown = obj.artwork_alt or f"Poster of {obj}"
        kind = "Uploaded" if obj.artwork else "Drawn from the facts"
        image = '<figure class="artwork"><img src="{}?{}" width="160" height="240" alt="{}">'
        return format_html(
            image + "<figcaption>{}</figcaption></figure>",
            url,
            int(obj.updated_at.timestamp()),  # the new one is shown at once
            shown,
            kind,
        )

    # --- saving ---

    def save_model(self, request: HttpRequest, obj: Title, form: Any, change: bool) -> None:
        form.state_before = snapshot(obj) if change else {}
        super().save_model(request, obj, form, change)
        lock_fields(obj, form.changed_facts)
        try:
            self.save_artwork(obj, form)
        except ValidationError as error:
            # The facts are saved all the same: a bad picture should not lose them.
            messages.error(request, f"The artwork was not changed. {' '.join(error.messages)}")

    def save_artwork(self, obj: Title, form: Any) -> None:
        if upload := form.cleaned_data.get("artwork_upload"):
            store_artwork(obj, upload, alt=form.cleaned_data.get("artwork_alt", ""))
        elif form.cleaned_data.get("artwork_remove"):
            remove_artwork(obj)

    def save_formset(
        self, request: HttpRequest, form: Any, formset: BaseModelFormSet[Any, Any], change: bool
    ) -> None:
        links = formset.save(commit=False)
        for link in links:
            if isinstance(link, TitleTag | Kindred):
                link.provenance, link.source = TitleTag.Provenance.EDITOR, ""
            if isinstance(link, TitleTag):
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
        title = form.instance
        action = Revision.Action.EDITED if change else Revision.Action.CREATED
        record(title, form.state_before, action, request.user)
        assign_slots()
        titles_changed([title.pk])

    def delete_model(self, request: HttpRequest, obj: Title) -> None:
        super().delete_model(request, obj)
        enqueue_reconcile_rows()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        super().delete_queryset(request, queryset)
        enqueue_reconcile_rows()

    # --- actions ---

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        done, _ = run(list(queryset.values_list("pk", flat=True)), publish(), request.user)
        n_done = len(done.changes)
        self.message_user(request, f"{n_done} published: embedded and ranked within a minute.")

    @admin.action(description="Withdraw", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        done, _ = run(list(queryset.values_list("pk", flat=True)), withdraw(), request.user)
        left = f" {len(done.refused)} are drafts, which nobody sees." if done.refused else ""
        self.message_user(request, f"{len(done.changes)} withdrawn.{left}")

    @admin.action(description="Let imports overwrite again", permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        done = unlock_titles(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{done} unlocked.")
