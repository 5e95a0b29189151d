"""What a message refuses: "no horror, gore or musicals", "not too violent", "less scary"."""

from __future__ import annotations

from dataclasses import dataclass

from discovery.understanding.lexicon import (
    ALL_GENRES,
    BRIDGES,
    CANNOTS,
    COMMON_WORDS,
    CONTENT_OF,
    FILM_WORDS,
    MILD,
    MOOD_OF,
    NEGATIONS,
    REFUSES_ANY,
    TALK,
    THEME_OF,
)
from discovery.understanding.terms import Term, TermReader

_BEARS = frozenset({"stand", "bear", "handle", "stomach", "face"})
_PHRASES = frozenset(
    {("leave", "out"), ("leave", "off"), ("rule", "out"), ("cut", "out"), ("free", "of")}
    | {("anything", "but"), ("everything", "but"), ("all", "but")}
    | {("drop", "the"), ("lose", "the"), ("ditch", "the"), ("enough", "of"), ("no", "longer")}
    | {(weary, "of") for weary in ("sick", "tired", "bored")}
    | {(cannot, verb) for cannot in CANNOTS for verb in _BEARS}
)
_JOINS = frozenset({"or", "nor", "and"})
_SUBTITLES = frozenset({"subtitles", "subtitle", "subs"})
_SERIES = frozenset({"series", "sitcom", "sitcoms", "miniseries", "tv", "shows", "tv shows"})
_MAX_BRIDGES = 5
# Who is "not alone" is somebody of the story.
_OF_STORY = frozenset(
    {"im", "youre", "who", "whos", "he", "hes", "she", "shes", "they", "theyre", "were", "am"}
)
_SAYS_LITTLE = frozenset(
    {"idea", "preference", "problem", "rush", "thank", "matter", "special", "fancy", "yet", "worry"}
    | {"worries", "alone", "here", "there", "necessarily", "interested", "doubt", "clue", "reason"}
    | {
        "available",
        "limited",
        "known",
        "usual",
        "usually",
        "subtitled",
        "dubbed",
        "happens",
        "happen",
        "longer",
        "shorter",
        "older",
        "newer",
        "earlier",
    }
)
_WITHOUT = frozenset({"no", "non", "without"})
_SAID_WITHOUT = frozenset(
    form for form in MOOD_OF.keys() | THEME_OF.keys() if form.split(" ")[0] in _WITHOUT
)
_REFUSABLE = CONTENT_OF.keys() | ALL_GENRES.keys() | MOOD_OF.keys() | THEME_OF.keys()


