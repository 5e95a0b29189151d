"""Uploading a history as a browser does, and what came of it."""

from __future__ import annotations

import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from discovery.models import HistoryEntry, HistoryImport
from tests.chat.conversations import viewer_of

HTMX = {"hx-request": "true"}
MIXED = "Title,Date\nAlien,6/1/25\nSilence of the Lambs,6/2/25\nNo Such Film,6/3/25\n,6/4/25\n"


def upload(client: Client, content: str | bytes, name: str = "export", **fields: str) -> str:
    """Upload a file, follow to its page, and return the page."""
    data = content.encode() if isinstance(content, str) else content
    answer = client.post(
        "/history/", {"file": SimpleUploadedFile(name, data), **fields}, follow=True
    )
    return answer.content.decode()


def the_import(client: Client) -> HistoryImport:
    return HistoryImport.objects.get(viewer=viewer_of(client))


def entry(client: Client, name: str) -> HistoryEntry:
    return HistoryEntry.objects.get(batch__viewer=viewer_of(client), name=name)


def counts(page: str) -> dict[str, int]:
    found = re.findall(r'count-n">(\d+)</span> ([\w ]+)</a>', page)
    return {label: int(n) for n, label in found}
