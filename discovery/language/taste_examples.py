"""Examples of the taste task: a few titles with a viewer's likes, and what they have in common.

A seed (`taste_seeds.jsonl`) is a summary that a person wrote with slots; its shape says what the
viewer's list must be like for it to be true. Its expansions say it of drawn viewers, and each must
pass `taste_prompt.check_taste`. The application asks for no summary yet.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from catalog.facts import TitleFacts
from discovery.language.reason_slots import MissingFact, Slots, article
from discovery.language.record import LanguageExample, is_held_out, wire_messages
from discovery.language.starter_titles import starter_shelf
from discovery.language.taste_prompt import (
    check_taste,
    shown_terms,
    taste_lines,
    taste_messages,
    what_kind,
)
from discovery.language.taste_viewers import (
    FEELS,
    SUBJECTS,
    Viewer,
    draw_viewer,
    shared_genres,
    shared_terms,
)
from discovery.reasons.genre_words import genre_phrase

TASK = "taste"
SEEDS = Path(__file__).with_name("taste_seeds.jsonl")
EXPANSIONS = 4
# Some shapes are rare; a seed that none suits is left with fewer examples.
MOST_DRAWN = 400


class WrittenTaste(NamedTuple):
    """One expansion: the viewer, and the summary that was checked against the viewer's titles."""

    id: str
    viewer: Viewer
    answer: str
    held_out: bool


def taste_examples(*, seed: int = 0) -> list[LanguageExample]:
    """Return all examples of the task; the same for the same `seed`."""
    return [
        {
            "id": one.id,
            "task": TASK,
            "messages": wire_messages(taste_messages(one.viewer.liked, one.viewer.disliked)),
            "answer": one.answer,
            "held_out": one.held_out,
        }
        for one in written_tastes(seed=seed)
    ]


def written_tastes(*, seed: int = 0) -> list[WrittenTaste]:
    """Return every expansion; no prompt is there twice."""
    taken: set[str] = set()
    found = []
    for line in read_seeds():
        held_out = is_held_out(line["id"])
        written = islice(_accepted(line, seed, taken, held_out=held_out), EXPANSIONS)
        for number, (viewer, answer) in enumerate(written, start=1):
            found.append(WrittenTaste(f"{line['id']}.{number}", viewer, answer, held_out))
    return found


def read_seeds() -> list[dict[str, str]]:
    return [json.loads(line) for line in SEEDS.read_text(encoding="utf-8").splitlines()]


def _accepted(
    line: Mapping[str, str], seed: int, taken: set[str], *, held_out: bool
) -> Iterator[tuple[Viewer, str]]:
    shelf = starter_shelf(held_out=held_out)
    rng = random.Random(f"{seed} {line['id']}")  # noqa: S311 - it draws examples, no secrets
    for _ in range(MOST_DRAWN):
        viewer = draw_viewer(line["shape"], shelf, rng)
        if viewer is None:
            continue
        prompt = taste_lines(viewer.liked, viewer.disliked)
        answer = _written(line["text"], viewer)
        if answer and prompt not in taken and _is_true(answer, viewer):
            taken.add(prompt)
            yield viewer, answer


def _is_true(answer: str, viewer: Viewer) -> bool:
    titles = (*viewer.liked, *viewer.disliked)
    if "film" in answer and any(title.kind == "series" for title in titles):
        return False
    return not check_taste(answer, viewer.liked, viewer.disliked)


def _written(text: str, viewer: Viewer) -> str:
    try:
        return text.format_map(taste_slots(text, viewer))
    except MissingFact:
        return ""


