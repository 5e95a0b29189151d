"""Imports: upload a file, see how it will be read, rehearse it, import it, get its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from catalog.admin.import_forms import MapForm, UploadForm
from catalog.admin.pages import FramedPages
from catalog.admin.typed import ImportRunPages
from catalog.importing.base import SourceUnavailable
from catalog.importing.registry import GENERIC
from catalog.importing.report import first_lines
from catalog.importing.uploads import (
    Preview,
    change_map,
    discard_upload,
    goes_on,
    preview_upload,
    rows_done,
    start_upload,
    store_upload,
)
from catalog.models import ImportRun

CHANGELIST = "admin:catalog_importrun_changelist"
CHANGE = "admin:catalog_importrun_change"
SHOWN_PROBLEMS = 20
_AT_WORK = (ImportRun.Status.QUEUED, ImportRun.Status.RUNNING)


@admin.register(ImportRun)
class ImportRunAdmin(FramedPages, ImportRunPages):
    """Who may view imports sees them; who may add imports uploads, starts and discards them."""

    list_display = (
        "__str__", "file_name", "status", "dry_run", "started_at", "finished_at", "rows_done",
        "created", "updated", "unchanged", "errors", "created_by",
    )  # fmt: skip
    list_filter = ("source", "status", "dry_run")
    list_select_related = ("created_by",)
    change_list_template = "admin/catalog/importrun/change_list.html"

    def has_change_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "start": self.start_view,
            "map": self.map_view,
            "discard": self.discard_view,
            "progress": self.progress_view,
            "report": self.report_view,
        }
        further = [
            path(
                f"<int:run_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"catalog_importrun_{name}",
            )
            for name, view in pages.items()
        ]
        return [*further, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        self.check_may_import(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            cleaned = form.cleaned_data
            try:
                run = store_upload(
                    cleaned["source"], cleaned["file"], cleaned["column_map"], request.user
                )
            except SourceUnavailable as error:
                form.add_error("file", str(error))
            else:
                return HttpResponseRedirect(reverse(CHANGE, args=[run.pk]))
        return self.show(request, "upload.html", "Import a file", form=form)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self.show_run(request, self.existing(request, object_id))

    def show_run(
        self, request: HttpRequest, run: ImportRun, map_form: MapForm | None = None
    ) -> HttpResponse:
        """Show a run: what will be read, how far it is, or what came of it."""
        preview, unreadable = preview_of(run)
        if map_form is None and preview and run.options.get("form") == GENERIC:
            map_form = MapForm(initial={"column_map": preview.map_json})
        return self.show(
            request,
            "run.html",
            f"Import of {run.file_name or run.source}",
            preview=preview,
            unreadable=unreadable,
            map_form=map_form,
            may_import=self.has_add_permission(request),
            goes_on=goes_on(run),
            **run_context(run),
        )

    def start_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = self.posted(request, run_id)
        dry_run = request.POST.get("mode") != "import"
        if not start_upload(run, dry_run=dry_run):
            messages.warning(request, "It is under way already, or the file is gone.")
        return HttpResponseRedirect(reverse(CHANGE, args=[run.pk]))

    def map_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Read a waiting file with another column map."""
        run = self.posted(request, run_id)
        form = MapForm(request.POST)
        if not run.upload or run.status in _AT_WORK:
            messages.warning(request, "The map of this import can't be changed any more.")
        elif form.is_valid():
            try:
                change_map(run, form.cleaned_data["column_map"])
            except SourceUnavailable as error:
                form.add_error("column_map", str(error))
            else:
                messages.success(request, "The columns are read as you say.")
        if form.errors:
            return self.show_run(request, self.existing(request, str(run_id)), form)
        return HttpResponseRedirect(reverse(CHANGE, args=[run.pk]))

    def discard_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = self.posted(request, run_id)
        name = run.file_name
        if discard_upload(run):
            messages.success(request, f"{name} is discarded.")
        else:
            messages.warning(request, f"{name} is being imported: wait for it to end.")
        return HttpResponseRedirect(reverse(CHANGELIST))

    def progress_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Return how far a run is: the page asks again and again, until it ends."""
        run = self.existing(request, str(run_id))
        response = TemplateResponse(
            request, "admin/catalog/importrun/_progress.html", run_context(run)
        )
        if run.status not in _AT_WORK:
            # The whole page has changed: new buttons, the report.
            response.headers["HX-Refresh"] = "true"
        return response

    def report_view(self, request: HttpRequest, run_id: int) -> HttpResponse | FileResponse:
        run = self.existing(request, str(run_id))
        report = Path(run.report_path)
        if not run.report_path or not report.is_file():
            raise Http404("This import has no report on this machine.")
        return FileResponse(
            report.open("rb"),
            as_attachment=True,
            filename=f"import-{run.pk}-{run.source}.csv",
            content_type="text/csv; charset=utf-8",
        )

    def existing(self, request: HttpRequest, run_id: str) -> ImportRun:
        """Return a run for who may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = ImportRun.objects.filter(pk=run_id).first() if str(run_id).isdecimal() else None
        if run is None:
            raise Http404("There is no such import: it may have been discarded.")
        return run

    def posted(self, request: HttpRequest, run_id: int) -> ImportRun:
        """Return a run for who may import, if the request may change something."""
        self.check_may_import(request)
        if request.method != "POST":
            raise PermissionDenied("Use the buttons of the page.")
        return self.existing(request, str(run_id))

    def check_may_import(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied


def preview_of(run: ImportRun) -> tuple[Preview | None, str]:
    """Return the preview of a file that is at rest, or why it can't be read."""
    if not run.upload or run.status in _AT_WORK:
        return None, ""
    try:
        return preview_upload(run), ""
    except SourceUnavailable as error:
        return None, str(error)


def run_context(run: ImportRun) -> dict[str, Any]:
    """Return what the page and its progress show of a run."""
    done = rows_done(run)
    has_report = bool(run.report_path) and Path(run.report_path).is_file()
    return {
        "run": run,
        "at_work": run.status in _AT_WORK,
        "rows_done": done,
        "percent": min(100, done * 100 // run.rows_total) if run.rows_total else 0,
        "has_report": has_report,
        "problems": first_lines(Path(run.report_path), SHOWN_PROBLEMS) if has_report else [],
    }