@dataclass(frozen=True, slots=True)
class ReadRefusals(TermReader):
    """Reads negated lists. Content and genres become hard, moods count against a title."""

    def __call__(self) -> None:
        for start in range(len(self.words)):
            if self._is_answer(start) or self._says_term(start):
                continue
            if self.key(start) in NEGATIONS or self._is_too(start) or self._is_phrase(start):
                self._read_list(start)

    def _is_phrase(self, start: int) -> bool:
        """Say whether a refusal of two words ends here: "leave out any horror", "can't stand"."""
        return (self.key(start - 1), self.key(start)) in _PHRASES

    def _is_answer(self, start: int) -> bool:
        """Say whether "no" answers what was shown and refuses nothing: "no, something funny"."""
        after = start + 1
        return self.key(start) == "no" and after < len(self.words) and self.comma_before(after)

    def _says_term(self, start: int) -> bool:
        """Say whether "no" is part of what is asked for: "no CGI", "with no memory"."""
        return self.term_at(start, _SAID_WITHOUT) is not None

    def _is_too(self, start: int) -> bool:
        """Say whether "too" says of the last cards what is wrong: "these are too violent"."""
        return self.key(start) == "too" and not self.comma_before(
            min(start + 1, len(self.words) - 1)
        )

    def _read_list(self, start: int) -> None:
        position = self._skip_bridges(start + 1)
        is_phrase = self._is_phrase(start)
        between = {self.key(i) for i in range(start, position)}
        mild = bool(between & MILD) and self.key(start) not in {"no", "without"}
        # What somebody can't stand is a taste; what is left out is a condition.
        if self.key(start) in _BEARS:
            self._read_tastes(position, start)
            return
        taken = False
        while (term := self._take_term(position, start, mild=mild)) is not None:
            taken, position = True, self._after_film_words(term.after)
            if not self._goes_on(position):
                break
            if self.key(position) in _JOINS:
                position = self._skip_bridges(position + 1)
        if taken or self._take_unknown(position, start):
            self.reading.blank(*self.span(start - is_phrase, start + 1))

    def _take_unknown(self, position: int, start: int) -> bool:
        """Take a word that no vocabulary has: "isn't pretentious" counts against such titles.

        Only where the clause ends behind it, and where it is not somebody who isn't so.
        """
        said = self.key(start)
        word = self.key(position)
        if said not in REFUSES_ANY or len(word) < 4 or not word.isalpha():
            return False
        if word in COMMON_WORDS | TALK | _SAYS_LITTLE or self.words[position].text[0].isupper():
            return False
        before = {self.key(start - 1), self.key(start - 2)}
        if before & _OF_STORY or not self._ends_clause(position):
            return False
        between = {self.key(i) for i in range(start, position)}
        if "the" in between:  # "A film that isn't The Shining" names one.
            return False
        if said in {"dont", "never"} and between.isdisjoint({"want", "too", "is", "be"}):
            return False
        self.reading.add("moods", f"less {word}", *self.span(start, position + 1))
        return True

    def _ends_clause(self, position: int) -> bool:
        after = position + 1
        return (
            after >= len(self.words)
            or self.comma_before(after)
            or self.key(after) in _JOINS | {"but", "please", "though", "thanks"}
            or not self.reading.is_free(self.words[after])
        )

    def _read_tastes(self, position: int, start: int) -> None:
        """Read one thing that somebody can't stand: moods and themes count against a title."""
        for terms in (MOOD_OF, THEME_OF):
            if term := self.term_at(position, terms):
                span = self.span(start, term.after)
                self.reading.add("moods", f"less {terms[term.key]}", *span)
                return
        self._take_term(position, start, mild=True)

    def _goes_on(self, position: int) -> bool:
        """Say whether the list continues: "or", or terms between commas that end in "or".

        "No horror, gore or musicals" refuses three things; "no horror, something tense" one.
        """
        while position < len(self.words) and self.key(position) not in _JOINS:
            term = self.term_at(position, _REFUSABLE)
            if term is None or not self.comma_before(position):
                return False
            position = self._after_film_words(term.after)
        return self.key(position) in _JOINS and self.key(position + 1) not in NEGATIONS

    def _skip_bridges(self, position: int) -> int:
        limit = position + _MAX_BRIDGES
        while position < limit and self.key(position) in BRIDGES:
            position += 1
        return position

    def _after_film_words(self, position: int) -> int:
        while self.key(position) in FILM_WORDS:
            position += 1
        return position

    def _take_term(self, position: int, start: int, *, mild: bool) -> Term | None:
        """Take one refused term, of the first vocabulary that knows it."""
        if term := self.term_at(position, CONTENT_OF):
            note = CONTENT_OF[term.key]
            limits = {**self.reading.fields.get("content_max", {}), note: 1 if mild else 0}
            self.reading.set("content_max", limits, *self.span(start, term.after))
        elif not self._is_about(start, position) and (term := self.term_at(position, ALL_GENRES)):
            term = self._refuse_genre(term, start)
        elif term := self.term_at(position, MOOD_OF):
            self.reading.add("moods", f"less {MOOD_OF[term.key]}", *self.span(start, term.after))
        elif term := self.term_at(position, THEME_OF):
            self.reading.add("moods", f"less {THEME_OF[term.key]}", *self.span(start, term.after))
        elif term := self.term_at(position, _SUBTITLES):
            self.reading.set("languages", ("English",), *self.span(start, term.after))
        elif term := self.term_at(position, _SERIES):
            self.reading.set("kinds", ("film",), *self.span(start, term.after))
        return term

    def _is_about(self, start: int, position: int) -> bool:
        """Say whether a subject is refused, not a genre: "not about the war"."""
        return any(self.key(i) == "about" for i in range(start, position))

    def _refuse_genre(self, term: Term, start: int) -> Term:
        """Refuse a genre; of "no romantic comedies" only the romance: other comedies may stay."""
        span = self.span(start, term.after)
        following = self.term_at(term.after, ALL_GENRES)
        genre = ALL_GENRES[term.key][0]
        if self.key(start) in {"less", "too"} or self.key(start + 1) == "too":
            self.reading.add("moods", f"less {genre.lower()}", *span)
        else:
            self.reading.add("genres_none", genre, *span)
        if following is None:
            return term
        self.reading.blank(*self.span(following.first, following.after))
        return following
