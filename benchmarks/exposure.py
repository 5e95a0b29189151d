"""What the exposure knob buys: more titles shown, against what it costs in fitting answers.

Retrieves for requests in people's own words once, then plays two weeks of them for each setting of
`MOODREEL_EXPOSURE_WEIGHT`: every day all requests come in another order, the ten best are shown,
and what was shown steps back as `discovery.retrieval.exposure_weighing` says. Scored on the last
five days: NDCG@10 and recall@10 (beside a setting of 0, paired by request), how many titles a day
shows at all, and the Gini coefficient of how often each candidate was shown (1: always the same).
Prints a markdown table and draws it.

    bin/manage evaluate_discovery --catalogue T --ratings R --vibe-requests F --no-genrec --keep ...
    DATABASE_URL=<that scratch database> python benchmarks/exposure.py F [--plot OUT.svg]
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import django
import numpy as np
import numpy.typing as npt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
django.setup()

from discovery.evaluation.index import CatalogueIndex
from discovery.evaluation.requests import read_vibe_requests
from discovery.evaluation.scores import interval
from discovery.retrieval.exposure_weighing import HALF_LIFE_DAYS, PROTECTED, step_backs
from discovery.retrieval.searching import search
from discovery.types import DiscoveryRequest
from discovery.understanding.conversation import understand_turn
from genrec.contract import MAX_MESSAGE_CHARS

KNOB = (0.0, 0.3, 0.6, 0.8, 1.0, 1.2, 1.6, 2.0)
DAYS, SCORED_DAYS = 14, 5
# The requests' order is drawn anew for each: the figures are the means.
SEEDS = (0, 1, 2)
SHOWN = 10
_ABOVE_ALL = 1000.0

Floats = npt.NDArray[np.float64]


class Pool(NamedTuple):
    """One request's candidates: ids, scores without the knob, and its gold."""

    ids: list[int]
    scores: Floats
    gold: frozenset[int]


class Outcome(NamedTuple):
    """What one setting brings, over the scored days."""

    knob: float
    # One NDCG@10 a request.
    ndcgs: Floats
    recall: float
    titles: float
    gini: float

    @property
    def ndcg(self) -> float:
        return float(self.ndcgs.mean())


def read_pools(path: Path) -> list[Pool]:
    """Retrieve for every request of a file, exposure left out."""
    pools = []
    for case in read_vibe_requests(path, CatalogueIndex.load()).cases:
        text = case.text[:MAX_MESSAGE_CHARS]
        request = DiscoveryRequest(
            uuid4(), text, shown=frozenset(case.mentioned), without=frozenset({"exposure"})
        )
        found = search(understand_turn(text, None, ()).query, request).retrieved.candidates
        scores = np.array([c.score for c in found])
        pools.append(Pool([c.title_id for c in found], scores, case.gold))
    return pools


def play_all(pools: Sequence[Pool], knob: float) -> Outcome:
    """Play the days with one setting of the knob for every seed; return the means."""
    played = [play(pools, knob, seed) for seed in SEEDS]
    return Outcome(
        knob,
        np.mean([one.ndcgs for one in played], axis=0),
        mean([one.recall for one in played]),
        mean([one.titles for one in played]),
        mean([one.gini for one in played]),
    )


def play(pools: Sequence[Pool], knob: float, seed: int) -> Outcome:
    """Play the days with one setting of the knob."""
    generator = random.Random(seed)
    showings: dict[int, float] = {}
    ndcgs = np.zeros(len(pools))
    recall: list[float] = []
    titles: list[int] = []
    counts: dict[int, int] = {}
    for day in range(DAYS):
        order = list(range(len(pools)))
        generator.shuffle(order)
        today: set[int] = set()
        for n in order:
            shown = best(pools[n], knob, step_backs(showings))
            for title_id in shown:
                showings[title_id] = showings.get(title_id, 0.0) + 1
            if day >= DAYS - SCORED_DAYS:
                today.update(shown)
                ndcgs[n] += ndcg_of(shown, pools[n].gold) / SCORED_DAYS
                recall.append(len(pools[n].gold.intersection(shown)) / len(pools[n].gold))
                for title_id in shown:
                    counts[title_id] = counts.get(title_id, 0) + 1
        if day >= DAYS - SCORED_DAYS:
            titles.append(len(today))
        showings = {pk: count * 0.5 ** (1 / HALF_LIFE_DAYS) for pk, count in showings.items()}
    known = {title_id for pool in pools for title_id in pool.ids}
    values = [counts.get(title_id, 0) for title_id in known]
    return Outcome(knob, ndcgs, mean(recall), mean(titles), gini(values))


