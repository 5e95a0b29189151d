"""Pages of imported watch histories: upload, what came of it, and putting it right by hand.

Each works without scripts; with htmx an answer is the part of the page that changed. Whatever is
looked up is looked up among the viewer's own: anybody else's is a 404.
"""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from catalog.models import Title
from chat.addresses import address_of_request
from chat.history_forms import MAX_SEARCH_CHARS, EntryForm, UploadForm
from chat.limits import TooManyMessages, count_use
from chat.title_choices import find_titles
from chat.viewers import returning_viewer, viewer_for, viewer_or_404
from chat.views import ChatRequest
from discovery.histories import store
from discovery.histories.reading.base import UnusableFile
from discovery.histories.reading.recognising import read_history
from discovery.models import HistoryEntry, HistoryImport, Viewer

logger = logging.getLogger(__name__)

ENTRIES_PER_PAGE = 25
UPLOADS_PER_MINUTE = 6
# Presses and searches while typing: many, but no script's worth.
TOUCHES_PER_MINUTE = 150


class Tab(NamedTuple):
    """Entries of a few statuses, under one heading."""

    name: str
    label: str
    statuses: tuple[HistoryEntry.Status, ...]
    advice: str


TABS = (
    Tab(
        "unsure",
        "Unsure",
        (HistoryEntry.Status.UNSURE,),
        "These could be meant. They count only once you confirm them.",
    ),
    Tab(
        "unmatched",
        "Not found",
        (HistoryEntry.Status.UNMATCHED,),
        "The catalogue seems not to have these. Search if you know better.",
    ),
    Tab(
        "matched",
        "Matched",
        (HistoryEntry.Status.MATCHED, HistoryEntry.Status.FIXED),
        "These count: answers leave them out, and lean to what you liked.",
    ),
    Tab(
        "ignored",
        "Ignored",
        (HistoryEntry.Status.IGNORED,),
        "These don't count. Confirm or choose a title to bring one back.",
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def histories(request: ChatRequest) -> HttpResponse:
    """The viewer's imports, and the form for another."""
    viewer = returning_viewer(request)
    if request.method != "POST":
        return _page(request, viewer, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    try:
        viewer = viewer or viewer_for(request)
        batch = _upload(request, viewer, form)
    except UnusableFile as error:
        return _refused(request, viewer, form, str(error))
    except TooManyMessages as error:
        wait = f"Too many uploads in a minute. Wait {error.wait_s} s and try again."
        return _refused(request, viewer, form, wait, status=429)
    address = reverse("chat:history_import", args=[batch.pk])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _upload(request: HttpRequest, viewer: Viewer, form: UploadForm) -> HistoryImport:
    """Read, match and keep what was uploaded.

    Raises:
        UnusableFile: the file, or the form, can't be used.
        TooManyMessages: too many uploads in a minute.
    """
    count_use("history-upload", viewer.pk, UPLOADS_PER_MINUTE, address=address_of_request(request))
    if not form.is_valid():
        raise UnusableFile(form.first_error())
    upload = form.cleaned_data["file"]
    reading = read_history(
        upload.file,
        size=upload.size,
        today=timezone.now().date(),
        movielens_user=form.cleaned_data["movielens_user"],
    )
    batch = store.store_import(viewer, reading, file_name=upload.name)
    logger.info(
        "history imported: viewer=%d source=%s rows=%d", viewer.pk, batch.source, batch.rows
    )
    return batch


def _refused(
    request: ChatRequest, viewer: Viewer | None, form: UploadForm, why: str, *, status: int = 400
) -> HttpResponse:
    if request.htmx:
        # htmx swaps nothing of an error's answer, and the form keeps the chosen file.
        return render(request, "chat/histories/_refusal.html", {"refusal": why})
    return _page(request, viewer, form, refusal=why, status=status)


def _page(
    request: HttpRequest,
    viewer: Viewer | None,
    form: UploadForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    imports = store.imports_of(viewer) if viewer else ()
    context = {"imports": imports, "form": form, "refusal": refusal}
    return render(request, "chat/histories/page.html", context, status=status)


@require_GET
@never_cache
def one_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """What came of one import, by how sure the matches are."""
    viewer = viewer_or_404(request)
    batch = _import_of(viewer, import_id)
    tab = _tab_of(batch, request.GET.get("show", ""))
    context = {
        **_counts(batch),
        "tab": tab,
        "show": tab.name,
        "page": _entries(batch, tab, request.GET.get("page", "1")),
    }
    return render(request, "chat/histories/import.html", context)


@require_POST
def remove_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """Delete an import and all that came of it."""
    viewer = viewer_or_404(request)
    batch = _import_of(viewer, import_id)
    store.remove_import(batch)
    messages.success(request, f"{batch.get_source_display()} is removed, with all it brought.")
    return redirect("chat:history")


@require_POST
@never_cache
def entry(request: ChatRequest, entry_id: int) -> HttpResponse:
    """Confirm, choose, ignore or remove one entry."""
    viewer = viewer_or_404(request)
    found = _entry_of(viewer, entry_id)
    form = EntryForm(request.POST)
    try:
        count_use("history-touch", viewer.pk, TOUCHES_PER_MINUTE)
        if not form.is_valid():
            raise store.NotPossible("That makes no sense. Reload the page and try again.")
        done = _apply(found, form.cleaned_data)
    except (store.NotPossible, TooManyMessages) as error:
        return _after(request, found, problem=_advice(error))
    return _after(request, found, done=done)


def _apply(found: HistoryEntry, said: dict[str, Any]) -> str:
    """Do what was asked with an entry; return what to tell the viewer."""
    match said["action"]:
        case "confirm":
            store.confirm(found)
        case "choose":
            title = Title.objects.published().filter(pk=said["title"]).first()
            if title is None:
                raise store.NotPossible("That title is not in the catalogue. Choose another.")
            store.choose(found, title)
        case "ignore":
            store.ignore(found)
            return f"“{found.name}” no longer counts."
        case _:
            store.remove_entry(found)
            return f"“{found.name}” is removed."
    return f"“{found.name}” counts as {found.title}."


def _after(
    request: ChatRequest, found: HistoryEntry, *, done: str = "", problem: str = ""
) -> HttpResponse:
    """Answer with the entry as it is now and the new counts, or go back to the list."""
    batch = store.imports_of(found.batch.viewer).get(pk=found.batch_id)
    tab = _tab_of(batch, request.POST.get("show", ""))
    if request.htmx:
        context = {
            **_counts(batch),
            "tab": tab,
            "show": tab.name,
            "entry": found,
            "gone": found.pk is None,
            "done": done,
            "problem": problem,
        }
        return render(request, "chat/histories/_touched.html", context)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, done)
    address = reverse("chat:history_import", args=[batch.pk])
    return redirect(f"{address}?show={tab.name}")


@require_GET
@never_cache
def titles(request: ChatRequest, entry_id: int) -> HttpResponse:
    """Titles that an entry could be, by what the viewer types."""
    viewer = viewer_or_404(request)
    found = _entry_of(viewer, entry_id)
    words = request.GET.get("words", "")[:MAX_SEARCH_CHARS].strip()
    problem = ""
    try:
        count_use("history-touch", viewer.pk, TOUCHES_PER_MINUTE)
    except TooManyMessages as error:
        words, problem = "", _advice(error)
    context = {
        "entry": found,
        "words": words,
        "titles": find_titles(words),
        "problem": problem,
        "show": request.GET.get("show", ""),
    }
    name = "_titles" if request.htmx else "choose"
    return render(request, f"chat/histories/{name}.html", context)


def _counts(batch: HistoryImport) -> dict[str, Any]:
    """Return how many entries each tab has; `batch` comes from `store.imports_of`."""
    tabs = [(tab, _count_of(batch, tab)) for tab in TABS]
    return {"batch": batch, "tabs": tabs, "n_titles": sum(n for _, n in tabs)}


def _count_of(batch: HistoryImport, tab: Tab) -> int:
    return sum(int(getattr(batch, f"n_{status.value}")) for status in tab.statuses)


def _tab_of(batch: HistoryImport, name: str) -> Tab:
    """Return the tab asked for, or the first that has work to do."""
    named = [tab for tab in TABS if tab.name == name]
    return next((tab for tab in (*named, *TABS) if tab in named or _count_of(batch, tab)), TABS[2])


def _entries(batch: HistoryImport, tab: Tab, page: str) -> Page[HistoryEntry]:
    entries = store.entries_of(batch, tab.statuses)
    return Paginator(entries, ENTRIES_PER_PAGE).get_page(page)


def _import_of(viewer: Viewer, import_id: int) -> HistoryImport:
    try:
        return store.import_of(viewer, import_id)
    except store.NotYours as error:
        raise Http404 from error


def _entry_of(viewer: Viewer, entry_id: int) -> HistoryEntry:
    try:
        return store.entry_of(viewer, entry_id)
    except store.NotYours as error:
        raise Http404 from error


def _advice(error: Exception) -> str:
    if isinstance(error, TooManyMessages):
        return f"That is faster than we can keep up. Wait {error.wait_s} s."
    return str(error)
