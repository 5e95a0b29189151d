"""What each part of the training is worth: one short run a variant, on the same data.

    .venv-genrec/bin/python benchmarks/ablations.py GROUP --sequences F --titles F --facts F \
        --described catalog/starter --ontology catalog/ontology.toml --base-texts F \
        --base var/models/base --work DIR --out DIR [--minutes 20 | --steps N] [--only VARIANT ...]

Groups:
    rank   parts of stage "rank": next-title ranking of the validation titles
    rated  what kinds and times of events are worth (--sequences is a table of ratings then:
           userId, movieId, rating, timestamp)
    talk   parts of both stages: held-out language tasks, and the distance to the base (--language)

All variants of a group get the same minutes, or the same steps: then the machine does not matter.
Each leaves NAME.json in --out; one that is there already is not run again, so several processes
can share the work. A run that was stopped goes on. `--set next.size=16384 ...` changes the recipe.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.path.insert(0, str(Path(__file__).parents[1]))

from language_ablation import language_figures, split_texts, without_task_records
from rated_histories import held_out_values, read_rated_data, use_ratings
from step_run import NEVER, StepRun, add_budget, budget, recipe

from genrec.checkpoint import read_artefact
from genrec.metrics import bootstrap_ci95, mean, ndcg_at_10, reciprocal_rank
from genrec.recipe import DataPaths, TrainConfig, read_training_data, without
from genrec.talking import TextPaths
from genrec.training import Run

METRICS = {"NDCG@10": ndcg_at_10, "MRR": reciprocal_rank}
Change = Callable[[TrainConfig], TrainConfig]


def setting(**values: Any) -> Change:
    return lambda config: replace(config, **values)


def leaving_out(task: str) -> Change:
    return lambda config: without(config, task)


RANK: Mapping[str, tuple[str, Change]] = {
    "full": ("everything, as shipped", setting()),
    "no_wish": ("without wish-conditioned ranking", leaving_out("wish")),
    "no_positional": ("without the positional task", leaving_out("positional")),
    "no_states": ("without retention of the lower layers", leaving_out("states")),
    "no_residuals": ("content alone", setting(residual_least=NEVER)),
    "no_residual_dropout": ("residuals always", setting(residual_dropout=0.0)),
    "documents_only": ("no fields dropped", setting(facts_share=0.0)),
    "text": ("histories spelled out", setting(mode="text", max_events=60)),
    "entity_60": ("as text, in entity tokens", setting(max_events=60)),
    "tap_2": ("head on layer 2", setting(tap_layer=2)),
    "tap_4": ("head on layer 4", setting(tap_layer=4)),
    "tap_12": ("head on layer 12", setting(tap_layer=12)),
}
RATED: Mapping[str, tuple[str, frozenset[str]]] = {
    "full": ("neither kinds nor times, as on MovieLens-1M", frozenset()),
    "kinds": ("liked or seen, by stars", frozenset({"kinds"})),
    "times": ("today, this week, this month, this year, earlier", frozenset({"times"})),
    "kinds_and_times": ("both", frozenset({"kinds", "times"})),
}
TALK: Mapping[str, tuple[str, Change]] = {
    "full": ("everything, as shipped", setting()),
    "no_retention": ("without the KL to the base", leaving_out("retention")),
    "no_states": ("without retention of the lower layers", leaving_out("states")),
    "no_metadata": ("without metadata questions", setting()),
}
GROUPS: Mapping[str, Mapping[str, tuple[str, Any]]] = {"rank": RANK, "rated": RATED, "talk": TALK}


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    arguments = parse()
    arguments.out.mkdir(parents=True, exist_ok=True)
    variants = GROUPS[arguments.group]
    measure = {"rank": ranked, "rated": rated, "talk": talked}[arguments.group]
    data = (read_rated_data if arguments.group == "rated" else read_training_data)(paths(arguments))
    for name in arguments.only or variants:
        file = arguments.out / f"{name}.json"
        if file.exists():
            continue
        started, processor = time.monotonic(), time.process_time()
        found = measure(name, data, arguments)
        if found is None:
            break
        result = {
            "what": variants[name][0],
            "seconds": round(time.monotonic() - started),
            "cpu_s": round(time.process_time() - processor),
            **budget(arguments),
            "start": arguments.start and read_artefact(arguments.start).identity,
            **found,
        }
        file.write_text(json.dumps(result) + "\n")
        # A run refers to itself: without this it would keep its memory and its workers.
        gc.collect()
    print(table(arguments.out, variants))


def ranked(name: str, data: Any, arguments: argparse.Namespace) -> dict[str, Any] | None:
    """Train one variant of group rank, and return each validation user's metrics."""
    run = trained(name, data, RANK[name][1](settings(arguments)), arguments)
    if run.stopped:
        return None
    ranks = run.validation_ranks()
    return {"values": {m: rounded([f(rank) for rank in ranks]) for m, f in METRICS.items()}}


