"""A title's page and its artwork. Only published titles exist here."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from catalog.artwork import ARTWORK_VERSION, draw_poster
from catalog.artwork.uploads import is_whole
from catalog.facts import TitleFacts, load_facts
from catalog.models import CurationRule, Title

logger = logging.getLogger(__name__)

ARTWORK_MAX_AGE_S = 3600
# Old artwork may be shown for a week while the browser asks for the new one.
ARTWORK_STALE_S = 7 * 24 * 3600
MORE_LIKE_THIS = 8
CAST_SHOWN = 12


def artwork_etag(request: HttpRequest, title_id: int) -> str | None:
    """Identify the artwork without drawing it; None if the title is not shown."""
    titles = Title.objects.published().filter(pk=title_id)
    row = titles.values_list("document_hash", "updated_at", "artwork").first()
    if row is None:
        return None
    parts = [ARTWORK_VERSION, *row, _stamp_of(row[2])]
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()
    return f'"{digest[:20]}"'


def _stamp_of(name: str) -> str:
    """Return what tells a stored file from the same one damaged, replaced or gone."""
    if not name:
        return ""
    try:
        return f"{default_storage.size(name)} {default_storage.get_modified_time(name)}"
    except (OSError, SuspiciousFileOperation):
        return "missing"


@require_safe
@cache_control(public=True, max_age=ARTWORK_MAX_AGE_S, stale_while_revalidate=ARTWORK_STALE_S)
@condition(etag_func=artwork_etag)
def artwork(request: HttpRequest, title_id: int) -> HttpResponse:
    """Answer with the uploaded artwork of a title, or with the poster drawn from its facts.

    A file that is missing or damaged is logged and drawn over: no page has a broken picture.
    """
    title = published_title(title_id)
    uploaded = _read_artwork(title)
    if uploaded is not None:
        return HttpResponse(uploaded, content_type="image/webp")
    return HttpResponse(draw_poster(published_facts(title_id)), content_type="image/svg+xml")


def _read_artwork(title: Title) -> bytes | None:
    """Return the uploaded picture; None if there is none that a browser could show."""
    if not title.artwork:
        return None
    try:
        with title.artwork.open("rb") as stored:
            content: bytes = stored.read()
    except (OSError, SuspiciousFileOperation) as error:
        logger.warning("artwork missing, drawn instead: title=%d %r", title.pk, error)
        return None
    if is_whole(content):
        return content
    logger.warning("artwork damaged, drawn instead: title=%d %s", title.pk, title.artwork.name)
    return None


@require_safe
def title_page(request: HttpRequest, title_id: int) -> HttpResponse:
    """Show what the catalogue knows of a title, and what is nearest to it."""
    title = published_title(title_id)
    context = {
        "title": title,
        "facts": published_facts(title_id),
        "cast_shown": CAST_SHOWN,
        "imdb": title.external_ids.filter(source="imdb").first(),
        "tags": title.title_tags.select_related("tag"),
        "neighbours": nearest_to(title),
    }
    return render(request, "catalog/title.html", context)


def published_title(title_id: int) -> Title:
    """Return the title, or raise Http404: a draft must not even be known to exist."""
    title = Title.objects.published().filter(pk=title_id).first()
    if title is None:
        raise Http404("There is no such title.")
    return title


def published_facts(title_id: int) -> TitleFacts:
    return load_facts([published_title(title_id).pk])[title_id]


def nearest_to(title: Title) -> list[Any]:
    """Return the titles nearest by embedding that may be shown; none without an embedding."""
    if title.embedding is None:
        return []
    blocks = CurationRule.objects.active().filter(kind=CurationRule.Kind.BLOCK)
    hidden = {title.pk, *blocks.values_list("title_id", flat=True)}
    others = Title.objects.published().exclude(pk__in=hidden).defer("embedding", "search")
    with transaction.atomic(), connection.cursor() as cursor:
        # The index filters after it searches: without this, a neighbourhood of hidden titles
        # leaves few that may be shown.
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        return list(others.nearest(title.embedding, limit=MORE_LIKE_THIS))
