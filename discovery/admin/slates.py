"""What was asked, answered and thought of it, for operators: read only, with the whole trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from discovery.admin.histories import HistoryImportAdmin
from discovery.admin.intents import IntentFilter, UnreadClusterAdmin
from discovery.admin.versions import VersionSwitchAdmin
from discovery.models import Exposure, Feedback, Pick, Slate, Viewer
from discovery.trace_report import report_of

__all__ = [
    "ExposureAdmin",
    "FeedbackAdmin",
    "HistoryImportAdmin",
    "SlateAdmin",
    "UnreadClusterAdmin",
    "VersionSwitchAdmin",
    "ViewerAdmin",
]

if TYPE_CHECKING:
    PickRows = admin.TabularInline[Pick, Slate]
    SlatePages = admin.ModelAdmin[Slate]
    ExposurePages = admin.ModelAdmin[Exposure]
    FeedbackPages = admin.ModelAdmin[Feedback]
    ViewerPages = admin.ModelAdmin[Viewer]
else:  # Django's own classes take no parameters when the program runs
    PickRows = admin.TabularInline
    SlatePages = ExposurePages = FeedbackPages = ViewerPages = admin.ModelAdmin


class ReadOnly:
    """A record of what happened: nobody edits it here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PickInline(ReadOnly, PickRows):
    model = Pick
    extra = 0
    can_delete = False
    fields = (
        "position",
        "linked_title",
        "score",
        "scored_by",
        "propensity",
        "explored",
        "reason_status",
        "reason",
        "reason_note",
        "generated_reason",
    )
    readonly_fields = fields

    @admin.display(description="title")
    def linked_title(self, pick: Pick) -> str | SafeString:
        address = reverse("admin:catalog_title_change", args=[pick.title_id])
        return format_html('<a href="{}">{}</a>', address, pick.title)


@admin.register(Slate)
class SlateAdmin(ReadOnly, SlatePages):
    list_display = (
        "created_at",
        "surface",
        "text",
        "revision",
        "scored_by",
        "n_picks",
        "total_ms",
        "fallbacks",
    )
    list_filter = (IntentFilter, "surface", "scored_by", "revision", "policy_version")
    search_fields = ("text", "=request_id")
    date_hierarchy = "created_at"
    inlines: ClassVar = [PickInline]
    fields = (
        "created_at",
        "surface",
        "text",
        "viewer",
        "revision",
        "request_id",
        "policy_version",
    )
    readonly_fields = fields
    change_form_template = "admin/discovery/slate/change_form.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        slate = self.get_object(request, object_id)
        context = {**(extra_context or {}), "report": report_of(slate) if slate else None}
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description="picks")
    def n_picks(self, slate: Slate) -> int:
        return slate.picks.count()

    @admin.display(description="ms")
    def total_ms(self, slate: Slate) -> int:
        timings: dict[str, float] = slate.trace.get("timings_ms", {})
        return round(sum(timings.values()))

    @admin.display(description="fallbacks")
    def fallbacks(self, slate: Slate) -> str:
        return "; ".join(slate.trace.get("fallbacks", ()))


@admin.register(Exposure)
class ExposureAdmin(ReadOnly, ExposurePages):
    list_display = (
        "shown_at",
        "pick",
        "position",
        "explored",
        "propensity",
        "policy_version",
        "request_id",
    )
    list_filter = ("pick__explored", "pick__slate__surface", "policy_version")
    list_select_related = ("pick__title",)
    search_fields = ("=request_id",)
    date_hierarchy = "shown_at"

    @admin.display(description="explored", boolean=True)
    def explored(self, exposure: Exposure) -> bool:
        return exposure.pick.explored


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly, FeedbackPages):
    list_display = ("created_at", "viewer", "kind", "title", "pick")
    list_filter = ("kind",)
    list_select_related = ("viewer", "title", "pick__title")
    search_fields = ("title__name",)
    date_hierarchy = "created_at"


@admin.register(Viewer)
class ViewerAdmin(ReadOnly, ViewerPages):
    list_display = ("id", "user", "created_at")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
