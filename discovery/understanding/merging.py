"""Take from GenRec's parse only what the viewer's own words support.

A small model errs. So only words that the rules left unread may be labelled, each must be a word
of the message, a title must be in the catalogue, and nothing that the rules have read is changed.
No hard filter ever comes from the model: moods, themes and titles to be like only move the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.text import fold
from discovery.understanding.linking import CatalogueNames, NamedTitle, Names
from discovery.understanding.model_parse import Label, unread_words
from genrec.contract import Query, TitleRef

_FIELDS: Mapping[str, str] = {"mood": "moods", "theme": "themes", "place": "themes"}


@dataclass(slots=True)
class Merged:
    """The Query after the merge, and what was taken or not, for the trace."""

    query: Query
    accepted: dict[str, list[str]] = field(default_factory=dict)
    rejected: dict[str, list[str]] = field(default_factory=dict)


def titles_among(words: Iterable[str], names: Names | None = None) -> dict[str, NamedTitle]:
    """Return the words that are titles of the catalogue, with the best known of that name."""
    keys = {fold(word): word for word in words}
    found = (names or CatalogueNames()).titles(keys.keys())
    return {keys[key]: titles[0] for key, titles in found.items()}


def merge_labels(
    lexical: Query, labels: Mapping[str, Label], message: str, titles: Mapping[str, NamedTitle]
) -> Merged:
    """Return the lexical Query with the labelled words in their fields.

    A word that is taken leaves `text`: moods and themes are searched as well. "other" stays
    there, and is no rejection.
    """
    merged = Merged(lexical)
    update: dict[str, Any] = {"text": lexical.text, "evidence": dict(lexical.evidence)}
    readable = set(unread_words(lexical))
    said = f" {fold(message)} "
    for word, label in labels.items():
        if label == "other":
            continue
        name, value = _value_of(word, label, titles)
        if word not in readable or f" {fold(word)} " not in said or value is None:
            merged.rejected.setdefault(label, []).append(word)
            continue
        update[name] = (*update.get(name, getattr(lexical, name)), value)
        update["text"] = _without(update["text"], word)
        update["evidence"][name] = "; ".join(filter(None, (update["evidence"].get(name), word)))
        merged.accepted.setdefault(label, []).append(word)
    if merged.accepted:
        merged.query = lexical.model_copy(update=update)
    return merged


def _value_of(
    word: str, label: Label, titles: Mapping[str, NamedTitle]
) -> tuple[str, str | TitleRef | None]:
    """Return the field and the value of a labelled word; None if it can't be what it is called."""
    if label == "title":
        title = titles.get(word)
        if title is None:
            return "like", None
        return "like", TitleRef(mention=word, title_id=title.title_id, label=title.label)
    if label == "mood" and word[0].isupper():
        # A name within a sentence is no mood: "Tokyo" is where it plays.
        return "themes", word
    return _FIELDS[label], word if word[0].isupper() else fold(word)


def _without(text: str, word: str) -> str:
    return " ".join(other for other in text.split() if other != word)
