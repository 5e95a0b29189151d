"""People, genres and tags: renaming one refreshes every title that has it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.admin.forms import without_orders
from catalog.admin.typed import TermModelForm, TermPages
from catalog.models import Credit, Genre, Person, Tag, Title, TitleTag
from catalog.models.keys import set_name_key
from catalog.publishing import titles_changed
from catalog.text import fold


class TermForm(TermModelForm):
    """A name goes into prompts with every title that has it."""

    def clean_name(self) -> str:
        return without_orders(" ".join(self.cleaned_data["name"].split()))


class PersonForm(TermForm):
    """People are matched by their folded names, so each of these is one person's."""

    def clean_name(self) -> str:
        person = Person(name=super().clean_name())
        set_name_key(person)
        namesakes = Person.objects.filter(name_key=person.name_key).exclude(pk=self.instance.pk)
        if known := namesakes.first():
            raise ValidationError(
                f"There is “{known}” already: names that differ only in capitals, accents or "
                "punctuation are one person's. Credit that person instead."
            )
        return person.name


class TagForm(TermForm):
    """Tags are small letters, wherever they are from: "TENSE" is "tense"."""

    def clean_name(self) -> str:
        return super().clean_name().lower()


class TermAdmin(TermPages):
    """Something that titles share, with a name."""

    search_fields = ("name",)
    list_display: tuple[str, ...] = ("name", "n_shared")
    # What links a title to it, and under which field.
    link: Any
    link_field: str
    form = TermForm

    # Said again here: a query that counts ignores the model's own order.
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the terms with `n_titles`, counted only for the rows that are shown."""
        links = self.link.objects.filter(**{self.link_field: OuterRef("pk")})
        counted = links.order_by().values(self.link_field)
        numbers = counted.annotate(n=Count("title_id", distinct=True)).values("n")
        terms: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[Any] = terms.annotate(n_titles=Coalesce(Subquery(numbers), 0))
        return annotated

    # Not "titles": people and genres have a field of that name, which Django would show.
    @admin.display(description="titles", ordering="n_titles")
    def n_shared(self, obj: Any) -> int:
        return int(obj.n_titles)

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if change and form.has_changed():
            titles_changed(self.title_ids([obj.pk]))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        title_ids = self.title_ids([obj.pk])
        super().delete_model(request, obj)
        titles_changed(title_ids)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        title_ids = self.title_ids(list(queryset.values_list("pk", flat=True)))
        super().delete_queryset(request, queryset)
        titles_changed(title_ids)

    def title_ids(self, term_ids: list[int]) -> list[int]:
        links = self.link.objects.filter(**{f"{self.link_field}__in": term_ids})
        return list(links.values_list("title_id", flat=True).distinct())


@admin.register(Person)
class PersonAdmin(TermAdmin):
    form = PersonForm
    link = Credit
    link_field = "person_id"
    search_fields = ("name_key",)
    search_help_text = "A name, without accents if you like."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, fold(search_term))


@admin.register(Genre)
class GenreAdmin(TermAdmin):
    link = Title.genres.through
    link_field = "genre_id"


@admin.register(Tag)
class TagAdmin(TermAdmin):
    list_display: tuple[str, ...] = ("name", "group", "gloss", "n_shared")
    list_filter = ("group",)
    form = TagForm
    link = TitleTag
    link_field = "tag_id"
