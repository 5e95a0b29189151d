"""Conversations and turns for operators: read only, each turn with the trace of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Conversation, Turn

if TYPE_CHECKING:
    TurnRows = admin.TabularInline[Turn, Conversation]
    TurnPages = admin.ModelAdmin[Turn]
    ConversationPages = admin.ModelAdmin[Conversation]
else:  # Django's own classes take no parameters when the program runs
    TurnRows, TurnPages, ConversationPages = admin.TabularInline, admin.ModelAdmin, admin.ModelAdmin


class ReadOnly:
    """What a viewer said is evidence: nobody edits it here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def link_to_trace(turn: Turn) -> str | SafeString:
    if turn.slate_id is None:
        return "no answer"
    address = reverse("admin:discovery_slate_change", args=[turn.slate_id])
    return format_html('<a href="{}">slate {}</a>', address, turn.slate_id)


class TurnInline(ReadOnly, TurnRows):
    model = Turn
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ("created_at", "text", "status", "note", "trace")
    readonly_fields = fields

    @admin.display(description="trace")
    def trace(self, turn: Turn) -> str | SafeString:
        return link_to_trace(turn)


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, ConversationPages):
    list_display = ("id", "viewer", "created_at")
    list_select_related = ("viewer",)
    date_hierarchy = "created_at"
    inlines: ClassVar = [TurnInline]

    class Media:
        css: ClassVar = {"all": ("discovery/trace.css",)}


@admin.register(Turn)
class TurnAdmin(ReadOnly, TurnPages):
    list_display = ("created_at", "text", "status", "note", "trace")
    ordering = ("-created_at",)
    list_filter = ("status", "created_at")
    list_select_related = ("slate",)
    search_fields = ("text",)
    fields = ("conversation", "text", "request_id", "status", "note", "trace", "created_at")
    readonly_fields = fields

    class Media:
        css: ClassVar = {"all": ("discovery/trace.css",)}

    @admin.display(description="trace")
    def trace(self, turn: Turn) -> str | SafeString:
        return link_to_trace(turn)
