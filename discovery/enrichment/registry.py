"""The suggesters by name, and the one that is used unless somebody asks for another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from discovery.enrichment.judging import GenRecSuggester
from discovery.enrichment.keyword import KeywordSuggester
from discovery.enrichment.mixture import MixtureSuggester
from discovery.enrichment.nearest import NearestSuggester
from discovery.enrichment.references import References
from discovery.enrichment.types import Suggester

_BUILDERS: Mapping[str, Callable[[References], Suggester]] = {
    "keyword": lambda references: KeywordSuggester(),
    "nearest": NearestSuggester,
    "mixture": MixtureSuggester,
    "genrec": lambda references: GenRecSuggester(MixtureSuggester(references)),
}
NAMES = tuple(_BUILDERS)
# What won on held-out records, see docs/enrichment.md.
DEFAULT = "mixture"


def build(name: str, references: References) -> Suggester:
    """Return the suggester of that name. Raises KeyError for a name not in `NAMES`."""
    return _BUILDERS[name](references)
