"""Versions of GenRec for operators: their metrics, which one serves, switching and rolling back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from discovery.models import VersionSwitch
from discovery.versions.overview import overview
from discovery.versions.requests import SwitchRefused, request_rollback, request_switch

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    VersionPages = admin.ModelAdmin[VersionSwitch]
else:  # Django's own class takes no parameters when the program runs
    VersionPages = admin.ModelAdmin

PAGE = "admin:discovery_versionswitch_changelist"


@admin.register(VersionSwitch)
class VersionSwitchAdmin(VersionPages):
    """Who may view switches sees the page; who may add them switches."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """No "Add" in the admin's lists: a switch begins with a button of the page."""
        return {**super().get_model_perms(request), "add": False}

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "progress": self.progress_view,
            "serve": self.serve_view,
            "rollback": self.rollback_view,
        }
        further = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"discovery_version_{name}")
            for name, view in pages.items()
        ]
        return [*further, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self.show(request, "page.html")

    def progress_view(self, request: HttpRequest) -> HttpResponse:
        """Return the page's content alone: it asks again and again while a switch is under way."""
        return self.show(request, "_versions.html")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Nothing is filled in here: a switch begins with a button of the page."""
        return HttpResponseRedirect(reverse(PAGE))

    def serve_view(self, request: HttpRequest) -> HttpResponse:
        version = request.POST.get("version", "")[:200]
        return self.switch(request, lambda user: request_switch(version, user))

    def rollback_view(self, request: HttpRequest) -> HttpResponse:
        return self.switch(request, request_rollback)

    def switch(self, request: HttpRequest, ask: Callable[[User], VersionSwitch]) -> HttpResponse:
        if not self.has_add_permission(request) or not request.user.is_authenticated:
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            switch = ask(request.user)
        except SwitchRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request,
                # The admin would write the first letter of a name large.
                f"Bringing up {switch.to_version} beside {switch.from_version}, which serves "
                "until it is ready.",
            )
        return HttpResponseRedirect(reverse(PAGE))

    def show(self, request: HttpRequest, template: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Versions of GenRec",
            "opts": self.opts,
            "overview": overview(),
            "may_switch": self.has_add_permission(request),
        }
        response = TemplateResponse(request, f"admin/discovery/versionswitch/{template}", context)
        response["Cache-Control"] = "no-store"
        return response
