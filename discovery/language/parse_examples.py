"""Examples of the parse: a wish and the words that no rule has read -> a label of each.

A seed of `parse_seeds.jsonl` is one wish as a person types it, with the label of every word that
the rules leave unread. `expand` says the same in other words: another beekeeper, another city,
another synonym of the same ontology term, another invented film, a typo, no capitals. Every
variant is read by the rules again, as the app would, and only kept if each unread word is known.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from catalog.ontology import load_ontology
from catalog.text import fold
from discovery.language.record import LanguageExample, is_held_out, number_of, wire_messages
from discovery.understanding.lexical import parse
from discovery.understanding.linking import About, NamedCollection, NamedPerson, NamedTitle
from discovery.understanding.model_parse import (
    Label,
    labels_model,
    prompt_messages,
    unread_words,
)
from discovery.understanding.refining import patched
from genrec.contract import Query

SEEDS = Path(__file__).with_name("parse_seeds.jsonl")
WORDS = Path(__file__).with_name("parse_words.toml")
# Besides the seed itself: other words, other words in another shape, another shape alone.
VARIANTS = ("words", "words", "both", "both", "shape")
_NEWEST_YEAR = 2025
_WELL_KNOWN = 0.9
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Seed:
    """A wish, and what its unread words are.

    `swaps` names the list of `parse_words.toml` whose words fit in a word's place; `titles` and
    `people` are those that the catalogue has, so that the rules read them; `before` is what the
    earlier turns have left unread.
    """

    id: str
    text: str
    labels: Mapping[str, Label]
    held_out: bool
    swaps: Mapping[str, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class _InventedNames:
    """`linking.Names` of a catalogue that holds what one seed says it holds."""

    known_titles: Collection[str]
    known_people: Collection[str]

    def titles(self, keys: Collection[str]) -> dict[str, list[NamedTitle]]:
        return {
            fold(name): [NamedTitle(number, fold(name), name, 2001, _WELL_KNOWN)]
            for number, name in enumerate(self.known_titles, 1)
            if fold(name) in keys
        }

    def people(self, keys: Collection[str]) -> dict[str, NamedPerson]:
        return {
            fold(name): NamedPerson(number, fold(name), name, 5, 5, 5)
            for number, name in enumerate(self.known_people, 1)
            if fold(name) in keys
        }

    def similar_title(self, key: str, *, literal: bool = False) -> NamedTitle | None:
        return None

    def similar_person(self, key: str) -> NamedPerson | None:
        return None

    def about(self, title_ids: Collection[int]) -> dict[int, About]:
        return {}

    def similarities(self, title_ids: Collection[int], words: str) -> dict[int, float]:
        return {}

    def newest_year(self) -> int:
        return _NEWEST_YEAR

    def collections(self) -> list[NamedCollection]:
        return []


def load_seeds() -> list[Seed]:
    """Return all seeds, in the order of the file."""
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    return [_seed_of(json.loads(line)) for line in lines]


def _seed_of(record: Mapping[str, Any]) -> Seed:
    names = {key: tuple(record.get(key, ())) for key in ("titles", "people")}
    return Seed(**{**record, **names})


@cache
def load_words() -> Mapping[str, Any]:
    """Return `parse_words.toml`, read once."""
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


def read_unread(seed: Seed) -> list[str]:
    """Return the words that GenRec is asked about when the seed's text is typed."""
    films = [word for word, label in seed.labels.items() if label == "title"]
    query = parse(seed.text, _InventedNames((*seed.titles, *films), seed.people)).query
    if seed.before:
        query = patched(Query(text=seed.before), query)
    return unread_words(query)


def parse_examples() -> Iterator[LanguageExample]:
    """Yield every seed and its variants as the app would ask, with the answer to learn.

    No text is yielded twice, on either side of the split: what is held out comes first.
    """
    seen: set[str] = set()
    for seed in sorted(load_seeds(), key=lambda seed: not seed.held_out):
        for number, (variant, words) in enumerate(expand(seed)):
            key = f"{fold(variant.text)} | {variant.before}"
            if key not in seen:
                yield _example_of(variant, words, f"{seed.id}.{number}")
            seen.add(key)


def _example_of(seed: Seed, words: Sequence[str], example_id: str) -> LanguageExample:
    answer = {word: seed.labels[word] for word in words}
    # Most plain words are the name of some film, so the app often allows that label in vain.
    titles = [
        word
        for word in words
        if answer[word] == "title" or number_of(f"{example_id} {word}") % 4 == 0
    ]
    return {
        "id": example_id,
        "task": "parse",
        "messages": wire_messages(prompt_messages(seed.text, words)),
        # Spaced as the grammar of the server spaces it.
        "answer": json.dumps(answer, ensure_ascii=False),
        "held_out": seed.held_out,
        "schema": labels_model(words, titles).model_json_schema(),
    }


