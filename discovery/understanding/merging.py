"""Take from GenRec's parse only what the viewer's own words support.

A small model invents. So a mood or theme must be words of the message; a title or person must be
words of the message and in the catalogue; a genre must be named by a word of the message that the
lexicon knows; and nothing that the rules have read is overridden. A hard filter is never taken
on the model's word alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from catalog.text import fold
from discovery.understanding.lexicon import (
    ALL_GENRES,
    COMMON_WORDS,
    FILLERS,
    MOOD_OF,
    THEME_OF,
)
from discovery.understanding.linking import CatalogueNames, Names
from discovery.understanding.model_parse import WrittenQuery
from genrec.contract import PersonRef, Query, TitleRef


@dataclass(slots=True)
class Merged:
    """The Query after the merge, and what was taken or not, for the trace."""

    query: Query
    accepted: dict[str, list[str]] = field(default_factory=dict)
    rejected: dict[str, list[str]] = field(default_factory=dict)


def merge_model_parse(
    lexical: Query, written: WrittenQuery, message: str, names: Names | None = None
) -> Merged:
    """Return the lexical Query with what GenRec adds and the message supports."""
    merge = _Merge(lexical, f" {fold(message)} ", names or CatalogueNames())
    merge.words("moods", written.moods)
    merge.words("themes", written.themes)
    merge.titles(written.like)
    merge.people(written.people)
    merge.genres("genres_any", written.genres)
    merge.genres("genres_none", written.no)
    query = lexical.model_copy(
        update={**merge.update, "evidence": {**lexical.evidence, **merge.evidence}}
    )
    return Merged(query, merge.accepted, merge.rejected)


@dataclass(slots=True)
class _Merge:
    lexical: Query
    message: str
    names: Names
    update: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, list[str]] = field(default_factory=dict)
    rejected: dict[str, list[str]] = field(default_factory=dict)

    def words(self, name: str, terms: list[str]) -> None:
        """Take moods and themes that the message says and no rule has read."""
        known = MOOD_OF if name == "moods" else THEME_OF
        for term, key in self._said(name, terms):
            canonical = known.get(key, key)
            if canonical in self._values(name) or self._was_read(key):
                continue  # the rules have read it: nothing to add, nothing wrong
            if key in FILLERS or key in ALL_GENRES or all(w in COMMON_WORDS for w in key.split()):
                self._note(self.rejected, name, term)
            else:
                self._take(name, canonical, term)

    def titles(self, mentions: list[str]) -> None:
        for mention, key in self._said("like", mentions):
            taken = (*self.lexical.like, *self.lexical.unlike, *self.lexical.exclude_titles)
            titles = self.names.titles({key}).get(key, [])
            if any(fold(ref.mention) in key or key in fold(ref.mention) for ref in taken):
                continue
            if not titles or self._was_read(key) or all(w in COMMON_WORDS for w in key.split()):
                self._note(self.rejected, "like", mention)
                continue
            title = titles[0]
            self._take(
                "like",
                TitleRef(mention=mention, title_id=title.title_id, label=title.label),
                mention,
            )

    def people(self, mentions: list[str]) -> None:
        for mention, key in self._said("people", mentions):
            known = (*self.lexical.people, *self.lexical.people_required)
            if any(key in fold(ref.text) for ref in known):
                continue
            person = self.names.people({key}).get(key)
            if person is None:
                self._note(self.rejected, "people", mention)
            else:
                reference = PersonRef(
                    mention=mention, person_id=person.person_id, label=person.name
                )
                self._take("people", reference, mention)

    def genres(self, name: str, terms: list[str]) -> None:
        """Take a genre only as a mood: rules alone decide what is a hard genre."""
        prefix = "less" if name == "genres_none" else "more"
        for term, key in self._said(name, terms):
            genres = ALL_GENRES.get(key, ())
            settled = {
                *self.lexical.genres_all,
                *self.lexical.genres_any,
                *self.lexical.genres_none,
            }
            if genres and settled.issuperset(genres):
                continue
            if not genres or self._was_read(key):
                self._note(self.rejected, name, term)
            else:
                self._take("moods", f"{prefix} {genres[0].lower()}", term)

    def _said(self, name: str, terms: list[str]) -> Iterator[tuple[str, str]]:
        """Yield the terms that are words of the message, with their keys."""
        for term in terms:
            key = fold(term)
            if key and f" {key} " in self.message:
                yield term, key
            else:
                self._note(self.rejected, name, term)

    def _was_read(self, key: str) -> bool:
        """Say whether the rules used these words for something else."""
        return any(f" {key} " in f" {fold(span)} " for span in self.lexical.evidence.values())

    def _values(self, name: str) -> tuple[Any, ...]:
        values: tuple[Any, ...] = self.update.get(name, getattr(self.lexical, name))
        return values

    def _take(self, name: str, value: Any, words: str) -> None:
        if value in self._values(name):
            return
        self.update[name] = (*self._values(name), value)
        self.evidence[name] = "; ".join(
            filter(None, (self.evidence.get(name) or self.lexical.evidence.get(name), words))
        )
        self._note(self.accepted, name, words)

    @staticmethod
    def _note(kept: dict[str, list[str]], name: str, term: str) -> None:
        kept.setdefault(name, []).append(term)
