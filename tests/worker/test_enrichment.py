"""Suggesting in the background: one at a time, and a catalogue too young is no failure."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from catalog.models import Suggestion, Tag, Title, TitleTag
from discovery.enrichment.references import FEWEST
from worker.tasks.enrichment import LOCK, suggest_metadata

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def described(catalogue: dict[str, Title]) -> None:
    tags = [
        Tag.objects.create(name=name, group="mood") for name in ("tense", "dark", "funny", "sad")
    ]
    for number in range(FEWEST):
        title = Title.objects.create(name=f"Described {number}")
        TitleTag.objects.bulk_create(
            TitleTag(title=title, tag=tag, provenance="import")
            for tag in (tags[number % 4], tags[(number + 1) % 4], tags[(number + 2) % 4])
        )


def test_the_task_suggests_once(described: None) -> None:
    suggest_metadata(2)
    suggest_metadata(100)
    made = Suggestion.objects.count()
    suggest_metadata(100)

    assert made > 0
    assert Suggestion.objects.count() == made
    assert cache.get(LOCK) is None


def test_only_one_worker_is_at_it(described: None, caplog: pytest.LogCaptureFixture) -> None:
    cache.set(LOCK, 1)
    caplog.set_level("INFO")

    suggest_metadata(2)

    assert not Suggestion.objects.exists()
    assert "another worker" in caplog.text
    assert cache.get(LOCK) == 1


def test_too_few_described_titles_are_reported(
    catalogue: dict[str, Title], caplog: pytest.LogCaptureFixture
) -> None:
    suggest_metadata(2)

    assert "import_catalogue --source starter" in caplog.text
    assert cache.get(LOCK) is None
