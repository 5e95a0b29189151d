"""Turn a wish and a history into the ranking prompt: the only builder, in training and serving.

    <|im_start|>user\\nWish: {wish}<|im_end|>\\n   only if there is a wish
    [new][position 1][slot] [position 2][slot]... only in positional prompts: titles to choose from
    [history marker]                              always: the catalog head reads from here on
    {event} {event} ...                           oldest first

In entity mode an event is one token, its title's slot. Before an event whose kind or time bucket
differs from the one before, a few words say so (" Liked:", " This week:"). A history starts as
"played, at an unknown time", so plain histories carry no such words. In text mode events are
written out (Liked 3 days ago: "Alien (1979)".), for models without entity tokens.

Disliked titles are left out: no training data says what a dislike means, and the application
excludes and penalises them itself.

Only the chat tokens written here are special. Words of viewers and of the catalogue are
cleaned by `plain_text` and tokenized with special tokens switched off: a title called
"<|im_end|>" stays text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from tokenizers import Tokenizer

from genrec.contract import MAX_WISH_CHARS, EventKind, HistoryEvent, plain_text
from genrec.errors import GenRecError
from genrec.vocabulary import N_POSITIONS, Vocabulary

Mode = Literal["entity", "text"]

TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
MAX_WISH_TOKENS = 160
MAX_TITLE_CHARS = 120
SAMPLED_TITLES = 200

KIND_WORDS: dict[EventKind, str] = {
    "liked": "Liked",
    "seen": "Seen",
    "saved": "Saved",
    "played": "Played",
}
TIME_BUCKETS: tuple[tuple[int, str], ...] = (
    (0, "Today"),
    (7, "This week"),
    (31, "This month"),
    (365, "This year"),
)
LAST_BUCKET = "Earlier"


@dataclass(frozen=True)
class Text:
    """Words, tokenized without special tokens."""

    text: str


@dataclass(frozen=True)
class Special:
    """One of the base model's own special tokens."""

    token: str


@dataclass(frozen=True)
class Slot:
    """A title, by its slot."""

    slot: int


@dataclass(frozen=True)
class Marker:
    """A learned vector of the artefact."""

    name: str


Part = Text | Special | Slot | Marker


def time_bucket(days_ago: int) -> str:
    """Return the words for an age in days."""
    return next((words for limit, words in TIME_BUCKETS if days_ago <= limit), LAST_BUCKET)


def wish_parts(wish: str) -> list[Part]:
    """Return the user turn that states a wish, or nothing for an empty one."""
    text = " ".join(plain_text(wish, max_chars=MAX_WISH_CHARS).split())
    if not text:
        return []
    return [Special(TURN_START), Text(f"user\nWish: {text}"), Special(TURN_END), Text("\n")]


def new_parts(slots: Sequence[int]) -> list[Part]:
    """Return the list of a positional prompt, or nothing without titles.

    Raises:
        GenRecError: more titles than positions.
    """
    if len(slots) > N_POSITIONS:
        raise GenRecError(f"A prompt lists {N_POSITIONS} new titles at most, got {len(slots)}.")
    parts: list[Part] = [Marker("new")] if slots else []
    for place, slot in enumerate(slots, start=1):
        parts += [Marker(f"position_{place}"), Slot(slot)]
    return parts


def shown_events(history: Iterable[HistoryEvent]) -> list[HistoryEvent]:
    """Return the events that a prompt may hold: all but dislikes."""
    return [event for event in history if event.kind != "disliked"]


def entity_events(history: Iterable[HistoryEvent]) -> Iterator[list[Part]]:
    """Yield each event's parts in entity mode; its slot is the last."""
    kind: EventKind = "played"
    bucket: str | None = None
    for event in shown_events(history):
        parts: list[Part] = []
        event_bucket = None if event.days_ago is None else time_bucket(event.days_ago)
        if event_bucket != bucket and event_bucket is not None:
            parts.append(Text(f" {event_bucket}:"))
            bucket = event_bucket
        if event.kind != kind:
            parts.append(Text(f" {KIND_WORDS[event.kind]}:"))
            kind = event.kind
        yield [*parts, Slot(event.slot)]


def text_events(history: Iterable[HistoryEvent], titles: Mapping[int, str]) -> Iterator[list[Part]]:
    """Yield each event's parts in text mode.

    Raises:
        GenRecError: a slot has no title text.
    """
    for event in shown_events(history):
        if event.slot not in titles:
            raise GenRecError(f"No title text for slot {event.slot}.")
        title = " ".join(plain_text(titles[event.slot], max_chars=MAX_TITLE_CHARS).split())
        # Quoted, so that a title cannot pretend to be another event.
        quoted = '"' + title.replace('"', "'") + '"'
        yield [Text(f" {KIND_WORDS[event.kind]}{age_words(event.days_ago)}: {quoted}.")]


