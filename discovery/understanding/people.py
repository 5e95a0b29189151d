"""People that a message names: "by Kubrick", "with Bill Murray", "a Tom Hanks film".

A name with such words around it must hold; a bare name only moves the ranking.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from discovery.types import Correction
from discovery.understanding.dictionary import is_common, is_word
from discovery.understanding.lexicon import COMMON_WORDS, FILM_WORDS, STRONG_GENRES, THEME_OF
from discovery.understanding.linking import NamedPerson, Names
from discovery.understanding.patterns import REFUSED
from discovery.understanding.words import Reading, Word
from genrec.contract import PersonRef

Role = Literal["any", "director", "cast", "writer"]

_PERSON_TRIGGERS: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("writer", re.compile(r"\b(?:written by|writer)\s")),
    ("director", re.compile(r"\b(?:directed by|director|from director|by|from)\s(?:the )?")),
    ("cast", re.compile(r"\b(?:starring|with|featuring|stars?|acted by|actor|actress)\s")),
)
_NEGATED = re.compile(
    rf"\b{REFUSED}"
    r"(?: (?:more|any|anything|anyone|other|one|ones|that|is|are|by|with|films?|movies?|a|an|the|"
    r"from|of|else|directed|starring|featuring|see|to)){0,4}\s*$"
)
# A message is looked through for this many misspelt names without a word before them.
_MOST_GUESSES = 3


@dataclass(frozen=True, slots=True)
class ReadPeople:
    """Reads the people of one message. `people` are those whose names occur in it, by key."""

    reading: Reading
    names: Names
    people: Mapping[str, NamedPerson]

    def __call__(self) -> None:
        for role, pattern in _PERSON_TRIGGERS:
            for trigger in list(pattern.finditer(self.reading.left)):
                if "\x00" not in trigger[0]:
                    self._read_people_after(role, trigger)
        for first, count in self.reading.spans(longest=4):
            run = self.reading.words[first : first + count]
            if count > 1 and all(map(self.reading.is_free, run)):
                self._read_untriggered_person(run, self.people.get(_key_of(run)))
        if not self.reading.literal:
            self._read_misspelt_names()
        self._read_lone_surname()

    def _read_people_after(self, role: Role, trigger: re.Match[str]) -> None:
        """Read the people listed after a trigger. "A and B" must both hold, "A or B" should."""
        position, start = trigger.end(), trigger.start()
        end_of_clause = re.split(r"[.;!?]", self.reading.left[position:], maxsplit=1)[0]
        hard = " or " not in end_of_clause[:60]
        while (first := self.reading.index_at(position)) is not None:
            if position != trigger.end() and self.reading.words[first].key in {"and", "or"}:
                first += 1
            run, person = self._person_at(first, role, trigger[0].strip())
            if person is None:
                return
            self._take_person(person, role, run, start, hard=hard)
            position = run[-1].end
            start = position
            gap = self.reading.text[position : position + 5].lower()
            if not gap.startswith((" and ", ", ", " or ", " & ")):
                return

    def _person_at(
        self, first: int, role: Role, trigger: str
    ) -> tuple[list[Word], NamedPerson | None]:
        words = self.reading.words
        for count in (4, 3, 2):
            run = words[first : first + count]
            if len(run) == count and all(map(self.reading.is_free, run)):
                person = self.people.get(_key_of(run))
                if person and _has_role(person, role):
                    return run, person
        return self._guess_person(first, role, trigger)

    def _guess_person(
        self, first: int, role: Role, trigger: str
    ) -> tuple[list[Word], NamedPerson | None]:
        """Try a surname alone ("by Kubrick") and a misspelt name ("by Stanly Kubrick")."""
        run = []
        for word in self.reading.words[first : first + 3]:
            # A name may come in small letters, if it is no English word.
            named = word.text[0].isupper() or not is_word(word.key)
            if not (named and self.reading.is_free(word)) or word.key in COMMON_WORDS:
                break
            run.append(word)
        if run and not run[0].text[0].isupper() and self.reading.literal:
            run = []
        following = self.reading.words[first : first + 2]
        if all(is_word(word.key) for word in following):
            following = []
        for tried in (run[:2], run, following, run[:1]):
            if len(tried) < 1 + (trigger in {"from", "with", "star", "stars"}):
                continue
            if all(map(self.reading.is_free, tried)) and (found := self._similar(tried, role)):
                return tried, found
        return run, None

    def _similar(self, run: list[Word], role: Role) -> NamedPerson | None:
        """Return who is meant by a surname, or by a name with a slip in it."""
        key = _key_of(run)
        if any(word.key in COMMON_WORDS for word in run) or all(is_common(w.key) for w in run):
            return None
        if self.reading.literal and len(run) > 1:
            return None
        person = self.names.similar_person(key)
        if person is None or not _has_role(person, role) or person.credits < 2:
            return None
        return None if self.reading.literal and not person.key.endswith(f" {key}") else person

    def _read_misspelt_names(self) -> None:
        """Read "Chistopher Nolen" without a word that leads to it: two words, one of them odd."""
        guesses = 0
        for run in zip(self.reading.words, self.reading.words[1:], strict=False):
            if guesses >= _MOST_GUESSES:
                return
            odd = any(not is_word(word.key) and len(word.key) > 3 for word in run)
            capitals = all(w.text[0].isupper() and not is_common(w.key) for w in run)
            if not (odd or capitals) or not all(map(self.reading.is_free, run)):
                continue
            if any(word.key in COMMON_WORDS or word.key in THEME_OF for word in run):
                continue
            guesses += 1
            if person := self._similar(list(run), "any"):
                self._read_untriggered_person(list(run), person)

    def _read_untriggered_person(self, run: list[Word], person: NamedPerson | None) -> None:
        """Read "a Tom Hanks film", "Tom Hanks comedies" (must be his) and a bare name (should)."""
        if person is None or not (run[0].capitalised or person.credits >= 5):
            return
        after = self.reading.left[run[-1].end :].lstrip("'s ").split(" ", 1)[0].strip(".,!?")
        hard = after in FILM_WORDS or after in STRONG_GENRES
        self._take_person(person, "any", run, run[0].start, hard=hard)

    def _read_lone_surname(self) -> None:
        """Read "Spielberg" alone and "a Spielberg film": the director best known by that name."""
        for position, word in enumerate(self.reading.words):
            following = self.reading.words[position + 1 : position + 2]
            beside_film = bool(following) and following[0].key in FILM_WORDS
            alone = len(self.reading.free_words()) == 1
            alone |= bool(_NEGATED.search(self.reading.left[: word.start]))
            if not (word.text[0].isupper() and self.reading.is_free(word)) or (
                word.key in COMMON_WORDS or not (beside_film or alone)
            ):
                continue
            person = self.names.similar_person(word.key)
            if person is not None and person.directed >= 3:
                self._take_person(person, "director", [word], word.start, hard=True)

    def _take_person(
        self, person: NamedPerson, role: Role, run: list[Word], start: int, *, hard: bool
    ) -> None:
        mention = self.reading.text[run[0].start : run[-1].end]
        refused = _NEGATED.search(self.reading.left[:start])
        reference = PersonRef(
            mention=mention[:200], person_id=person.person_id, role=role, label=person.name
        )
        # "I've seen all Tom Hanks films" asks for no Tom Hanks.
        field = "people_required" if hard and not self.reading.is_aside(start) else "people"
        if refused:
            field, start = "people_none", refused.start()
        self.reading.add(field, reference, start, run[-1].end)
        key = _key_of(run)
        if key != person.key and not person.key.endswith(f" {key}"):
            self.reading.corrections.append(Correction(mention, person.name))


def _key_of(run: Sequence[Word]) -> str:
    """Return the folded name, "James Dean" of "James Dean's"."""
    key = " ".join(word.key for word in run)
    return key[:-1] if run[-1].text.lower().endswith("'s") else key


def _has_role(person: NamedPerson, role: Role) -> bool:
    match role:
        case "director":
            return person.directed > 0
        case "writer":
            return person.written > 0
        case "cast":
            return person.played > 0
        case _:
            return True
