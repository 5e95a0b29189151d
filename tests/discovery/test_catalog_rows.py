"""Rows of the GenRec server: pushed when missing or changed, cleared when gone, else left alone."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import numpy as np
import pytest
from django.utils import timezone

from catalog.models import Title
from catalog.slots import assign_slots
from discovery import catalog_rows
from discovery.catalog_rows import Reconciled, reconcile_with
from genrec.contract import CONTENT_DIM, CatalogRow
from tests.catalogue import make_catalogue
from tests.discovery.genrec_http import EMBEDDING_VERSION, ScriptedGenRec

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def titles(transactional_db: None, empty_cache: None) -> dict[str, Title]:
    made = make_catalogue()
    for number, title in enumerate(made.values()):
        vector = np.zeros(CONTENT_DIM)
        vector[number] = 1.0
        title.embedding = vector.tolist()
        title.embedding_version = EMBEDDING_VERSION
        title.document_hash = f"hash-{number}"
        title.save()
    return made


def reconcile(server: ScriptedGenRec) -> Reconciled:
    async def run() -> Reconciled:
        async with server.client() as client:
            return await reconcile_with(client)

    return asyncio.run(run())


def test_pushes_every_row_once(titles: dict[str, Title]) -> None:
    server = ScriptedGenRec()
    assert reconcile(server).pushed == len(titles)
    assert set(server.stamps) == {title.slot for title in titles.values()}

    (body,) = server.bodies("PUT /genrec/rows")
    row = next(row for row in body["rows"] if row["slot"] == titles["Alien"].slot)
    assert row["imdb"] == "tt0078748"
    content = np.frombuffer(base64.b64decode(row["content"]), dtype="<f2")
    assert content.argmax() == list(titles).index("Alien")
    assert np.linalg.norm(content) == pytest.approx(1.0)


def test_sends_nothing_when_nothing_changed(titles: dict[str, Title]) -> None:
    server = ScriptedGenRec()
    reconcile(server)
    server.requests.clear()

    assert reconcile(server).pushed == 0
    assert [path for path, _ in server.requests] == ["GET /genrec/state"]


def test_a_restarted_server_gets_its_rows_back(titles: dict[str, Title]) -> None:
    server = ScriptedGenRec()
    reconcile(server)
    server.stamps, server.boot_id, server.rows_version = {}, "boot-2", 0

    assert reconcile(server).pushed == len(titles)


def test_an_edited_title_is_pushed_alone(titles: dict[str, Title]) -> None:
    server = ScriptedGenRec()
    reconcile(server)
    Title.objects.filter(name="Alien").update(document_hash="new", embedded_at=timezone.now())

    assert reconcile(server) == Reconciled(1, 0, len(titles))


def test_an_edit_during_the_push_is_pushed_next(
    titles: dict[str, Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ScriptedGenRec()
    read_rows = catalog_rows._rows

    def read_then_edit(wanted: Sequence[tuple[int, str]]) -> list[CatalogRow]:
        rows = read_rows(wanted)
        Title.objects.filter(name="Alien").update(document_hash="new", embedded_at=timezone.now())
        return rows

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(catalog_rows, "_rows", read_then_edit)
        assert reconcile(server).pushed == len(titles)

    assert reconcile(server).pushed == 1
    assert reconcile(server).pushed == 0


def test_an_edit_that_was_read_before_another_is_pushed(titles: dict[str, Title]) -> None:
    """`embedded_at` is when facts were read: a slow batch is written with an earlier one."""
    server = ScriptedGenRec()
    began = timezone.now()
    Title.objects.filter(name="Alien").update(document_hash="one", embedded_at=timezone.now())
    reconcile(server)

    Title.objects.filter(name="Aliens").update(document_hash="two", embedded_at=began)

    assert reconcile(server).pushed == 1


def test_another_imdb_id_is_pushed(titles: dict[str, Title]) -> None:
    server = ScriptedGenRec()
    reconcile(server)

    titles["Alien"].external_ids.filter(source="imdb").update(value="tt9999999")

    assert reconcile(server).pushed == 1


def test_a_title_without_a_hash_is_known_by_its_time(titles: dict[str, Title]) -> None:
    Title.objects.filter(name="Alien").update(document_hash="")
    server = ScriptedGenRec()
    reconcile(server)

    Title.objects.filter(name="Alien").update(embedded_at=timezone.now())

    assert reconcile(server).pushed == 1


def test_a_server_that_restarts_after_the_push_gets_its_rows_back(
    titles: dict[str, Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ScriptedGenRec()
    put_rows = server._put_rows

    def put_and_restart(body: Mapping[str, Any]) -> httpx.Response:
        reply = put_rows(body)
        server.stamps, server.boot_id, server.rows_version = {}, "boot-2", 0
        return reply

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(server, "_put_rows", put_and_restart)
        reconcile(server)

    assert reconcile(server).pushed == len(titles)


def test_withdrawn_titles_are_cleared_and_new_ones_come(titles: dict[str, Title]) -> None:
    server = ScriptedGenRec()
    reconcile(server)
    Title.objects.filter(name="Alien").update(status=Title.Status.WITHDRAWN)
    Title.objects.create(
        name="New", embedding=[1.0] + [0.0] * (CONTENT_DIM - 1), embedding_version=EMBEDDING_VERSION
    )
    assign_slots()

    done = reconcile(server)
    assert (done.pushed, done.cleared) == (1, 1)
    assert titles["Alien"].slot not in server.stamps


def test_another_embedding_version_is_reported_not_pushed(titles: dict[str, Title]) -> None:
    server = ScriptedGenRec(embedding_version="other")
    done = reconcile(server)

    assert done.pushed == 0
    assert "manage.py refresh_titles" in done.problem


def test_slots_beyond_the_server_are_reported(titles: dict[str, Title]) -> None:
    done = reconcile(ScriptedGenRec(n_slots=10))

    assert done.pushed == 10
    assert f"{len(titles) - 10} titles have slots beyond" in done.problem
