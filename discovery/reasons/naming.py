"""Names in a generated sentence: those of its title, its people, and titles linked to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from catalog.text import fold
from discovery.reasons.templates import ReasonContext

NAMES = re.compile(
    r"\b[A-ZÀ-Þ][\w'\u2019.-]*(?:\s+(?:(?:of|the|de|von|van|la|le|da)\s+)?"
    r"[A-ZÀ-Þ][\w'\u2019.-]*)*"
)
CONNECTORS = re.compile(r" (?:of|the|de|von|van|la|le|da) ")


def check_names(sentence: str, context: ReasonContext) -> str:
    """Every capitalised run is (part of) a name that may be named."""
    allowed = padded(nameable(context))
    for match in NAMES.finditer(sentence):
        run = fold(match[0].removesuffix("'s").removesuffix("\u2019s"))
        parts = _name_parts(run, allowed)
        # A sentence starts with a capital: its first word need not be a name.
        if match.start() == 0 and not is_part(run, allowed):
            run = run.partition(" ")[2]
            parts = _name_parts(run, allowed)
            # But no other word than a name's own stands before the rest of it.
            if run and not _is_whole_from_its_start(parts[0], context, allowed):
                return f"names {match[0]!r}"
        if run and not all(is_part(part, allowed) for part in parts):
            return f"names {match[0]!r}"
    return ""


def nameable(context: ReasonContext) -> Iterator[str]:
    facts = context.facts
    yield from (facts.name, *facts.directors, *facts.cast, *facts.writers)
    yield from (*facts.languages, *facts.countries)
    for title in (*context.references, *context.liked):
        yield title.name


def padded(names: Iterable[str]) -> list[str]:
    return [f" {fold(name)} " for name in names]


def is_part(run: str, allowed: Iterable[str]) -> bool:
    return any(f" {run} " in name for name in allowed)


def _name_parts(run: str, allowed: Iterable[str]) -> list[str]:
    """Split "Sigourney Weaver of Alien" into its names, unless it is one name."""
    return [run] if is_part(run, allowed) else CONNECTORS.split(run)


def _is_whole_from_its_start(part: str, context: ReasonContext, allowed: Iterable[str]) -> bool:
    """Return whether a part begins a name, or is the surname of one of the title's people."""
    facts = context.facts
    people = padded((*facts.directors, *facts.cast, *facts.writers))
    return any(name.startswith(f" {part} ") for name in allowed) or any(
        name.endswith(f" {part} ") for name in people
    )
