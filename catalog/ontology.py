"""The vocabulary of vibes: terms with a group, a gloss and what people say for them.

One file, `ontology.toml`, is read by the catalogue (tags), the parser (moods and themes) and the
training of GenRec (wishes), so that all three mean the same by a word.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

GROUPS = ("mood", "tone", "pace", "style", "theme", "setting")
# Groups that the Query calls moods; the others are its themes.
MOOD_GROUPS = frozenset({"mood", "tone", "pace", "style"})
PATH = Path(__file__).with_name("ontology.toml")


class OntologyError(ValueError):
    """The file breaks a rule; the message says which term, and what to do."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term: its name, group, gloss, synonyms, and the genres that it leans to (0 to 1)."""

    name: str
    group: str
    gloss: str
    synonyms: tuple[str, ...] = ()
    leans: Mapping[str, float] = field(default_factory=dict)

    @property
    def forms(self) -> tuple[str, ...]:
        """Everything that says this term, its name first."""
        return (self.name, *self.synonyms)

    @property
    def is_mood(self) -> bool:
        return self.group in MOOD_GROUPS


@dataclass(frozen=True, slots=True)
class Ontology:
    """All terms by name, and the term that each form says."""

    version: int
    terms: Mapping[str, Term]
    by_form: Mapping[str, Term]

    def find(self, words: str) -> Term | None:
        """Return the term that lower-case `words` say, or None."""
        return self.by_form.get(words)


@cache
def load_ontology() -> Ontology:
    """Return the project's ontology, read once. Raises OntologyError."""
    return parse_ontology(tomllib.loads(PATH.read_text(encoding="utf-8")))


def parse_ontology(data: Mapping[str, Any]) -> Ontology:
    """Return the ontology that a parsed file describes.

    Raises:
        OntologyError: a group is unknown, a gloss is missing, or two terms share a form.
    """
    terms: dict[str, Term] = {}
    by_form: dict[str, Term] = {}
    for group, entries in data.items():
        if group == "version":
            continue
        if group not in GROUPS:
            raise OntologyError(f"Unknown group {group!r}: use one of {', '.join(GROUPS)}.")
        for name, entry in entries.items():
            term = _term(name, group, entry)
            terms[name] = term
            for form in term.forms:
                other = by_form.setdefault(form, term)
                if other is not term:
                    raise OntologyError(
                        f"{form!r} is said for {other.name!r} and for {name!r}: keep it in one."
                    )
    return Ontology(int(data["version"]), terms, by_form)


def _term(name: str, group: str, entry: Mapping[str, Any]) -> Term:
    if not entry.get("gloss"):
        raise OntologyError(f"{name!r} has no gloss: write one line that says when to use it.")
    forms = (name, *entry.get("synonyms", ()))
    for form in forms:
        if form != form.lower() or form != form.strip():
            raise OntologyError(f"{form!r} of {name!r} is not in lower case.")
    return Term(name, group, entry["gloss"], forms[1:], dict(entry.get("leans", {})))
