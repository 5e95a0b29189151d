"""A catalogue that can be searched by everything at once."""

from __future__ import annotations

import pytest

from catalog.embedding import refresh_stale
from catalog.models import Title
from tests.catalogue import make_catalogue


@pytest.fixture
def titles(transactional_db: None, empty_cache: None) -> dict[str, Title]:
    """The small catalogue, seen by other threads and connections, too."""
    made = make_catalogue()
    refresh_stale()
    return made
