"""Clusters of messages that nobody could read, for editors and operators to name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from discovery.intents.cases import INTENTS
from discovery.models import Slate
from discovery.unread import UnreadCluster, UnreadMessage

if TYPE_CHECKING:
    ClusterPages = admin.ModelAdmin[UnreadCluster]
    MessageRows = admin.TabularInline[UnreadMessage, UnreadCluster]
else:  # Django's own classes take no parameters when the program runs
    ClusterPages = admin.ModelAdmin
    MessageRows = admin.TabularInline

EXAMPLES = 3


class IntentFilter(admin.SimpleListFilter):
    """Slates by what kind of turn they answer: how many attacks were refused, and when."""

    title = "intent"
    parameter_name = "intent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(intent, intent.replace("_", " ")) for intent in INTENTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Slate]) -> QuerySet[Slate]:
        chosen = self.value()
        if chosen is None:
            return queryset
        # Only what was said is stored, and "discover" is the default.
        if chosen == "discover":
            return queryset.exclude(query__has_key="intent")
        return queryset.filter(query__intent=chosen)


class UnreadMessageInline(MessageRows):
    """The messages of a cluster. One that doesn't belong can be deleted."""

    model = UnreadMessage
    extra = 0
    fields = ("text", "day")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(UnreadCluster)
class UnreadClusterAdmin(ClusterPages):
    list_display = ("__str__", "intent", "n_messages", "examples", "note")
    list_filter = ("intent",)
    fields = ("name", "intent", "note")
    inlines = (UnreadMessageInline,)

    class Media:
        css: ClassVar = {"all": ("discovery/trace.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnreadCluster]:
        clusters = super().get_queryset(request).annotate(n=Count("messages"))
        return clusters.order_by("-n", "-pk").prefetch_related("messages")

    @admin.display(description="messages", ordering="n")
    def n_messages(self, cluster: UnreadCluster) -> int:
        return cluster.messages.count()

    @admin.display(description="examples")
    def examples(self, cluster: UnreadCluster) -> str:
        return " · ".join(message.text for message in list(cluster.messages.all())[:EXAMPLES])
