"""Keep text that reads like an instruction to a model out of the catalogue.

A synopsis or name of that sort is held in quarantine, where an editor sees it. Shorter texts
(people, genres, tags) are left out and reported: nobody is called "ignore your instructions".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from catalog.importing.base import RowProblem, TitleRecord
from catalog.importing.matching import Match
from catalog.models import QuarantinedText
from catalog.quarantine import MAX_READ, find_instruction, hold_texts

LISTS = ("genres", "directors", "creators", "writers", "cast", "languages", "countries")
REASON = "reads like an instruction to a model"
HELD = f"{REASON}: held in quarantine for an editor"
# Less than `find_instruction` reads in one go.
MAX_PIECE_CHARS = MAX_READ - 1_000


def screen(match: Match, problems: list[RowProblem]) -> Match | None:
    """Return `match` without instructions: `held` has those that an editor should see.

    None if it is a new title whose name is one: there would be nothing to call it.
    """
    record = match.record
    if not any(map(find_instruction, _texts(record))):
        return match
    kept = _without_terms(match, problems)
    held = {}
    if find_instruction(record.synopsis):
        held["synopsis"], kept["synopsis"] = record.synopsis, ""
        problems.append(_problem(match, "synopsis", record.synopsis, HELD))
    if find_instruction(record.name):
        if match.title_id is None:
            problems.append(_problem(match, "name", record.name, REASON, skipped=True))
            return None
        held["name"] = record.name
        problems.append(_problem(match, "name", record.name, HELD))
    return replace(match, record=record.model_copy(update=kept), held=held)


def hold(held: Sequence[tuple[int, str, str]], source_name: str) -> int:
    """Keep texts apart: title id, field and text of each; return how many are new.

    What an editor decided on before stays decided.
    """
    ids = {title_id for title_id, _, _ in held}
    known = set(
        QuarantinedText.objects.filter(title_id__in=ids, source=source_name).values_list(
            "title_id", "field", "text"
        )
    )
    return hold_texts([(*text, source_name) for text in held if text not in known])


def _texts(record: TitleRecord) -> Iterator[str]:
    """Yield all words of a record in pieces that are read whole: one, but for giants."""
    texts = [record.name, record.certificate, record.synopsis]
    texts += [term for name in LISTS for term in getattr(record, name)]
    texts += record.tags
    piece: list[str] = []
    chars = 0
    for text in texts:
        if chars + len(text) > MAX_PIECE_CHARS:
            yield "\n".join(piece)
            piece, chars = [], 0
        piece.append(text)
        chars += len(text) + 1
    # Lines of their own: no pattern reaches across them.
    yield "\n".join(piece)


def _without_terms(match: Match, problems: list[RowProblem]) -> dict[str, Any]:
    """Return what is left of the fields that have an instruction among their terms."""
    record = match.record
    kept: dict[str, Any] = {}
    for name in LISTS:
        terms = getattr(record, name)
        bad = [term for term in terms if find_instruction(term)]
        problems += [_problem(match, name, term, REASON) for term in bad]
        if bad:
            kept[name] = tuple(term for term in terms if term not in bad)
    bad_tags = [tag for tag in record.tags if find_instruction(tag)]
    problems += [_problem(match, "tags", tag, REASON) for tag in bad_tags]
    if bad_tags:
        kept["tags"] = {tag: n for tag, n in record.tags.items() if tag not in bad_tags}
    if find_instruction(record.certificate):
        problems.append(_problem(match, "certificate", record.certificate, REASON))
        kept["certificate"] = ""
    return kept


def _problem(
    match: Match, column: str, text: str, reason: str, *, skipped: bool = False
) -> RowProblem:
    return RowProblem(match.line, match.row_id, column, text[:200], reason, skipped)
