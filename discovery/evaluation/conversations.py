"""Dialogues in which somebody recommends films: ReDial and INSPIRED.

A case is a turn of the recommender that names films for the first time: given everything said
before, which films? Right answers that were mentioned before are dropped; those that can't be
linked to the catalogue stay, as misses.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from discovery.evaluation.cases import Case, CaseSet, clean, read_cases, read_json
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.index import CatalogueIndex

METRICS = ("Recall@1", "Recall@10", "Recall@20", "Recall@100", "NDCG@10", "MRR")
# What baselines search with: the end of what was said, about what the embedder reads.
TEXT_CHARS = 1000
_RESOURCE = re.compile(r"^<?https?://dbpedia\.org/resource/(?P<name>.+?)>?$")
_BRACKETS = re.compile(r"\s*\((?P<inside>[^()]*)\)\s*$")
_YEAR = re.compile(r"\b(?:18|19|20)\d\d\b")
_SEEKER, _RECOMMENDER = "SEEKER", "RECOMMENDER"
_INSPIRED_COLUMNS = ("dialog_id", "speaker", "text", "movies")


@dataclass(slots=True)
class Linking:
    """Names to titles of the catalogue, counting those that it lacks."""

    index: CatalogueIndex
    found: dict[str, int | None] = field(default_factory=dict)

    def link(self, key: str, name: str, year: int | None) -> int | None:
        if key not in self.found:
            self.found[key] = self.index.by_name(name, year)
        return self.found[key]

    def counts(self, cases: Sequence[Case]) -> dict[str, int]:
        targets = [target for case in cases for target in case.targets]
        return {"targets_not_linked": sum(target is None for target in targets)}


# --- ReDial ---


def read_redial(path: Path, items_path: Path, index: CatalogueIndex) -> CaseSet:
    """Read turns: [{"dialog_id", "turn_id", "context", "resp", "rec", "prev_entity"}], and
    items: {id: DBpedia resource}.

    Raises:
        EvaluationError: a file is not of its form.
    """
    items: Mapping[str, str] = read_json(items_path, dict)
    linking = Linking(index)
    records = read_json(path, list)
    read, odd = read_cases(path, records, lambda record: _redial_case(record, items, linking))
    return _case_set("redial", path, [case for case in read if case.targets], linking, odd)


def _redial_case(
    record: Mapping[str, Any], items: Mapping[str, str | None], linking: Linking
) -> Case:
    context = [clean(text).strip() for text in record["context"]]
    said = [text for text in context if text]
    entities = [str(entity) for entity in record["prev_entity"] or ()]
    words = "\n".join((*said, record.get("resp") or ""))

    def link(entity: str) -> int | None:
        name, year = read_resource(items.get(entity) or "")
        # The dialogues write "Name (Year)", which tells films of one name apart.
        year = year or _year_said(name, words)
        return linking.link(f"{entity}:{year}", name, year)

    mentioned = [link(entity) for entity in entities if entity in items]
    recommended = [str(entity) for entity in record["rec"] or ()]
    targets = [link(entity) for entity in dict.fromkeys(recommended) if entity not in entities]
    return Case(
        case_id=f"{record['dialog_id']}/{record['turn_id']}",
        # Speakers alternate, and the recommender speaks next. Who said nothing had their turn.
        turns=tuple(text for text in reversed(context[::-1][::2]) if text),
        text="\n".join(said)[-TEXT_CHARS:],
        targets=_without(targets, mentioned),
        mentioned=_known(mentioned),
        group=str(record["dialog_id"]),
    )


def read_resource(resource: str) -> tuple[str, int | None]:
    """Return name and year of `<http://dbpedia.org/resource/Heat_(1995_film)>`: ("Heat", 1995)."""
    match = _RESOURCE.match(resource)
    name = unquote(match["name"] if match else resource).replace("_", " ")
    year = None
    while brackets := _BRACKETS.search(name):
        found = _YEAR.search(brackets["inside"])
        year = year or (int(found[0]) if found else None)
        name = name[: brackets.start()]
    return name.strip(), year


def _year_said(name: str, words: str) -> int | None:
    if not name:
        return None
    found = re.search(rf"{re.escape(name)}\s*\((\d{{4}})\)", words, re.IGNORECASE)
    return int(found[1]) if found else None


# --- INSPIRED ---


def read_inspired(path: Path, index: CatalogueIndex) -> CaseSet:
    """Read utterances, tab-separated: dialog_id, speaker, text, movies ("A (1999); B (2001)").

    Raises:
        EvaluationError: the file is not of this form.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{path} can't be read: {error}") from error
    if not rows or any(column not in rows[0] for column in _INSPIRED_COLUMNS):
        raise EvaluationError(f"{path} must have the columns {', '.join(_INSPIRED_COLUMNS)}.")
    linking = Linking(index)
    dialogues = groupby(rows, key=lambda row: row["dialog_id"])
    found = [case for key, one in dialogues for case in _inspired_cases(key, one, linking)]
    if not found:
        raise EvaluationError(f"Nobody recommends a film in {path}.")
    cases, odd = read_cases(path, found, lambda case: case)
    return _case_set("inspired", path, cases, linking, odd)


def _inspired_cases(
    dialogue: str, rows: Iterable[Mapping[str, str]], linking: Linking
) -> Iterator[Case]:
    said: list[tuple[str, str]] = []
    mentioned: dict[str, int | None] = {}
    for number, row in enumerate(rows):
        named = dict(_named(row["movies"] or "", linking))
        new = {name: title_id for name, title_id in named.items() if name not in mentioned}
        if row["speaker"] == _RECOMMENDER and new:
            targets = _without(list(new.values()), mentioned.values())
            if targets:
                yield Case(
                    case_id=f"{dialogue}/{number}",
                    turns=_turns_of(said),
                    text="\n".join(text for _, text in said)[-TEXT_CHARS:],
                    targets=targets,
                    mentioned=_known(mentioned.values()),
                    group=dialogue,
                )
        mentioned |= new
        said.append((row["speaker"], clean(row["text"]).strip()))


def _named(movies: str, linking: Linking) -> Iterator[tuple[str, int | None]]:
    for part in movies.split(";"):
        if words := part.strip():
            name, year = read_resource(words)
            yield words, linking.link(words, name, year)


def _turns_of(said: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return the seeker's messages; what they send in a row is one."""
    spoken = [one for one in said if one[1]]
    messages = groupby(spoken, key=lambda one: one[0])
    return tuple(
        " ".join(text for _, text in texts) for speaker, texts in messages if speaker == _SEEKER
    )


# --- both ---


def _without(targets: Sequence[int | None], seen: Iterable[int | None]) -> tuple[int | None, ...]:
    """Return the targets but those seen; two names of one title are one target."""
    known = {title_id for title_id in seen if title_id is not None}
    kept: list[int | None] = []
    for target in targets:
        if target is None or (target not in known and target not in kept):
            kept.append(target)
    return tuple(kept)


def _known(titles: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(title_id for title_id in titles if title_id is not None))


def _case_set(
    name: str, path: Path, cases: Sequence[Case], linking: Linking, odd: Mapping[str, int]
) -> CaseSet:
    if not cases:
        raise EvaluationError(f"No turn of {path} names a film that was not mentioned before.")
    return CaseSet(
        name,
        cases,
        METRICS,
        per_target=True,
        with_history=True,
        counts={"dialogues": len({case.group for case in cases}), **linking.counts(cases), **odd},
    )
