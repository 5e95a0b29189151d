"""What the starter metadata adds: the same requests before and after its import.

Answers requests in people's own words with the chat's pipeline (without GenRec, so that nothing
but the metadata differs) over the default catalogue's facts, imports the starter metadata, and
answers them again. A request's gold titles are imdb ids; those it mentions itself don't count.
Beside ours: popularity, the same six titles for everybody. Prints a markdown table with 95%
bootstrap intervals, paired for the difference.

    python -m stack run --root DIR -- python manage.py import_catalogue --source omdb-sample
    python -m stack run --root DIR -- python benchmarks/starter_metadata.py REQUESTS

REQUESTS is a JSON list of {"id", "title", "selftext", "gold": [{"imdb_id"}], "request_mentions"}.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
django.setup()

from django.core.management import call_command

from catalog.models import ExternalId, Title
from discovery.batch import Options, answer_record
from discovery.genrec_client import shared_genrec
from genrec.contract import MAX_WISH_CHARS

TOP = 10
ROUNDS = 10_000


class Request(NamedTuple):
    """One request: its words and the imdb ids that would answer it."""

    text: str
    gold: frozenset[str]


def read_requests(path: Path) -> list[Request]:
    requests = []
    for entry in json.loads(path.read_text(encoding="utf-8")):
        mentioned = {m.get("imdb_id") for m in entry.get("request_mentions", ())}
        gold = {g["imdb_id"] for g in entry["gold"]} - mentioned
        text = f"{entry['title']}. {entry.get('selftext') or ''}".strip()
        requests.append(Request(text[:MAX_WISH_CHARS], frozenset(gold)))
    return requests


def known_ids() -> frozenset[str]:
    published = Title.objects.published()
    return frozenset(
        ExternalId.objects.filter(source="imdb", title__in=published).values_list(
            "value", flat=True
        )
    )


def ours(requests: Sequence[Request]) -> list[list[str]]:
    async def answer_all() -> list[list[str]]:
        ranked = []
        for number, request in enumerate(requests):
            record = {"id": number, "text": request.text}
            answer = await answer_record(record, Options(TOP, use_genrec=False), shared_genrec())
            ranked.append([pick["imdb"] for pick in answer.get("picks", [])])
        return ranked

    return asyncio.run(answer_all())


def popularity(requests: Sequence[Request]) -> list[list[str]]:
    best = list(
        Title.objects.published()
        .filter(external_ids__source="imdb")
        .order_by("-popularity", "pk")
        .values_list("external_ids__value", flat=True)[:TOP]
    )
    return [best for _ in requests]


def hits(ranked: Sequence[Sequence[str]], requests: Sequence[Request]) -> np.ndarray:
    return np.array(
        [
            float(any(t in r.gold for t in titles[:TOP]))
            for titles, r in zip(ranked, requests, strict=True)
        ]
    )


def ndcg(ranked: Sequence[Sequence[str]], requests: Sequence[Request]) -> np.ndarray:
    """NDCG@10 with several right answers: the ideal order has them all first."""
    values = []
    for titles, request in zip(ranked, requests, strict=True):
        gain = sum(1 / np.log2(i + 2) for i, t in enumerate(titles[:TOP]) if t in request.gold)
        ideal = sum(1 / np.log2(i + 2) for i in range(min(TOP, len(request.gold))))
        values.append(gain / ideal if ideal else 0.0)
    return np.array(values)


METRICS: Mapping[str, Callable[..., np.ndarray]] = {"hit@10": hits, "NDCG@10": ndcg}


def interval(values: np.ndarray) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (ROUNDS, len(values)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def cell(values: np.ndarray) -> str:
    low, high = interval(values)
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def table(title: str, runs: Mapping[str, list[list[str]]], requests: Sequence[Request]) -> None:
    print(f"\n{title} ({len(requests)} requests)\n\n| system | hit@10 | NDCG@10 |\n|---|---|---|")
    scores = {
        name: {metric: score(ranked, requests) for metric, score in METRICS.items()}
        for name, ranked in runs.items()
    }
    for name, by_metric in scores.items():
        print(f"| {name} | {' | '.join(cell(v) for v in by_metric.values())} |")
    gains = [scores["after"][m] - scores["before"][m] for m in METRICS]
    print(f"| after - before, paired | {' | '.join(cell(v) for v in gains)} |")


def main(path: Path) -> None:
    requests = read_requests(path)
    if ExternalId.objects.filter(source="starter").exists():
        sys.exit("The starter metadata is in this database already: start from the facts alone.")
    ids_before = known_ids()
    runs: dict[str, Any] = {"popularity": popularity(requests), "before": ours(requests)}
    call_command("import_catalogue", source="starter")
    runs["after"] = ours(requests)
    runs["popularity, after"] = popularity(requests)
    ids_after = known_ids()
    for title, ids in (
        ("Requests that the facts alone could answer", ids_before),
        ("Requests that the catalogue with the starter metadata can answer", ids_after),
        ("All requests", None),
    ):
        chosen = [i for i, r in enumerate(requests) if ids is None or r.gold & ids]
        table(
            title,
            {name: [ranked[i] for i in chosen] for name, ranked in runs.items()},
            [requests[i] for i in chosen],
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