def expand(seed: Seed) -> Iterator[tuple[Seed, list[str]]]:
    """Yield the seed and its variants, always the same ones, each with its unread words.

    A variant whose words are not all known after the change is left out.
    """
    yield seed, read_unread(seed)
    rng = random.Random(seed.id)  # noqa: S311 - reproducible choice, no secret
    for kind in VARIANTS:
        variant = seed
        if kind != "shape":
            variant = _with_other_words(variant, rng)
        if kind != "words":
            variant = _in_another_shape(variant, rng)
        words = read_unread(variant)
        labels = {word: label for word in words if (label := _label_of(word, variant)) is not None}
        if words and len(labels) == len(words):
            yield replace(variant, labels={**variant.labels, **labels}), words


def _label_of(word: str, seed: Seed) -> Label | None:
    if word in seed.labels:
        return seed.labels[word]
    folded = {fold(known): label for known, label in seed.labels.items()}
    if fold(word) in folded:
        return folded[fold(word)]
    return "other" if fold(word) in load_words()["around"]["labels_nothing"] else None


def _with_other_words(seed: Seed, rng: random.Random) -> Seed:
    """Swap labelled words, names and ontology forms for others that mean the same kind."""
    for word, name in seed.swaps.items():
        if rng.random() < 0.8:
            seed = _swapped(seed, word, rng.choice(_words_of(name, seed.held_out)))
    for kind in ("titles", "people"):
        for name in getattr(seed, kind):
            seed = _renamed(seed, kind, name, rng)
    return replace(seed, text=_with_articles(_with_synonyms(seed.text, rng)))


@cache
def _words_of(name: str, held_out: bool) -> list[str]:
    """Return a list's words for one side of the split: the other side never meets them here."""
    return [word for word in load_words()[name]["words"] if is_held_out(word) == held_out]


def _swapped(seed: Seed, old: str, new: str) -> Seed:
    if new in seed.labels or old not in seed.labels:
        return seed
    labels = {new if word == old else word: label for word, label in seed.labels.items()}
    return replace(seed, text=_replaced(seed.text, old, new), labels=labels)


def _renamed(seed: Seed, kind: str, name: str, rng: random.Random) -> Seed:
    known: tuple[str, ...] = getattr(seed, kind)
    others = [n for n in load_words()["names"][kind] if is_held_out(n) == seed.held_out]
    new = rng.choice(others)
    if new in known or rng.random() < 0.3:
        return seed
    renamed = tuple(new if other == name else other for other in known)
    text = _replaced(seed.text, name, new)
    if kind == "titles":
        return replace(seed, text=text, titles=renamed)
    return replace(seed, text=text, people=renamed)


def _with_synonyms(text: str, rng: random.Random) -> str:
    """Say ontology terms by other forms of theirs, where the forms fit in the same place."""
    for group in load_words()["same_term"]["groups"]:
        # The plain test first: there are far more forms than a wish has words.
        said = [form for form in group if form in text and re.search(rf"\b{form}\b", text)]
        if len(said) == 1 and rng.random() < 0.6:
            text = _replaced(text, said[0], rng.choice(group))
    return text


def _with_articles(text: str) -> str:
    """Repair "a elegant" and "an punchy" after a swap."""

    def repaired(match: re.Match[str]) -> str:
        an = match[2][0].lower() in "aeiou" and not match[2].lower().startswith(("uni", "one"))
        return f"{match[1]}{'n' if an else ''} {match[2]}"

    return re.sub(r"\b([aA])n? (\w+)", repaired, text)


def _in_another_shape(seed: Seed, rng: random.Random) -> Seed:
    """Type it differently: in lower case, without marks, with a typo, with a greeting."""
    around = load_words()["around"]
    shape = rng.choice(("lower", "bare", "typo", "typo", "before", "after", "upper", "end"))
    if shape in {"lower", "bare"}:
        text = seed.text.lower()
        return replace(seed, text=re.sub(r"[,.!?;:]", "", text) if shape == "bare" else text)
    if shape == "upper":
        return replace(seed, text=seed.text.upper())
    if shape == "typo":
        return _misspelt(seed, rng)
    if shape == "before":
        return replace(seed, text=rng.choice(around["before"]) + seed.text)
    after = rng.choice(around["after"]) if shape == "after" else rng.choice((".", "!", " ."))
    return replace(seed, text=seed.text.rstrip(".!?") + after)


def _misspelt(seed: Seed, rng: random.Random) -> Seed:
    """Misspell one labelled word, or one that the rules would have read as an ontology term."""
    known: dict[str, Label] = dict(seed.labels)
    for word in _WORD.findall(seed.text):
        term = load_ontology().find(word)
        if term is not None:
            known[word] = "mood" if term.is_mood else "theme"
    words = [word for word, label in known.items() if len(word) > 5 and label != "title"]
    if not words:
        return seed
    old = rng.choice(words)
    new = _misspell(old, rng)
    if load_ontology().find(new) is not None or new in known:
        return seed
    labels = {word: label for word, label in seed.labels.items() if word != old}
    return replace(seed, text=_replaced(seed.text, old, new), labels={**labels, new: known[old]})


def _misspell(word: str, rng: random.Random) -> str:
    """Return a word with one slip of the fingers, never in its first two letters."""
    at = rng.randrange(2, len(word) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


def _replaced(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text)