def rated(name: str, data: Any, arguments: argparse.Namespace) -> dict[str, Any] | None:
    """Train one variant of group rated, and return each user's mean metrics."""
    shown = RATED[name][1]
    run = trained(
        name, data.data, settings(arguments), arguments, lambda run: use_ratings(run, shown)
    )
    if run.stopped:
        return None
    values = held_out_values(run, data.whole, shown, METRICS.values())
    return {"values": dict(zip(METRICS, map(rounded, values), strict=True))}


def talked(name: str, data: Any, arguments: argparse.Namespace) -> dict[str, Any] | None:
    """Train one variant of group talk through both stages, and return what it says."""
    work = arguments.work / name
    work.mkdir(parents=True, exist_ok=True)
    trained_on, held_out = split_texts(arguments.base_texts, work)
    language = arguments.language
    if name == "no_metadata":
        language = without_task_records(language, "metadata_qa", work / "language.jsonl")
    arguments = argparse.Namespace(**{**vars(arguments), "language": language})
    arguments.base_texts = trained_on
    run = trained(
        name, data, TALK[name][1](settings(arguments)), arguments, stages=("rank", "talk")
    )
    if run.stopped:
        return None
    return language_figures(run, arguments.language_asked, held_out)


def trained(
    name: str,
    data: Any,
    config: TrainConfig,
    arguments: argparse.Namespace,
    prepare: Callable[[Run], None] = lambda run: None,
    stages: tuple[str, ...] = ("rank",),
) -> Run:
    texts = TextPaths(language=arguments.language, base_texts=arguments.base_texts)
    run = StepRun(config, data, arguments.base, texts, arguments.work / name, start=arguments.start)
    run.n_steps = arguments.steps
    prepare(run)
    run.train(stages)
    return run


def settings(arguments: argparse.Namespace) -> TrainConfig:
    """Return the settings that all variants share."""
    return recipe(arguments, validation_users=arguments.users)


def rounded(values: list[float]) -> list[float]:
    return [round(value, 5) for value in values]


def paths(arguments: argparse.Namespace) -> DataPaths:
    return DataPaths(
        arguments.sequences,
        arguments.titles,
        arguments.facts,
        arguments.described,
        arguments.ontology,
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("group", choices=list(GROUPS))
    for name in ("sequences", "titles", "facts", "base", "work", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("described", "ontology", "base-texts", "language"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--start", type=Path, help="an artefact that all variants go on from")
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--only", nargs="+")
    add_budget(parser)
    arguments = parser.parse_args()
    arguments.language_asked = arguments.language
    if unknown := set(arguments.only or ()) - set(GROUPS[arguments.group]):
        parser.error(f"group {arguments.group} has no {', '.join(sorted(unknown))}")
    if arguments.group == "talk" and not (arguments.language and arguments.base_texts):
        parser.error("group talk needs --language and --base-texts")
    return arguments


def table(out: Path, variants: Mapping[str, tuple[str, Any]]) -> str:
    """Return what is in --out as a table, with paired differences to "full"."""
    found = {name: out / f"{name}.json" for name in variants}
    results = {name: json.loads(f.read_text()) for name, f in found.items() if f.exists()}
    if all("values" in result for result in results.values()):
        return ranking_table(results)
    return "\n".join(f"{name}: {json.dumps(result)}" for name, result in results.items())


def ranking_table(results: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        "| variant | | NDCG@10 | against full | MRR | against full |",
        "|---|---|---|---|---|---|",
    ]
    for name, result in results.items():
        cells = []
        for metric in METRICS:
            values = result["values"][metric]
            cells.append(interval(values))
            base = results.get("full", {}).get("values", {}).get(metric)
            paired = base is not None and name != "full" and len(base) == len(values)
            gains = [a - b for a, b in zip(values, base, strict=True)] if paired else []
            cells.append(interval(gains) if gains else "")
        lines.append(f"| {name} | {result['what']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def interval(values: list[float]) -> str:
    low, high = bootstrap_ci95(values)
    return f"{mean(values):.4f} [{low:.4f}, {high:.4f}]"


if __name__ == "__main__":
    main()
