"""Saved filters: a search and filters of the title list under a name, private or shared."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, reverse

from catalog.admin.pages import CHANGELIST, FurtherPages
from catalog.admin.typed import SavedFilterModelForm
from catalog.models import SavedFilter

PAGE = "title"
# Where one is in the list is no filter.
NOT_KEPT = frozenset({"p", "all", "e"})


class SavedFilterForm(SavedFilterModelForm):
    class Meta:
        model = SavedFilter
        fields = ("name", "querystring", "shared")
        widgets = {"querystring": forms.HiddenInput}  # noqa: RUF012 - read by the metaclass only

    def clean_querystring(self) -> str:
        """Keep the search and the filters, in a fixed order."""
        pairs = sorted(parse_qsl(self.cleaned_data["querystring"]))
        return urlencode([(key, value) for key, value in pairs if key not in NOT_KEPT])


class SavedFilterPages(FurtherPages):
    """Save and delete; the list shows what there is."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.further("saved-filters/", self.save_filter_view, "save_filter"),
            self.further(
                "saved-filters/<int:filter_id>/delete/", self.delete_filter_view, "delete_filter"
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        current = SavedFilterForm({"name": "-", "querystring": request.GET.urlencode()})
        querystring = current.cleaned_data["querystring"] if current.is_valid() else ""
        seen = Q(owner_id=request.user.pk) | Q(shared=True)
        context = {
            "saved_filters": SavedFilter.objects.filter(seen, page=PAGE).select_related("owner"),
            "querystring": querystring,
            "may_edit": self.has_change_permission(request),
            "name_limit": SavedFilter._meta.get_field("name").max_length,
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def save_filter_view(self, request: HttpRequest) -> HttpResponse:
        form = SavedFilterForm(request.POST)
        if request.method == "POST" and form.is_valid():
            saved, created = SavedFilter.objects.update_or_create(
                owner_id=request.user.pk,
                page=PAGE,
                name=form.cleaned_data["name"],
                defaults={
                    "querystring": form.cleaned_data["querystring"],
                    "shared": form.cleaned_data["shared"],
                },
            )
            messages.success(request, f"Filter “{saved}” {'saved' if created else 'replaced'}.")
            return HttpResponseRedirect(f"{reverse(CHANGELIST)}?{saved.querystring}")
        if request.method == "POST":
            messages.error(request, "Search or filter first, then give the filter a short name.")
        return HttpResponseRedirect(reverse(CHANGELIST))

    def delete_filter_view(self, request: HttpRequest, filter_id: int) -> HttpResponse:
        if request.method == "POST":
            saved = get_object_or_404(SavedFilter, pk=filter_id, owner_id=request.user.pk)
            saved.delete()
            messages.success(request, f"Filter “{saved}” deleted.")
        return HttpResponseRedirect(reverse(CHANGELIST))
