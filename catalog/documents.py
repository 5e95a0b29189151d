"""The title document: the text that is embedded and that GenRec's content tower sees.

Pure: no Django, so that import, training data and serving call the very same function. The
embedder reads 256 tokens at most, so the most telling fields come first, and lists are short:
nobody finds a film by its ninth actor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

# Part of `embedding_version`: raise it with every change that alters a document.
DOCUMENT_VERSION = 1

MAX_TAGS = 20
MAX_PEOPLE = {"directors": 2, "cast": 4}
MAX_PLACES = 2
# About 180 tokens. The rest of a long synopsis would fall off the end anyway.
MAX_SYNOPSIS_CHARS = 900
# The commonest value says nothing, and would make all documents a little alike.
USUAL_LANGUAGE = "English"
USUAL_COUNTRY = "United States"


class DocumentFacts(Protocol):
    """What the document needs: `catalog.facts.TitleFacts` has it, and so do training rows."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def year(self) -> int | None: ...
    @property
    def genres(self) -> Sequence[str]: ...
    @property
    def directors(self) -> Sequence[str]: ...
    @property
    def cast(self) -> Sequence[str]: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def languages(self) -> Sequence[str]: ...
    @property
    def countries(self) -> Sequence[str]: ...
    @property
    def synopsis(self) -> str: ...


def title_document(facts: DocumentFacts, *, facts_only: bool = False) -> str:
    """Return labelled fields in fixed order, one a line; absent fields are absent.

    Args:
        facts: what is known; people and tags with the most important first.
        facts_only: leave out tags and synopsis. Training drops them at random, so that titles
            with and without descriptions live in one space.
    """
    fields = [
        ("Title", facts.name),
        ("Type", facts.kind),
        ("Year", str(facts.year or "")),
        ("Genres", _listed(facts.genres, len(facts.genres))),
        ("Tags", "" if facts_only else _listed(facts.tags, MAX_TAGS)),
        ("Synopsis", "" if facts_only else _shortened(facts.synopsis)),
        ("Language", _unusual(facts.languages, USUAL_LANGUAGE)),
        ("Country", _unusual(facts.countries, USUAL_COUNTRY)),
        ("Director", _listed(facts.directors, MAX_PEOPLE["directors"])),
        ("Cast", _listed(facts.cast, MAX_PEOPLE["cast"])),
    ]
    return "\n".join(f"{label}: {value}" for label, value in fields if value)


def _listed(values: Sequence[str], limit: int) -> str:
    return ", ".join(values[:limit])


def _unusual(values: Sequence[str], usual: str) -> str:
    return _listed([value for value in values if value != usual], MAX_PLACES)


def _shortened(text: str) -> str:
    """Return `text` on one line, cut at the end of a word."""
    line = " ".join(text.split())
    if len(line) <= MAX_SYNOPSIS_CHARS:
        return line
    return line[:MAX_SYNOPSIS_CHARS].rsplit(" ", 1)[0]
