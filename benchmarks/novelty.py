"""Does "unlike my usual" leave the usual, and do broad wishes get directions that hold something?

Viewers are those whose imported histories have 20 likes or more. Each asks for "something for
tonight", and for it "unlike my usual": how near are the six cards to what they liked (cosine to
the middle of it, shared genres), and how well known are they? Differences are paired by
viewer. Then every genre and mood that can be asked for alone: how often come three angles, and how
many titles would each of them bring? Without GenRec. Prints markdown.

    bin/manage evaluate_discovery --catalogue T --ratings R --vibe-requests F --no-genrec --keep ...
    DATABASE_URL=<that scratch database> python benchmarks/novelty.py [--viewers N]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid5

import django
import numpy as np
import numpy.typing as npt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
django.setup()

from catalog.models import Genre, Title
from discovery.answers.angles import MIN_TITLES
from discovery.answers.counting import count_matches
from discovery.evaluation.scores import interval
from discovery.history import load_history, taste_of
from discovery.models import Viewer
from discovery.pipeline import discover
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.features import genres_of
from discovery.retrieval.genre_fit import genre_profile, profile_overlap
from discovery.retrieval.probes import centroid, vectors_of
from discovery.threads import in_database
from discovery.types import DiscoveryRequest, Event, Slate, SlateReady
from discovery.understanding.lexicon import MOODS

USUAL, UNUSUAL = "something for tonight", "something for tonight, unlike my usual"
LEAST_LIKES = 20
SEED = 5
_REQUESTS = UUID("6b0f2a53-0c0e-4b6e-9d0a-7c2f7f1f4f10")

Floats = npt.NDArray[np.float64]


class Nearness(NamedTuple):
    """How near a slate is to what its viewer liked of late."""

    similarity: float
    genres: float
    popularity: float


async def answer(text: str, history: tuple[Event, ...] = ()) -> Slate:
    request_id = uuid5(_REQUESTS, text)
    request = DiscoveryRequest(request_id, text, history=history, use_genrec=False)
    slates = [e.slate async for e in discover(request) if isinstance(e, SlateReady)]
    return slates[-1]


def likers() -> list[tuple[Event, ...]]:
    """Return the histories that are long enough to have a usual."""
    histories = (tuple(load_history(viewer)) for viewer in Viewer.objects.order_by("pk"))
    return [h for h in histories if sum(event.kind == "liked" for event in h) >= LEAST_LIKES]


def nearness(slate: Slate, history: Sequence[Event]) -> Nearness:
    liked, _ = taste_of(history)
    shown = [pick.title.title_id for pick in slate.picks]
    vectors, genres = vectors_of([*liked, *shown]), genres_of([*liked, *shown])
    taste = centroid(vectors, liked)
    assert taste is not None
    usual = genre_profile(liked, genres)
    overlaps = [profile_overlap(usual, genres.get(pk, frozenset())) for pk in shown]
    known = Title.objects.filter(pk__in=shown).values_list("popularity", flat=True)
    similar = [float(vectors[pk] @ taste) for pk in shown if pk in vectors]
    return Nearness(float(np.mean(similar)), float(np.mean(overlaps)), float(np.mean(list(known))))


async def novelty(n_viewers: int) -> str:
    histories = await in_database(likers)
    chosen = random.Random(SEED).sample(histories, min(n_viewers, len(histories)))
    asked: dict[str, list[Nearness]] = {USUAL: [], UNUSUAL: []}
    for history in chosen:
        for text, rows in asked.items():
            rows.append(await in_database(nearness, await answer(text, history), history))
    tables = {text: np.array(rows) for text, rows in asked.items()}
    less = tables[UNUSUAL] - tables[USUAL]
    lines = [f"{len(chosen)} viewers", "", "| | likeness | genres shared | popularity |"]
    lines.append("|---|---|---|---|")
    lines += [f"| {text} | {spread(table)} |" for text, table in tables.items()]
    lines.append(f"| paired difference | {spread(less)} |")
    lines.append(f"| viewers for whom it is lower | {' | '.join(shares(less))} |")
    return "\n".join(lines)


def spread(table: Floats) -> str:
    """Return each column's mean with its 95% interval."""
    groups = np.arange(len(table))
    ends = [interval(column, groups) for column in table.T]
    means = table.mean(axis=0)
    return " | ".join(
        f"{mean:.3f} [{low:.3f}, {high:.3f}]" for mean, (low, high) in zip(means, ends, strict=True)
    )


def shares(less: Floats) -> list[str]:
    return [f"{share:.0%}" for share in (less < 0).mean(axis=0)]


def broad_wishes() -> list[str]:
    genres = Genre.objects.order_by("name").values_list("name", flat=True)
    named = [f"{genre.lower()} films" for genre in genres]
    return ["something good", "surprise me", *named, *(f"something {mood}" for mood in MOODS)]


def titles_of(slate: Slate) -> list[int]:
    """Return how many titles each angle of a slate would bring."""
    queries = [choice.query for choice in slate.angles]
    return [count_matches(eligibility_of(query, ())).matching for query in queries]


async def angles() -> str:
    wishes = await in_database(broad_wishes)
    slates = [await answer(wish) for wish in wishes]
    with_angles = [slate for slate in slates if slate.angles]
    brought = [n for slate in with_angles for n in await in_database(titles_of, slate)]
    return (
        f"{len(wishes)} broad wishes, {len(with_angles)} with angles, each with "
        f"{min(len(slate.angles) for slate in with_angles)} to "
        f"{max(len(slate.angles) for slate in with_angles)}; an angle brings {min(brought)} titles "
        f"or more ({MIN_TITLES} are asked for), {int(np.median(brought))} at the median"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, default=100)
    options = parser.parse_args()
    print(await novelty(options.viewers))
    print()
    print(await angles())


if __name__ == "__main__":
    asyncio.run(main())
