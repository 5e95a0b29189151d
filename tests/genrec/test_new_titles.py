"""Twenty planted films that nobody has seen find the viewers whose histories they match.

The shipped artefact ranks them among films of the starter metadata, which it was trained on, by
their documents alone: they have no residual, the prior does not know them, nothing is trained.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from catalog.documents import title_document
from catalog.starter.records import starter_parts
from genrec.checkpoint import PRIOR_NAME, blend_config, read_artefact
from genrec.cli import DEFAULT_ARTEFACT
from genrec.model import load_genrec
from genrec.prior import SequentialPrior
from genrec.rankers import ModelRanking
from genrec.verbalization import Verbalizer
from tests.genrec.test_shipped import base, embeddings  # noqa: F401  (base is a fixture)

N_SEEN = 8
SAMPLED = 10
LEAST = 18
"""How many must stand above the median. The ones below are a baseball comedy and a slasher."""
CASES = tomllib.loads(Path(__file__).with_name("new_titles.toml").read_text())["film"]
"""Each has the term of the ontology that its viewer's history is about."""
LAST_TRAINED = 2000


@dataclass(frozen=True)
class Film:
    """What a document is made of."""

    name: str
    year: int
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    synopsis: str = ""
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    kind: str = "film"
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


def known_films() -> list[dict[str, Any]]:
    """Return a sample of the starter metadata's films, with those that the histories need first.

    Histories are of films that the artefact was trained on; the others are of all years.
    """
    lines = (line for part in starter_parts() for line in part.read_text().splitlines())
    films = [r for r in map(json.loads, lines) if r["kind"] == "film" and r.get("imdb")]
    trained = [film for film in films if film["year"] <= LAST_TRAINED]
    needed = [film for case in CASES for film in having(trained, case["term"])[:N_SEEN]]
    by_key = {film["imdb"]: film for film in [*needed, *films[::SAMPLED]]}
    return list(by_key.values())


def having(films: list[dict[str, Any]], term: str) -> list[dict[str, Any]]:
    return [film for film in films if film["vibes"].get(term) == 3]


def film_of(record: dict[str, Any]) -> Film:
    return Film(
        record["title"],
        record["year"],
        tags=tuple(record["keywords"]),
        synopsis=record["logline"],
        directors=tuple(record.get("directors", ())),
        cast=tuple(record.get("cast", ())),
    )


def test_a_new_film_ranks_above_the_median_for_the_viewer_it_suits(base: Path) -> None:  # noqa: F811
    known = known_films()
    planted = [
        Film(c["name"], 2024, tuple(c["genres"]), tuple(c["tags"]), c["synopsis"]) for c in CASES
    ]
    films = [*map(film_of, known), *planted]
    content = torch.from_numpy(embeddings([title_document(film) for film in films]))
    keys = [*(record["imdb"] for record in known), *[""] * len(planted)]
    model = load_genrec(DEFAULT_ARTEFACT, base, keys)
    titles = {row: film.name for row, film in enumerate(films)}
    verbalizer = Verbalizer.from_directory(base, model.vocabulary, titles=titles)
    seen = [[known.index(film) for film in having(known, case["term"])[:N_SEEN]] for case in CASES]
    prior = SequentialPrior.read(DEFAULT_ARTEFACT / PRIOR_NAME)
    blend = blend_config(read_artefact(DEFAULT_ARTEFACT).blend or {})
    rank = ModelRanking(model, verbalizer, content, keys, prior, blend, N_SEEN)
    scores = rank(seen)["blend"]

    places = []
    for number, (row, history) in enumerate(zip(scores, seen, strict=True)):
        others = np.delete(row, [*history, *range(len(known), len(films))])
        places.append(float((others > row[len(known) + number]).mean()))
    report = {case["name"]: round(place, 2) for case, place in zip(CASES, places, strict=True)}
    assert len(CASES) == 20
    assert all(len(history) >= 5 for history in seen)
    assert sum(place < 0.5 for place in places) >= LEAST, report