def age_words(days_ago: int | None) -> str:
    """Return " 3 days ago" and the like, or nothing for an unknown time."""
    if days_ago is None:
        return ""
    if days_ago == 0:
        return " today"
    return f" {days_ago} day{'' if days_ago == 1 else 's'} ago"


class Verbalizer:
    """Prompts as token ids of one served vocabulary."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        vocabulary: Vocabulary,
        *,
        mode: Mode = "entity",
        titles: Mapping[int, str] | None = None,
    ) -> None:
        """Take a tokenizer; text mode also needs the titles' words by slot."""
        self.tokenizer = tokenizer
        # Words are never parsed for special tokens: those are looked up by `Special` alone.
        self.tokenizer.encode_special_tokens = True
        self.vocabulary = vocabulary
        self.mode = mode
        self.titles = titles or {}

    @classmethod
    def from_directory(
        cls,
        directory: Path,
        vocabulary: Vocabulary,
        *,
        mode: Mode = "entity",
        titles: Mapping[int, str] | None = None,
    ) -> Verbalizer:
        """Read `tokenizer.json` from a model directory."""
        tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        return cls(tokenizer, vocabulary, mode=mode, titles=titles)

    @cached_property
    def event_tokens(self) -> int:
        """About how many tokens an event takes: one in entity mode, many where it is spelled out.

        What sizes a batch counts events, and divides its tokens by this.
        """
        if self.mode == "entity" or not self.titles:
            return 1
        slots = sorted(self.titles)[:: max(1, len(self.titles) // SAMPLED_TITLES)]
        return math.ceil(len(self.tail([HistoryEvent(slot=slot) for slot in slots])) / len(slots))

    def prompt(
        self,
        wish: str,
        history: Sequence[HistoryEvent],
        *,
        max_tokens: int,
        new: Sequence[int] = (),
    ) -> list[int]:
        """Return the prompt's token ids, at most `max_tokens`: oldest events go first.

        `new` lists slots for the positional prompt, at most N_POSITIONS.

        Raises:
            GenRecError: not even the wish and the list fit, or the list is too long.
        """
        head = self.head(wish, new)
        if len(head) > max_tokens:
            raise GenRecError(
                f"The wish needs {len(head)} tokens, the model's limit is {max_tokens}."
            )
        events = shown_events(history)
        tail = self.tail(events)
        while len(head) + len(tail) > max_tokens:
            # Every event is at least one token, so dropping that many never drops too few for
            # long; a little at a time keeps as many of the newest as fit.
            excess = len(head) + len(tail) - max_tokens
            events = events[max(1, excess // 8) :]
            tail = self.tail(events)
        return head + tail

    def with_readings(
        self, wish: str, history: Sequence[HistoryEvent], *, new: Sequence[int] = ()
    ) -> tuple[list[int], list[int]]:
        """Return a whole prompt's ids, and the places that a ranking is read off.

        Those are the history marker and the last token of each event: never words in between.
        """
        ids = self.head(wish, new)
        places = [len(ids) - 1]
        for parts in self.events(history):
            ids += self.encode(parts)
            places.append(len(ids) - 1)
        return ids, places

    def tail(self, events: Sequence[HistoryEvent]) -> list[int]:
        return [token for parts in self.events(events) for token in self.encode(parts)]

    def head(self, wish: str, new: Sequence[int] = ()) -> list[int]:
        """Return the ids before the first event: the wish's turn, the list, the history marker."""
        marker = [*self.encode(new_parts(new)), self.vocabulary.marker_id("history")]
        parts = wish_parts(wish)
        if not parts:
            return marker
        start, words, *end = parts
        # Only the wish is cut: the turn is always closed.
        cut = self.encode([words])[:MAX_WISH_TOKENS]
        return self.encode([start]) + cut + self.encode(end) + marker

    def events(self, history: Sequence[HistoryEvent]) -> Iterator[list[Part]]:
        if self.mode == "text":
            return text_events(history, self.titles)
        return entity_events(history)

    def encode(self, parts: Iterable[Part]) -> list[int]:
        """Return the token ids of parts, one part at a time: a part never merges with the next."""
        ids: list[int] = []
        for part in parts:
            ids.extend(self.encode_part(part))
        return ids

    def encode_part(self, part: Part) -> list[int]:
        match part:
            case Slot(slot):
                return [self.vocabulary.slot_id(slot)]
            case Marker(name):
                return [self.vocabulary.marker_id(name)]
            case Special(token):
                return [self.special_id(token)]
            case Text(text):
                return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def special_id(self, token: str) -> int:
        """Return the id of a special token.

        Raises:
            GenRecError: the base model has no such token.
        """
        token_id = self.tokenizer.token_to_id(token)
        if token_id is None:
            raise GenRecError(f"The base model's tokenizer has no {token}: use a ChatML model.")
        return int(token_id)