def taste_slots(text: str, viewer: Viewer) -> Slots:
    """Return what can be said of the viewer, by slot; only what at least two titles share."""
    slots = _single_slots("1", viewer.liked[-1:]) | _single_slots("1", viewer.disliked[-1:], "d")
    if len(viewer.liked) > 1:
        slots |= _liked_slots(text, viewer)
    elif viewer.liked:
        slots["liked"] = viewer.liked[0].name
    if viewer.disliked:
        slots |= _disliked_slots(viewer)
    capitals = {name.capitalize(): value[:1].upper() + value[1:] for name, value in slots.items()}
    # At the start of a sentence a verb follows, and it is singular.
    if viewer.anchor not in SUBJECTS:
        capitals.pop("About", None)
    return Slots({name: value for name, value in (capitals | slots).items() if value})


def _liked_slots(text: str, viewer: Viewer) -> dict[str, str]:
    feels = shared_terms(viewer.liked, FEELS)
    genres = shared_genres(viewer.liked)
    if not genres:
        return {}
    slots = {"genres": plural_genre(genres[:1]), "genres2": plural_genre(genres[1:2])}
    if viewer.anchor:
        is_feel = viewer.anchor in FEELS
        feel = viewer.anchor if is_feel else next(iter(feels), "")
        slots |= {"feel": feel, "a_feel": f"{article(feel)} {feel}" if feel else ""}
        slots["feel2"] = next((term for term in feels if term != feel), "")
        slots["about"] = "" if is_feel else viewer.anchor
        slots["A_genre"] = _singular_capital(genres[0])
        wanted = {feel} if "eel}" in text else set()
        wanted |= {viewer.anchor}
        wanted |= {genres[0]} if "enres}" in text else set()
        examples = [t for t in viewer.liked if wanted <= {*shown_terms(t), *t.genres[:2]}]
        slots |= _named(examples)
        return slots if len(examples) > 1 else {}
    return slots | _two_camps(viewer, genres)


def _two_camps(viewer: Viewer, genres: list[str]) -> dict[str, str]:
    """Return one title of each of two genres that no title shares; none if they mix."""
    camps = [[t for t in viewer.liked if genre in t.genres[:2]] for genre in genres[:2]]
    if len(camps) < 2 or set(map(id, camps[0])) & set(map(id, camps[1])):
        return {"genres": "", "genres2": ""}
    return _named([camps[0][0], camps[1][0]])


def _named(titles: list[TitleFacts]) -> dict[str, str]:
    names = [title.name for title in titles[:2]]
    return dict(zip(("liked", "liked2"), names, strict=False))


def _disliked_slots(viewer: Viewer) -> dict[str, str]:
    """Return what all disliked titles share and no liked one has."""
    terms = set.intersection(*(set(shown_terms(title)) & FEELS for title in viewer.disliked))
    terms -= {term for title in viewer.liked for term in shown_terms(title)}
    genres = set.intersection(*(set(title.genres[:2]) for title in viewer.disliked))
    genres -= {genre for title in viewer.liked for genre in title.genres}
    return {
        "disliked": viewer.disliked[-1].name,
        "dfeel": min(terms, default=""),
        "dgenres": plural_genre(sorted(genres)[:1]),
    }


def _single_slots(suffix: str, titles: tuple[TitleFacts, ...], prefix: str = "") -> dict[str, str]:
    """Return what one title alone is: "a crime drama", "gritty", "crime dramas"."""
    if not titles:
        return {}
    kind = what_kind(titles[0])
    return {
        f"{prefix}a_what": f"{article(kind)} {kind}",
        f"{prefix}feel{suffix}": next((t for t in shown_terms(titles[0]) if t in FEELS), ""),
        f"{prefix}genres{suffix}": plural_of(kind),
    }


def plural_genre(genres: list[str]) -> str:
    """Return "crime films", "comedies"; empty for none."""
    return plural_of(genre_phrase(genres, "film")) if genres else ""


def plural_of(phrase: str) -> str:
    """Return the plural of a genre phrase: "crime dramas", "mysteries", "crime series"."""
    if phrase.endswith("series"):
        return phrase
    return f"{phrase[:-1]}ies" if phrase.endswith("y") else f"{phrase}s"


def _singular_capital(genre: str) -> str:
    phrase = genre_phrase([genre], "film")
    return f"{article(phrase).capitalize()} {phrase}"
