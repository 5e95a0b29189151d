"""A machine whose launcher the test plays, with two versions, each a scripted GenRec server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from catalog.embedding import embedding_version
from catalog.models import Title
from catalog.slots import assign_slots
from discovery.genrec_client import Circuit
from discovery.versions.address import forget_address
from discovery.versions.machine import Server
from discovery.versions.trial import Trial
from genrec.contract import CONTENT_DIM
from tests.discovery.versions.launcher import Launcher, write_artefact
from tests.genrec_fake import FakeGenRec, fake_genrec


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No address and no failure is remembered from another test."""
    monkeypatch.setattr("discovery.genrec_client._circuit", Circuit())
    forget_address()
    yield
    forget_address()


@pytest.fixture
def passes_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is ready passes: its rows and rankings are not what these tests are about."""

    async def passed(address: str, *, instead_of: str) -> Trial:
        return Trial("genrec-new", 5, 40.0)

    monkeypatch.setattr("discovery.versions.switching.try_out", passed)


@pytest.fixture
def artefacts(settings: LazySettings, tmp_path: Path) -> Path:
    settings.ARTEFACTS_DIR = tmp_path / "artefacts"
    write_artefact(settings.ARTEFACTS_DIR / "v2")
    return tmp_path / "artefacts"


@pytest.fixture
def titles(db: None) -> list[Title]:
    """A few titles that can be ranked."""
    for position in range(5):
        embedding = [0.0] * CONTENT_DIM
        embedding[position] = 1.0
        Title.objects.create(
            name=f"Title {position}",
            embedding=embedding,
            embedding_version=embedding_version(),
            embedded_at=timezone.now(),
        )
    assign_slots()
    return list(Title.objects.rankable())


@pytest.fixture
def old_server() -> Iterator[FakeGenRec]:
    with fake_genrec(ranks=float, boot_id="old", pieces=["old"]) as fake:
        yield fake


@pytest.fixture
def new_server() -> Iterator[FakeGenRec]:
    with fake_genrec(ranks=float, boot_id="new", pieces=["new"]) as fake:
        yield fake


@pytest.fixture
def launcher(
    settings: LazySettings, tmp_path: Path, artefacts: Path, old_server: FakeGenRec
) -> Launcher:
    """The default version serves; nothing was asked for yet."""
    settings.GENREC_CONTROL = tmp_path / "control"
    settings.GENREC_CONTROL.mkdir()
    settings.GENREC_URL = old_server.url
    launcher = Launcher(settings.GENREC_CONTROL)
    launcher.report(default=Server("ready", old_server.url))
    return launcher
