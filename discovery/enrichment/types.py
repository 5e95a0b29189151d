"""What suggesters read and say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from catalog.facts import TitleFacts

ProposalKind = Literal["term", "content", "keyword"]
# As many as an editor reads through, and about as many as a person writes.
MAX_TERMS = 8
MAX_KEYWORDS = 8


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing that a suggester says of a title.

    Attributes:
        value: a term of the ontology, a content note's name, or a keyword.
        weight: 1 to 3; of a content note 0 to 3.
        confidence: the probability that a describer would say it too, as the suggester sees it.
    """

    kind: ProposalKind
    value: str
    weight: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Description:
    """What somebody who knows a title said of it."""

    terms: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """A title with its description. `key` tells it from others, for good."""

    key: str
    facts: TitleFacts
    description: Description


class Suggester(Protocol):
    """Reads titles and proposes their descriptions."""

    @property
    def name(self) -> str:
        """What the command line calls it."""
        ...

    @property
    def version(self) -> str:
        """Names the method and all that it was fitted on; acceptance is counted by it."""
        ...

    def suggest(self, titles: Sequence[TitleFacts]) -> list[list[Proposal]]:
        """Return the proposals for each title, in order; the surest first within a kind."""
        ...
