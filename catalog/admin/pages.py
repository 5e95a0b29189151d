"""What further pages of the admin share: the frame they are shown in, and who may see a title's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from catalog.admin.typed import TermPages, TitlePages
from catalog.models import Title

CHANGELIST = "admin:catalog_title_changelist"
CHANGE = "admin:catalog_title_change"
View = Callable[..., HttpResponse]


class FramedPages(TermPages):
    """Pages of one's own in the frame of Django's admin."""

    def show(
        self, request: HttpRequest, template: str, heading: str, **context: Any
    ) -> TemplateResponse:
        """Return a page in admin's frame, with the way back to the list."""
        of = f"{self.opts.app_label}_{self.opts.model_name}"
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": heading,
            "media": self.media,
            "changelist_url": reverse(f"admin:{of}_changelist"),
        }
        folder = f"admin/{self.opts.app_label}/{self.opts.model_name}"
        return TemplateResponse(request, f"{folder}/{template}", frame | context)


class FurtherPages(FramedPages, TitlePages):
    """Title pages beyond those of Django's admin. All of them are for who may edit titles."""

    def further(self, route: str, view: View, name: str) -> URLPattern:
        """Return the URL of a page; staff who may not edit titles are refused."""

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_change_permission(request):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return path(route, self.admin_site.admin_view(guarded), name=f"catalog_title_{name}")

    def existing(self, request: HttpRequest, title_id: int) -> Title:
        title: Title | None = self.get_queryset(request).filter(pk=title_id).first()
        if title is None:
            raise Http404("There is no such title: it may have been deleted.")
        return title