def best(pool: Pool, knob: float, stepping: Mapping[int, float]) -> list[int]:
    often = np.array([stepping.get(title_id, 0.0) for title_id in pool.ids])
    scores = pool.scores - knob * often
    if knob:
        first = np.argsort(-pool.scores, kind="stable")[:PROTECTED]
        scores[first] = pool.scores[first] + _ABOVE_ALL
    return [pool.ids[n] for n in np.argsort(-scores, kind="stable")[:SHOWN]]


def ndcg_of(shown: Sequence[int], gold: frozenset[int]) -> float:
    gained = math.fsum(1 / math.log2(n + 2) for n, pk in enumerate(shown) if pk in gold)
    return gained / math.fsum(1 / math.log2(n + 2) for n in range(min(SHOWN, len(gold))))


def gini(counts: Sequence[int]) -> float:
    """Return 0 if all are shown alike, near 1 if one is shown always."""
    values = np.sort(np.asarray(counts, dtype=np.float64))
    ranks = np.arange(1, len(values) + 1)
    return float((2 * ranks - len(values) - 1) @ values / (len(values) * values.sum()))


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def table(outcomes: Sequence[Outcome]) -> str:
    none = outcomes[0]
    lines = ["| knob | NDCG@10 | change | recall@10 | titles a day | change | Gini |"]
    lines.append("|---|---|---|---|---|---|---|")
    for one in outcomes:
        titles = one.titles / none.titles - 1
        lines.append(
            f"| {one.knob:g} | {one.ndcg:.4f} | {change(one, none)} | {one.recall:.4f} "
            f"| {one.titles:.0f} | {titles:+.1%} | {one.gini:.3f} |"
        )
    return "\n".join(lines)


def change(one: Outcome, none: Outcome) -> str:
    """Return the change of NDCG@10 in percent, with its 95% interval over requests."""
    gained = (one.ndcgs - none.ndcgs) / none.ndcg
    low, high = interval(gained, np.arange(len(gained)))
    return f"{gained.mean():+.1%} [{low:+.1%}, {high:+.1%}]"


def drawing(outcomes: Sequence[Outcome]) -> str:
    """Return an SVG: titles a day to the right, Gini dashed; NDCG@10 upwards, per setting."""
    none = outcomes[0]
    x = [one.titles / none.titles for one in outcomes]
    y = [one.ndcg / none.ndcg for one in outcomes]
    low, high, bottom, top = 1.0, max(*x, 1.3), min(*y, 0.95), max(*y, 1.02)

    def at(across: float, up: float) -> tuple[float, float]:
        return 60 + 500 * (across - low) / (high - low), 20 + 300 * (top - up) / (top - bottom)

    points = [at(*pair) for pair in zip(x, y, strict=True)]
    path = " ".join(f"{px:.0f},{py:.0f}" for px, py in points)
    marks = "".join(
        f'<circle cx="{px:.0f}" cy="{py:.0f}" r="4"/><text x="{px + 6:.0f}" y="{py - 6:.0f}">'
        f"{one.knob:g} (Gini {one.gini:.2f})</text>"
        for (px, py), one in zip(points, outcomes, strict=True)
    )
    (_, goal_y), (goal_x, _) = at(low, 0.99), at(1.25, top)
    goals = (
        f'<path d="M60 {goal_y:.0f}H560M{goal_x:.0f} 20V320" stroke="#999" '
        'stroke-dasharray="4 4" fill="none"/>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 370" font-family="sans-serif" '
        f'font-size="11"><rect width="660" height="370" fill="white"/>{goals}'
        f'<polyline points="{path}" fill="none" stroke="#33507a"/>{marks}'
        '<text x="60" y="345">titles shown a day, beside knob 0 (dashed: +25%)</text>'
        '<text x="60" y="360">upwards: NDCG@10 beside knob 0 (dashed: -1%)</text></svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("requests", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    pools = [pool for pool in read_pools(options.requests) if pool.ids]
    outcomes = [play_all(pools, knob) for knob in KNOB]
    print(table(outcomes))
    if options.plot:
        options.plot.write_text(drawing(outcomes), encoding="utf-8")


if __name__ == "__main__":
    main()
