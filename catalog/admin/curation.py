"""Boosts, blocks and collections in admin: who decided what about which title, why, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import Collection, CollectionItem, CurationRule, Title

if TYPE_CHECKING:
    RulePages = admin.ModelAdmin[CurationRule]
    CollectionPages = admin.ModelAdmin[Collection]
    ItemRows = admin.TabularInline[CollectionItem, Collection]
    RuleForms = ModelForm[CurationRule]
else:  # Django's own classes take no parameters when the program runs
    RulePages = CollectionPages = admin.ModelAdmin
    ItemRows = admin.TabularInline
    RuleForms = ModelForm

Choices = list[tuple[str, str]]
POSITION_STEP = 10


class StateFilter(admin.SimpleListFilter):
    """Rules by whether they hold now."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Choices:
        return [(state, state) for state in ("active", "scheduled", "expired")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[CurationRule]
    ) -> QuerySet[CurationRule]:
        now = timezone.now()
        match self.value():
            case "active":
                return queryset.filter(pk__in=CurationRule.objects.active().values("pk"))
            case "scheduled":
                return queryset.filter(starts_at__gt=now)
            case "expired":
                return queryset.filter(expires_at__lte=now)
            case _:
                return queryset


class CurationRuleForm(RuleForms):
    """Says in words what the database would refuse."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        starts_at, expires_at = data.get("starts_at"), data.get("expires_at")
        if expires_at is None:
            return data
        if starts_at is not None and expires_at <= starts_at:
            self.add_error("expires_at", "Choose an end after its start, or leave it empty.")
        # The reason of an expired rule can still be corrected.
        elif "expires_at" in self.changed_data and expires_at <= timezone.now():
            self.add_error("expires_at", "Choose an end after now, or leave it empty.")
        return data


@admin.register(CurationRule)
class CurationRuleAdmin(RulePages):
    """A rule counts from the next answer on; every turn's trace names the rules that it felt."""

    form = CurationRuleForm
    list_display = ("title", "kind", "strength", "state", "until", "created_by", "reason")
    list_filter = (StateFilter, "kind")
    list_select_related = ("title", "created_by")
    search_fields = ("title__name", "title__name_key", "reason")
    date_hierarchy = "created_at"
    autocomplete_fields = ("title",)
    fields = ("title", "kind", "weight", "reason", ("starts_at", "expires_at"), "made")
    readonly_fields = ("made",)
    actions = ("end_now",)

    def save_model(
        self, request: HttpRequest, obj: CurationRule, form: ModelForm[CurationRule], change: bool
    ) -> None:
        if not change:
            obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    @admin.display(description="state")
    def state(self, obj: CurationRule) -> str:
        now = timezone.now()
        if obj.expires_at is not None and obj.expires_at <= now:
            return "expired"
        return "scheduled" if obj.starts_at is not None and obj.starts_at > now else "active"

    @admin.display(description="weight", ordering="weight")
    def strength(self, obj: CurationRule) -> str:
        return f"{obj.weight:g}" if obj.kind == CurationRule.Kind.BOOST else ""

    @admin.display(description="until (UTC)", ordering="expires_at")
    def until(self, obj: CurationRule) -> str:
        return f"{obj.expires_at:%Y-%m-%d %H:%M}" if obj.expires_at else "no end"

    @admin.display(description="made")
    def made(self, obj: CurationRule) -> str:
        if not obj.pk:
            return "By you, when you save."
        return f"{obj.created_at:%Y-%m-%d %H:%M} UTC by {obj.created_by or 'a colleague who left'}"

    @admin.action(description="End now", permissions=["change"])
    def end_now(self, request: HttpRequest, queryset: QuerySet[CurationRule]) -> None:
        """Expire what holds; delete what has not begun. The past keeps its rules."""
        now = timezone.now()
        never_held = queryset.filter(starts_at__gte=now)
        dropped = never_held.count()
        never_held.delete()
        ended = queryset.filter(pk__in=CurationRule.objects.active().values("pk"))
        self.message_user(request, f"{ended.update(expires_at=now)} ended, {dropped} called off.")


class CollectionItemInline(ItemRows):
    verbose_name_plural = "titles, in order: a new row goes to the end unless you number it"
    model = CollectionItem
    fields = ("position", "title", "shown")
    readonly_fields = ("shown",)
    autocomplete_fields = ("title",)
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[CollectionItem]:
        return super().get_queryset(request).select_related("title").defer("title__embedding")

    @admin.display(description="viewers see it", boolean=True)
    def shown(self, obj: CollectionItem) -> bool:
        return obj.title_id is not None and obj.title.status == Title.Status.PUBLISHED


@admin.register(Collection)
class CollectionAdmin(CollectionPages):
    """Once published, a collection is a chip on the chat page, and can be named in words."""

    list_display = ("name", "published", "n_titles", "n_shown", "description")
    list_filter = ("published",)
    list_editable: ClassVar = ("published",)
    search_fields = ("name", "description")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    fields = ("name", "slug", "description", "published")
    inlines = (CollectionItemInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collection]:
        published = Q(titles__status=Title.Status.PUBLISHED)
        collections = super().get_queryset(request)
        return collections.annotate(
            _n=Count("titles"), _shown=Count("titles", filter=published)
        ).order_by("name")

    @admin.display(description="titles", ordering="_n")
    def n_titles(self, obj: Any) -> int:
        return int(obj._n)

    @admin.display(description="of them published", ordering="_shown")
    def n_shown(self, obj: Any) -> int:
        return int(obj._shown)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Number the items anew, in their order, with room to put one between two.

        An item without a number goes to the end.
        """
        super().save_related(request, form, formsets, change)
        items = sorted(
            form.instance.items.all(), key=lambda item: (not item.position, item.position)
        )
        for place, item in enumerate(items, 1):
            item.position = place * POSITION_STEP
        CollectionItem.objects.bulk_update(items, ["position"])
