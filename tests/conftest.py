"""What all tests of the web application share: personas, a small catalogue, a running product.

Tests run against a real PostgreSQL and a real Redis or Valkey, named by the environment
(`bin/test` starts both). The running product and its GenRec server are started once, by the first
test that asks for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.conf import LazySettings, settings
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck

from catalog.embedding import embedding_version, refresh_stale
from catalog.groups import EDITORS, OPERATORS
from catalog.models import Title
from tests.catalogue import make_catalogue
from tests.genrec_server import GenRecServer, free_port, make_tiny_model, start_genrec
from tests.live import LiveProduct, start_product

# Made-up cases are the same in every run, and a slow one on a busy machine is no failure.
hypothesis.settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running, which others can't share."""
    items.sort(key=lambda item: "tests/e2e/" in item.nodeid)


@pytest.fixture(autouse=True)
def plain_static_files(request: pytest.FixtureRequest) -> None:
    """Templates name static files without the manifest that `collectstatic` writes."""
    overridable: LazySettings = request.getfixturevalue("settings")
    backend = "django.contrib.staticfiles.storage.StaticFilesStorage"
    overridable.STORAGES = {**overridable.STORAGES, "staticfiles": {"BACKEND": backend}}


# --- personas ---


@pytest.fixture
def visitor() -> Client:
    """A guest in the chat."""
    return Client()


@pytest.fixture
def other_visitor() -> Client:
    """Another guest, who must see nothing of the first one's."""
    return Client()


@pytest.fixture
def editor(db: None) -> User:
    """Somebody who may edit the catalogue, and nothing else."""
    return member_of(EDITORS)


@pytest.fixture
def operator(db: None) -> User:
    """Somebody who runs the product, and may see what was asked and answered."""
    return member_of(OPERATORS)


def member_of(group: str) -> User:
    """Return a new member of staff in one of the groups that `migrate` keeps."""
    user = User.objects.create_user(group, password="correct horse battery", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


# --- catalogue ---


@pytest.fixture
def catalogue(db: None) -> dict[str, Title]:
    """The small catalogue, by name, with slots but without embeddings."""
    return make_catalogue()


@pytest.fixture
def embedded_catalogue(catalogue: dict[str, Title]) -> dict[str, Title]:
    """The small catalogue as an import leaves it: searchable and embedded."""
    refresh_stale()
    for title in catalogue.values():
        title.refresh_from_db()
    return catalogue


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """Limits and the status pill start from nothing."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test reads its messages itself: another's catalogue is not this one's."""
    monkeypatch.setattr("discovery.understanding.remembering.LONGEST", 0)


@pytest.fixture(autouse=True)
def many_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests come from one address, many in the same minute."""
    monkeypatch.setattr("chat.viewers.ARRIVALS_PER_MINUTE", 10_000)


@pytest.fixture(autouse=True)
def just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test finds a process that has just started: a server away may be warming up."""
    monkeypatch.setattr("discovery.genrec_client._STARTED", time.monotonic())


@pytest.fixture(autouse=True)
def nothing_cut_short(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes of a question is no matter of how busy the machine is.

    Tests of a limit set it themselves, after this.
    """
    overridable: LazySettings = request.getfixturevalue("settings")
    overridable.GENREC_RANK_TIMEOUT_S = overridable.GENREC_PARSE_TIMEOUT_S = 60.0
    monkeypatch.setattr("discovery.selection.highs.TIME_LIMIT_S", 60.0)


# --- the running product ---


@pytest.fixture(scope="session")
def genrec_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model: two layers, made in seconds, both heads."""
    return make_tiny_model(tmp_path_factory.mktemp("tiny"), embedding_version=embedding_version())


@pytest.fixture(scope="session")
def genrec_processes() -> Iterator[ExitStack]:
    """What ends with the session, however often a test has restarted it."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def genrec_server(genrec_model: Path, genrec_processes: ExitStack) -> GenRecServer:
    """A real vLLM server with the tiny model."""
    started = start_genrec(genrec_model, free_port(), settings.GENREC_API_KEY)
    return genrec_processes.enter_context(started)


@pytest.fixture
def restart_genrec(
    genrec_model: Path, genrec_server: GenRecServer, genrec_processes: ExitStack
) -> Callable[[], GenRecServer]:
    """Return a function that starts the server again, where it was, after a test killed it."""
    port = urlsplit(genrec_server.url).port or 0

    def restart() -> GenRecServer:
        started = start_genrec(genrec_model, port, genrec_server.api_key)
        return genrec_processes.enter_context(started)

    return restart


@pytest.fixture(scope="session")
def product(
    genrec_server: GenRecServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveProduct]:
    """Web, worker and schedule as processes of their own, with a database of their own."""
    directory = tmp_path_factory.mktemp("live")
    with start_product(genrec_url=genrec_server.url, directory=directory) as product:
        yield product
