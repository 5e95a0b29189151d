"""Genres, moods, themes, content notes, kinds, languages and countries that a message names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from discovery.understanding.lexicon import (
    CONTENT,
    COUNTRIES,
    FILM_WORDS,
    HEAD_GENRES,
    MOODS,
    PLACES,
    STRONG_GENRES,
    THEMES,
    WEAK_GENRES,
)
from discovery.understanding.linking import within_one_edit
from discovery.understanding.words import Reading, Word

_ALL_GENRES = STRONG_GENRES | WEAK_GENRES
_LONGEST_TERM = 4
_NEGATIONS = frozenset(
    "no not without nor avoid except never nothing minus non isnt hate skip dont less hates "
    "excluding neither".split()
)
# Words that may stand between a negation and what it negates: "no more of those romantic ...".
_BRIDGES = frozenset(
    "too very really so much many any more a an the kind of type that thats is be overly "
    "want like wanna anything something films film movies movie with to much super extremely "
    "all those these excessively particularly particular lots lot watch please stuff scenes".split()
)
_JOINS = frozenset({"or", "nor", "and"})
_SOFTENERS = frozenset("some bit little touch elements element dash hint hints more lots".split())
_MILD = frozenset("too very overly less so super extremely excessively isnt not much".split())
_ARTICLES = frozenset("a an some good great another more best other classic".split())
_KINDS = {
    "film": "film", "films": "film", "movie": "film", "movies": "film", "flick": "film",
    "flicks": "film", "series": "series", "sitcom": "series", "sitcoms": "series",
    "miniseries": "series", "tv show": "series", "tv shows": "series", "tv": "series",
    "shows": "series", "tv series": "series",
}
MOOD_OF = {form: mood for mood, (forms, _) in MOODS.items() for form in forms}
THEME_OF = {form: theme for theme, (forms, _) in THEMES.items() for form in forms}
_CONTENT_OF = {form: note for note, forms in CONTENT.items() for form in forms}
_TYPO_GENRES = tuple(word for word in _ALL_GENRES if len(word) >= 5 and " " not in word)
_KNOWN = set(_ALL_GENRES) | set(MOOD_OF) | set(THEME_OF) | set(_CONTENT_OF) | FILM_WORDS


@dataclass(frozen=True, slots=True)
class Term:
    """A run of free words that the lexicon knows."""

    first: int
    count: int
    key: str

    @property
    def after(self) -> int:
        return self.first + self.count


@dataclass(slots=True)
class ReadTastes:
    """Reads the descriptive words of one message, after names and numbers are blanked out."""

    reading: Reading

    def __call__(self) -> None:
        self._read_negated()
        self._read_places()
        self._read_genres()
        self._read_terms("moods", MOOD_OF)
        self._read_themes()
        self._read_kinds()

    # --- reading words ---

    @property
    def words(self) -> list[Word]:
        return self.reading.words

    def _key(self, position: int) -> str:
        """Return the folded word at a position; empty outside the message or once understood."""
        if not 0 <= position < len(self.words):
            return ""
        word = self.words[position]
        return word.key if self.reading.is_free(word) else ""

    def _term_at(self, position: int, known: Iterable[str] | Mapping[str, object]) -> Term | None:
        for count in range(_LONGEST_TERM, 0, -1):
            keys = [self._key(position + i) for i in range(count)]
            if all(keys) and (key := " ".join(keys)) in known:
                return Term(position, count, key)
        return None

    def _span(self, first: int, after: int) -> tuple[int, int]:
        return self.words[first].start, self.words[after - 1].end

    def _comma_before(self, position: int) -> bool:
        between = self.reading.text[self.words[position - 1].end : self.words[position].start]
        return any(mark in between for mark in ",;.!?")

    # --- negations ---

    def _read_negated(self) -> None:
        """Read "no horror, gore or musicals", "not too violent", "less scary"."""
        for start in range(len(self.words)):
            if self._key(start) in _NEGATIONS:
                self._read_negated_list(start)

    def _read_negated_list(self, start: int) -> None:
        position = self._skip_bridges(start + 1)
        between = {self._key(i) for i in range(start, position)}
        mild = bool(between & _MILD) and self._key(start) not in {"no", "without"}
        taken = 0
        while (term := self._negated_term(position, mild, start)) is not None:
            taken, position = taken + 1, term.after
            while self._key(position) in FILM_WORDS:
                position += 1
            if self._key(position) in _JOINS:
                position = self._skip_bridges(position + 1)
            elif not (position < len(self.words) and self._comma_before(position)):
                break
            elif self._key(position) in _NEGATIONS:
                break
        if taken:
            self.reading.blank(*self._span(start, start + 1))

    def _skip_bridges(self, position: int) -> int:
        limit = position + 5
        while position < limit and self._key(position) in _BRIDGES:
            position += 1
        return position

    def _negated_term(self, position: int, mild: bool, start: int) -> Term | None:
        """Take one negated term, of the first vocabulary that knows it."""
        if term := self._term_at(position, _CONTENT_OF):
            note = _CONTENT_OF[term.key]
            limits = {**self.reading.fields.get("content_max", {}), note: 1 if mild else 0}
            self.reading.set("content_max", limits, *self._span(start, term.after))
        elif term := self._term_at(position, _ALL_GENRES):
            # "No romantic comedies" excludes romances: comedies without romance stay welcome.
            genre = _ALL_GENRES[term.key][0]
            if self._key(start) == "less" or self._key(start + 1) == "too":
                self.reading.add("moods", f"less {genre.lower()}", *self._span(start, term.after))
            else:
                self.reading.add("genres_none", genre, *self._span(start, term.after))
            if following := self._term_at(term.after, _ALL_GENRES):
                self.reading.blank(*self._span(following.first, following.after))
                term = following
        elif term := self._term_at(position, MOOD_OF):
            self.reading.add("moods", f"less {MOOD_OF[term.key]}", *self._span(start, term.after))
        elif term := self._term_at(position, {"subtitles", "subtitle", "subs"}):
            self.reading.set("languages", ("English",), *self._span(start, term.after))
        elif (term := self._term_at(position, _KINDS)) and _KINDS[term.key] == "series":
            self.reading.set("kinds", ("film",), *self._span(start, term.after))
        return term

    # --- languages and countries ---

    def _read_places(self) -> None:
        for position in range(len(self.words)):
            if term := self._term_at(position, PLACES):
                self._read_place_word(term)
            before = self._key(position - 1)
            if before in {"from", "in"} and (term := self._term_at(position, COUNTRIES)):
                # "From Japan" is where it was made; "in Japan" may be only where it plays.
                if before == "from" or self._key(position - 2) in {"made", "produced", "filmed"}:
                    self._add_countries(COUNTRIES[term.key], position - 1, term.after)

    def _read_place_word(self, term: Term) -> None:
        language, countries = PLACES[term.key]
        before, after = self._key(term.first - 1), self._key(term.after)
        spoken = before == "in" or after in {"language", "speaking", "dialogue", "audio"}
        if spoken and language:
            first = term.first - 1 if before == "in" else term.first
            last = term.after + (after in {"language", "speaking", "dialogue", "audio"})
            self.reading.add("languages", language, *self._span(first, last))
        elif countries and (self._beside_film(term) or len(self.reading.free_words()) <= 2):
            self._add_countries(countries, term.first, term.after)

    def _beside_film(self, term: Term) -> bool:
        """Say whether "film", a genre, or one more word and then such a word follows."""
        for offset in (0, 1, 2):
            key = self._key(term.after + offset)
            if key in FILM_WORDS or self._term_at(term.after + offset, _ALL_GENRES):
                return True
            if key not in MOOD_OF and key not in PLACES and key not in {"or", "and"}:
                return False
        return False

    def _add_countries(self, countries: Iterable[str], first: int, after: int) -> None:
        span = self._span(first, after)
        for country in countries:
            self.reading.add("countries", country, *span)

    # --- genres ---

    def _read_genres(self) -> None:
        self._correct_typos()
        terms = [t for p in range(len(self.words)) if (t := self._genre_at(p))]
        named = [t for i, t in enumerate(terms) if i == 0 or t.first >= terms[i - 1].after]
        hard = [term for term in named if not self._softened(term)]
        field = "genres_any" if self._are_alternatives(hard) else "genres_all"
        for term in named:
            span = self._span(term.first, term.after)
            for genre in _ALL_GENRES[term.key]:
                if term in hard:
                    self.reading.add(field, genre, *span)
                else:
                    self.reading.add("moods", f"more {genre.lower()}", *span)
            if term.key == "anime":
                self.reading.add("countries", "Japan", *span)

    def _correct_typos(self) -> None:
        """Read "commedy" as "comedy": one slip in a long genre word that means nothing else."""
        for position, word in enumerate(self.words):
            if len(word.key) < 5 or word.key in _KNOWN or not self.reading.is_free(word):
                continue
            for genre in _TYPO_GENRES:
                if word.key[0] == genre[0] and within_one_edit(word.key, genre):
                    self.words[position] = Word(word.text, genre, word.start, word.end)
                    break

    def _genre_at(self, position: int) -> Term | None:
        if term := self._term_at(position, STRONG_GENRES):
            return term
        term = self._term_at(position, WEAK_GENRES)
        if term is None:
            return None
        followed = self._key(term.after) in FILM_WORDS or self._term_at(term.after, _ALL_GENRES)
        heads = term.key in HEAD_GENRES and (
            self._key(term.first - 1) in _ARTICLES or len(self.words) <= 3
        )
        joined = self._key(term.first - 1) in {"or", "and"} and self._term_at(
            term.first - 2, _ALL_GENRES
        )
        paired = self._term_at(term.first - 1, _ALL_GENRES)
        alone = len(self.reading.free_words()) == term.count
        return term if followed or heads or joined or paired or alone else None

    def _softened(self, term: Term) -> bool:
        """Say whether a genre is only a seasoning: "with some comedy", "a bit of romance"."""
        near = [self._key(term.first - i) for i in (1, 2, 3)]
        if near[0] in {"more", "some", "of"} and (
            near[0] != "some" or near[1] in {"with", "and", "but"}
        ):
            return near[0] != "of" or near[1] in _SOFTENERS
        return False

    def _are_alternatives(self, terms: list[Term]) -> bool:
        """Say whether any of the genres will do: "thriller or mystery", "comedies and dramas"."""
        for term, following in zip(terms, terms[1:], strict=False):
            between = [self._key(i) for i in range(term.after, following.first)]
            if "or" in between:
                return True
            plural = term.key.endswith("s") and following.key.endswith("s")
            if plural and between == ["and"]:
                return True
        return False

    # --- moods, themes, kinds ---

    def _read_terms(self, field: str, known: Mapping[str, str]) -> None:
        for position in range(len(self.words)):
            if term := self._term_at(position, known):
                self.reading.add(field, known[term.key], *self._span(term.first, term.after))

    def _read_themes(self) -> None:
        for position in range(len(self.words)):
            if term := self._term_at(position, THEME_OF):
                theme = THEME_OF[term.key]
                known = self.reading.fields.get("themes", ())
                if theme not in known:
                    self.reading.fields["themes"] = (*known, theme)
                # Cited, but not blanked out: the words themselves are good to search with.
                self.reading.evidence["themes"] = "; ".join(
                    filter(None, (self.reading.evidence.get("themes"), term.key))
                )

    def _read_kinds(self) -> None:
        found: dict[str, tuple[int, int]] = {}
        for position in range(len(self.words)):
            term = self._term_at(position, _KINDS)
            if term is None or (term.key == "series" and self._key(term.after) == "of"):
                continue
            found.setdefault(_KINDS[term.key], self._span(term.first, term.after))
        if "kinds" not in self.reading.fields and len(found) == 1:
            ((kind, span),) = found.items()
            self.reading.set("kinds", (kind,), *span)

