"""The starter metadata: schema, prose, what it covers, and that its facts agree with others'."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from catalog.importing.omdb_sample import sample_path
from catalog.starter.lint import lint_collection, lint_record
from catalog.starter.records import StarterError, StarterRecord, read_part, read_starter
from catalog.text import fold

RECORD: dict[str, Any] = {
    "key": "tt0078748",
    "imdb": "tt0078748",
    "kind": "film",
    "title": "Alien",
    "year": 1979,
    "directors": ["Ridley Scott"],
    "cast": ["Sigourney Weaver"],
    "logline": (
        "Woken early by a signal nobody meant for them, the tired crew of an ore ship bring "
        "something back through the airlock. Pipes drip, lights fail, and every corridor is a "
        "throat."
    ),
    "vibes": {"tense": 3, "claustrophobic": 3, "slow burn": 2, "bleak": 2, "scary": 3},
    "content": {
        "violence": 2, "gore": 2, "sex": 0, "language": 1, "scary": 3, "sad_ending": 0,
    },
    "audience_age": 16,
    "keywords": ["spaceship", "android", "cat"],
}  # fmt: skip


def record(**changes: Any) -> StarterRecord:
    return StarterRecord.model_validate(RECORD | changes)


@cache
def all_records() -> tuple[StarterRecord, ...]:
    return tuple(read_starter())


# --- the collection as it is ---


def test_it_covers_what_people_ask_for() -> None:
    records = all_records()
    films = [r for r in records if r.kind == "film"]
    assert len(records) >= 2000
    assert len(records) - len(films) >= 250
    assert sum(2015 <= r.year <= 2025 for r in films) >= 500
    assert sum(r.year < 1940 for r in films) >= 50
    countries = Counter(country for r in records for country in r.countries)
    assert len(countries) >= 25
    assert {"Spirited Away"} <= {r.title for r in films}


def test_its_prose_passes_the_checks() -> None:
    assert lint_collection(all_records()) == []


def test_records_agree_with_the_default_catalogue() -> None:
    """Same id, same title, year, director and runtime: anything else is a wrong id or a slip."""
    with closing(sqlite3.connect(f"file:{sample_path()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT imdbID, Title, Year, Director, Runtime FROM omdb")
        facts: dict[str, tuple[Any, ...]] = {}
        for imdb, *known in rows:
            facts.setdefault(imdb, tuple(known))  # a second row is a later cut
    shared = [(r, facts[r.imdb]) for r in all_records() if r.imdb and r.imdb in facts]
    assert len(shared) > 1000
    wrong = []
    for r, (title, year, directors, runtime) in shared:
        if fold(r.title) != fold(title):
            wrong.append(f"{r.key}: {r.title!r} is {title!r} there")
        if abs(int(str(year)[:4]) - r.year) > 1:
            wrong.append(f"{r.key}: {r.title} of {r.year} is of {year} there")
        makers = {fold(name.split("(")[0]) for name in (directors or "").split(",")} - {"", "n a"}
        if makers and r.directors and not makers & set(map(fold, r.directors)):
            wrong.append(f"{r.key}: {r.title} is by {directors} there, not {r.directors}")
        if r.runtime_min and runtime and abs(float(runtime) - r.runtime_min) > 15:
            wrong.append(f"{r.key}: {r.title} takes {runtime} minutes there, not {r.runtime_min}")
    assert wrong == []


def test_notes_and_ages_go_together() -> None:
    """What is extreme is nothing for children, and nobody is kept from a film without reason."""
    for r in all_records():
        notes = r.content.model_dump()
        worst = max(notes[note] for note in ("violence", "gore", "sex", "scary"))
        if worst == 3:
            assert r.audience_age >= 10, r.key
        if worst == 0 and notes["language"] == 0:
            assert r.audience_age <= 15, r.key


# --- the checks can fail ---


def test_a_record_passes() -> None:
    assert lint_record(record()) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"logline": "Too short."}, "2 words"),
        ({"vibes": {"tense": 3}}, "1 vibes"),
        ({"vibes": RECORD["vibes"] | {"spacey": 2}}, "spacey"),
        ({"vibes": RECORD["vibes"] | {"dark": 4}}, "less than or equal to 3"),
        ({"imdb": "tt0078749"}, "the key is the imdb id"),
        ({"kindred": ["tt0078748"]}, "its own kindred"),
        ({"keywords": ["cat"]}, "at least 3"),
        ({"content": {"violence": 1}}, "gore"),
        ({"plot": "everything"}, "Extra inputs"),
    ],
)
def test_a_bad_record_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        record(**changes)


@pytest.mark.parametrize(
    ("ending", "complaint"),
    [
        ("It is a must-see for everyone who dreams at night.", "must see"),
        ("It turns out that the android is to blame.", "turns out"),
        ("Sigourney Weaver has had enough of this.", "names the actor"),
        ("And then", "does not end like a sentence"),
    ],
)
def test_lazy_prose_is_found(ending: str, complaint: str) -> None:
    start = "Woken early by a signal, the tired crew of an ore ship bring something back through "
    lazy = record(logline=f"{start} the airlock, and the pipes drip in every corridor. {ending}")
    assert any(complaint in problem for problem in lint_record(lazy))


def test_repeats_and_near_duplicates_are_found() -> None:
    def other(number: int, logline: str) -> StarterRecord:
        key = f"tt100000{number}"
        return record(key=key, imdb=key, title=f"Film {number}", logline=logline)

    twin = other(1, RECORD["logline"].replace("tired", "weary"))
    assert any("nearly the same" in p for p in lint_collection([record(), twin]))
    phrase = "nobody in the house believes her"
    filler = "word" + " word{n}" * 20
    tired = [
        other(n, f"{filler.replace('{n}', str(n) + 'x')} {phrase} and more of it again {n}.")
        for n in range(3)
    ]
    assert any("all say" in p for p in lint_collection(tired))
    assert any("there twice" in p for p in lint_collection([record(), record()]))


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    part = tmp_path / "part-01.jsonl"
    part.write_text(record().model_dump_json() + '\n{"key": "x"}\n', encoding="utf-8")
    with pytest.raises(StarterError, match=r"part-01\.jsonl, line 2"):
        list(read_part(part))
