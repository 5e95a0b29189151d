"""Genres, moods, themes and kinds that a message asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from discovery.understanding.lexicon import (
    ALL_GENRES,
    ARTICLES,
    FILM_WORDS,
    HEAD_GENRES,
    IDIOMS,
    MOOD_OF,
    SOFTENERS,
    STRONG_GENRES,
    THEME_OF,
    WEAK_GENRES,
)
from discovery.understanding.terms import Term, TermReader

_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("film", "films", "movie", "movies", "flick", "flicks"), "film"),
    **dict.fromkeys(
        (
            "series",
            "sitcom",
            "sitcoms",
            "miniseries",
            "tv show",
            "tv shows",
            "tv",
            "telly",
            "shows",
        ),
        "series",
    ),
}
LONG_MESSAGE_WORDS = 40
# "A drama student", "a comedy club".
_NO_GENRE_BEFORE = frozenset(
    {"student", "students", "teacher", "teachers", "school", "class", "club", "queen", "queens"}
)
# So many genres in one list are kinds of films, not one film.
LISTED = 3
_LIKED = re.compile(
    r"\b(?:i|we)(?:'m| am|'re| are)?(?: (?:also|really|mostly|usually|mainly|just|both|do|do like|"
    r"big|a|huge))* (?:like|love|enjoy|prefer|adore|into|fans? of)\b"
    r"(?:(?!\b(?:with|that|which|where|mix\w*|combin\w+)\b)[^.!?;\n]){0,30}$"
)
_ANYTHING = FILM_WORDS | {"something", "anything"}
_ABOUT = frozenset({"about", "with", "where", "that", "in", "on"})
# "A film about romance" is about it, not one.
_BEFORE_THEMES = frozenset({"about", "of", "with", "for", "to", "my", "the", "in"})


@dataclass(frozen=True, slots=True)
class ReadTastes(TermReader):
    """Reads what is asked for, after names, numbers and refusals are blanked out."""

    def __call__(self) -> None:
        self._read_compound_moods()
        self._read_genres()
        self._read_moods()
        self._read_themes()
        self._read_kinds()

    # --- genres ---

    def _read_genres(self) -> None:
        named = list(self._genre_terms())
        hard = [term for term in named if not self._is_seasoning(term)]
        field = "genres_any" if self._are_alternatives(hard) else "genres_all"
        for term in named:
            span = self.span(term.first, term.after)
            for genre in ALL_GENRES[term.key]:
                if term in hard:
                    self.reading.add(field, genre, *span)
                else:
                    self.reading.add("moods", f"more {genre.lower()}", *span)
            if term.key == "anime":
                self.reading.add("countries", "Japan", *span)

    def _genre_terms(self) -> Iterator[Term]:
        position = 0
        while position < len(self.words):
            term = self._genre_at(position)
            if term is not None and self._is_given_up(term):
                self.reading.blank(*self.span(term.first, term.after))
            elif term is not None and not self.reading.is_aside(self.words[position].start):
                yield term
            position = term.after if term else position + 1

    def _is_given_up(self, term: Term) -> bool:
        """Say whether something else is wished: "forget the comedy", "more action than drama"."""
        before = [self.key(term.first - back) for back in range(1, 10)]
        if before[0] in ARTICLES | {"the"}:
            del before[0]
        if before[0] == "than" and "more" in before[2:]:
            return True
        return before[0] in {"forget", "scrap"} or before[1::-1] in (
            ["instead", "of"],
            ["rather", "than"],
        )

    def _genre_at(self, position: int) -> Term | None:
        if term := self.term_at(position, STRONG_GENRES):
            return None if self.key(term.after) in _NO_GENRE_BEFORE else term
        term = self.term_at(position, WEAK_GENRES)
        if term and term.key == "family" and self.key(term.after) in {"drama", "dramas"}:
            return None  # A drama about a family, not for one.
        return term if term and self._is_genre_here(term) else None

    def _is_genre_here(self, term: Term) -> bool:
        """Say whether a weak genre word stands where it names a genre."""
        before = self.key(term.first - 1)
        beside = self.term_at(term.after, ALL_GENRES) or self.term_at(term.first - 1, ALL_GENRES)
        joined = before in {"or", "and"} and self.term_at(term.first - 2, ALL_GENRES)
        heads = term.key in HEAD_GENRES and (
            before in ARTICLES
            or len(self.words) <= 3
            or (self._ends_clause(term) and before not in _BEFORE_THEMES)
        )
        alone = len(self.reading.free_words()) == term.count
        return bool(self.key(term.after) in FILM_WORDS or beside or joined or heads or alone)

    def _ends_clause(self, term: Term) -> bool:
        # What has been understood ends it as well: "a French romance after 1990".
        return (
            term.after >= len(self.words)
            or self.comma_before(term.after)
            or not self.reading.is_free(self.words[term.after])
        )

    def _is_seasoning(self, term: Term) -> bool:
        """Say whether a genre is only a seasoning: "with some comedy", "a little romance".

        So it is where something else will do: "thrillers or films about isolation".
        """
        before, second = self.key(term.first - 1), self.key(term.first - 2)
        if before == "some":
            return second in {"with", "and", "but"}
        if before in {"more", "little"} or (before == "of" and second in SOFTENERS):
            return True
        return (
            self.key(term.after) == "or"
            and self.key(term.after + 1) in _ANYTHING
            and self.key(term.after + 2) in _ABOUT
        )

    def _are_alternatives(self, terms: Sequence[Term]) -> bool:
        """Say whether any of the genres will do: "thriller or mystery", "comedies and horror".

        So it is with what somebody likes ("I like comedy and action") and in a list of three or
        more. Those that a long message names in several places are rarely meant all at once.
        """
        is_long = len(self.reading.words) >= LONG_MESSAGE_WORDS
        n_listed = 1
        for term, following in pairwise(terms):
            between = [self.key(i) for i in range(term.after, following.first)]
            gap = self.reading.text[
                self.words[term.after - 1].end : self.words[following.first].start
            ]
            comma = "," in gap and not between
            n_listed += comma or between == ["and"]
            plural = term.key.endswith("s") or following.key.endswith("s")
            joined = between == ["and"] and (plural or self._is_liked(term))
            if "or" in between or joined or (comma and self._is_liked(term)):
                return True
            if is_long and between:
                return True
        return n_listed >= LISTED

    def _is_liked(self, term: Term) -> bool:
        """Say whether a genre is what somebody likes: "I like action", "we're into crime"."""
        before = self.reading.text[: self.words[term.first].start].lower()
        return _LIKED.search(before) is not None

    # --- moods, themes, kinds ---

    def _read_compound_moods(self) -> None:
        """Read "black comedy" as a mood and a comedy, before the comedy is read alone."""
        for term in self._terms(MOOD_OF):
            if term.count > 1:
                last = term.after - (self.key(term.after - 1) in ALL_GENRES)
                self.reading.add("moods", MOOD_OF[term.key], *self.span(term.first, last))

    def _read_moods(self) -> None:
        for term in self._terms(MOOD_OF):
            self.reading.add("moods", MOOD_OF[term.key], *self.span(term.first, term.after))

    def _read_themes(self) -> None:
        """Note themes without blanking them out: the words themselves are good to search with."""
        found = list(self._terms(THEME_OF))
        if found:
            themes = dict.fromkeys(THEME_OF[term.key] for term in found)
            self.reading.fields["themes"] = tuple(themes)
            self.reading.evidence["themes"] = "; ".join(dict.fromkeys(t.key for t in found))

    def _terms(self, known: Mapping[str, str]) -> Iterator[Term]:
        """Yield the terms said, the longest at each place: "con artists" are no artists."""
        position = 0
        while position < len(self.words):
            idiom = self.term_at(position, IDIOMS)
            term = idiom or self.term_at(position, known)
            if term and not idiom:
                yield term
            position = term.after if term else position + 1

    def _read_kinds(self) -> None:
        found: dict[str, tuple[int, int]] = {}
        for position in range(len(self.words)):
            term = self.term_at(position, _KINDS)
            if term and not (term.key == "series" and self.key(term.after) == "of"):
                found.setdefault(_KINDS[term.key], self.span(term.first, term.after))
        if "kinds" not in self.reading.fields and len(found) == 1:
            ((kind, span),) = found.items()
            self.reading.set("kinds", (kind,), *span)
