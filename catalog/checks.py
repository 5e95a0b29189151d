"""Tell of embeddings that do not compare with what the embedder makes now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection

from catalog.embedding import EmbedderUnavailable, embedding_version
from catalog.models import Title

FIX = "Run: manage.py refresh_titles"


@register(Tags.database)
def check_embedding_version(
    *, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn of titles embedded by another version than the installed embedder's.

    Runs with `manage.py check --database default`, and before `migrate`, when there may be no
    table yet.
    """
    if not databases or Title._meta.db_table not in connection.introspection.table_names():
        return []
    mismatch = find_mismatch()
    return [Warning(mismatch, hint=FIX, id="catalog.W001")] if mismatch else []


def find_mismatch() -> str:
    """Say in one sentence how stored vectors and the embedder differ; empty if they agree."""
    embedded = Title.objects.filter(embedding__isnull=False)
    try:
        version = embedding_version()
    except EmbedderUnavailable as error:
        return f"Titles can't be embedded. {error}" if embedded.exists() else ""
    other = embedded.exclude(embedding_version=version).count()
    if not other:
        return ""
    return (
        f"{other} titles were embedded by another version than the embedder's, {version}: "
        "they are not ranked, and similarity to them means little."
    )
