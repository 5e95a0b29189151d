"""What each part of the training is worth: one short run a variant, on the same data and clock.

    .venv-genrec/bin/python benchmarks/ablations.py --sequences F --titles F --facts F \
        --described catalog/starter --ontology catalog/ontology.toml --base-texts F \
        --base var/models/base --work DIR --minutes 20 --out F.json [--only VARIANT ...]

Every variant trains stage "rank" for the same minutes and ranks the validation titles of the same
users. A run that was stopped goes on; a variant that is in --out already is not run again.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.path.insert(0, str(Path(__file__).parents[1]))

from genrec.metrics import bootstrap_ci95, ndcg_at_10, reciprocal_rank
from genrec.recipe import DataPaths, TrainConfig, read_training_data
from genrec.training import Run, TextPaths
from genrec.training_commands import without

FULL = TrainConfig()
NEVER = 10**9
VARIANTS: Mapping[str, tuple[str, TrainConfig]] = {
    "full": ("everything, as shipped", FULL),
    "no_wish": ("without wish-conditioned ranking", without(FULL, "wish")),
    "no_positional": ("without the positional task", without(FULL, "positional")),
    "no_states": ("without retention of the lower layers", without(FULL, "states")),
    "no_residuals": ("content alone", replace(FULL, residual_least=NEVER)),
    "no_residual_dropout": ("residuals always", replace(FULL, residual_dropout=0.0)),
    "documents_only": ("no fields dropped", replace(FULL, facts_share=0.0)),
    "text": ("histories spelled out", replace(FULL, mode="text", max_events=60)),
    "entity_60": ("as text, in entity tokens", replace(FULL, max_events=60)),
    "tap_2": ("head on layer 2", replace(FULL, tap_layer=2)),
    "tap_4": ("head on layer 4", replace(FULL, tap_layer=4)),
    "tap_12": ("head on layer 12", replace(FULL, tap_layer=12)),
}


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    arguments = parse()
    results = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
    paths = DataPaths(
        arguments.sequences,
        arguments.titles,
        arguments.facts,
        arguments.described,
        arguments.ontology,
    )
    data = read_training_data(paths)
    for name in arguments.only or VARIANTS:
        if name in results:
            continue
        words, config = VARIANTS[name]
        config = replace(
            config,
            rank_minutes=arguments.minutes,
            validation_users=arguments.users,
            validate_every_s=NEVER,
            threads=arguments.threads,
        )
        texts = TextPaths(base_texts=arguments.base_texts)
        run = Run(config, data, arguments.base, texts, arguments.work / name)
        processor = time.process_time()
        run.train(("rank",))
        if run.stopped:
            break
        results[name] = {
            "what": words,
            "minutes": arguments.minutes,
            "cpu_s": round(time.process_time() - processor),
            "users": min(arguments.users, len(data.validation)),
            **figures(run),
        }
        arguments.out.write_text(json.dumps(results, indent=2) + "\n")
    print(table(results))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("sequences", "titles", "facts", "base", "work", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("described", "ontology", "base-texts"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS))
    return parser.parse_args()


def figures(run: Run) -> dict[str, object]:
    """Return the validation users' metrics with intervals, and the steps that fitted in."""
    ranks = run.validation_ranks()
    found: dict[str, object] = {}
    for name, metric in {"NDCG@10": ndcg_at_10, "MRR": reciprocal_rank}.items():
        values = [metric(rank) for rank in ranks]
        found[name] = round(sum(values) / len(values), 5)
        found[f"{name} ci95"] = [round(bound, 5) for bound in bootstrap_ci95(values)]
    return found


def table(results: Mapping[str, Mapping[str, object]]) -> str:
    lines = ["| variant | | NDCG@10 | 95% | MRR |", "|---|---|---|---|---|"]
    for name, result in results.items():
        low, high = result["NDCG@10 ci95"]
        lines.append(
            f"| {name} | {result['what']} | {result['NDCG@10']:.4f} | {low:.4f}-{high:.4f} | "
            f"{result['MRR']:.4f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
