"""What hangs on a title, edited on its page."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest

from catalog.admin.forms import ExternalIdForm, KindredForm, TitleTagForm, TitleTagFormSet
from catalog.admin.typed import CreditRows, ExternalIdRows, KindredRows, TitleTagRows
from catalog.models import Credit, ExternalId, Kindred, Tag, TitleTag
from catalog.ontology import Term, load_ontology


class CreditInline(CreditRows):
    model = Credit
    fields = ("role", "billing", "person")
    autocomplete_fields = ("person",)
    extra = 0
    classes = ("collapse",)


class TitleTagInline(TitleTagRows):
    """Terms by group of the ontology, then keywords; strongest first."""

    model = TitleTag
    form = TitleTagForm
    formset = TitleTagFormSet
    template = "admin/catalog/title/_tags.html"
    fields = ("term", "weight")
    verbose_name = "term or keyword"
    verbose_name_plural = "terms and keywords"
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[TitleTag]:
        groups = (When(tag__group=group, then=Value(n)) for n, group in enumerate(Tag.Group))
        return (
            super()
            .get_queryset(request)
            .select_related("tag", "added_by")
            .annotate(place=Case(*groups, default=Value(99)))
            .order_by("place", "-weight", "tag__name")
        )

    @property
    def vocabulary(self) -> list[Term]:
        """What is offered while one types; anything else is a keyword."""
        return list(load_ontology().terms.values())


class KindredInline(KindredRows):
    model = Kindred
    form = KindredForm
    fk_name = "title"
    fields = ("other", "provenance", "source")
    # Who says so is recorded, not entered: what an editor touches becomes the editor's.
    readonly_fields: ClassVar = ("provenance", "source")
    autocomplete_fields = ("other",)
    verbose_name = "kindred title"
    verbose_name_plural = "kindred titles"
    extra = 0


class ExternalIdInline(ExternalIdRows):
    model = ExternalId
    form = ExternalIdForm
    extra = 0
    classes = ("collapse",)
