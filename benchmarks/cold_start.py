"""How new titles rank: train without the newest tenth of the titles, then ask for them.

    .venv-genrec/bin/python benchmarks/cold_start.py --sequences F --titles F --facts F \
        --described catalog/starter --ontology catalog/ontology.toml --base-texts F \
        --base var/models/base --work DIR --minutes 20 --out F.json

Trains stage "rank" for --minutes, or --steps, on histories without new titles (a run that was
stopped goes on), lifts the titles without a residual as `train` does, then compares both cold-start
paths with popularity and content neighbours, and says what the new titles cost old ones, beside
which they now stand. Then all rankers once more, each with a lift that costs old titles the same.
The protocol is in genrec/cold.py, the lift in genrec/newcomers.py, equal costs in
genrec/cold_costs.py.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.path.insert(0, str(Path(__file__).parents[1]))

from step_run import StepRun, add_budget, budget, recipe

from genrec.cold import (
    ColdSplit,
    Positional,
    changed_by_order,
    cold_rankers,
    split_cold,
    without_new,
)
from genrec.cold_costs import at_equal_cost
from genrec.cold_scores import evaluate_cold
from genrec.data import Rows
from genrec.newcomers import lifted
from genrec.prior import BlendConfig
from genrec.recipe import DataPaths, read_training_data
from genrec.shipping import newcomers_lift
from genrec.talking import TextPaths
from genrec.trainer import sampled_users
from genrec.training import Run, device_of

ORDER_CASES = 50
# They list all new titles in a dozen prompts a user: asked of fewer users.
LISTING = frozenset({"positional", "both"})
# As the shipped artefact's, which was chosen on other titles.
BLEND_WEIGHT = 0.4


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    arguments = parse()
    paths = DataPaths(
        arguments.sequences,
        arguments.titles,
        arguments.facts,
        arguments.described,
        arguments.ontology,
    )
    data = read_training_data(paths)
    split = split_cold(data, arguments.share)
    run = StepRun(
        recipe(arguments, validation_users=arguments.warm_users),
        without_new(data, split),
        arguments.base,
        TextPaths(base_texts=arguments.base_texts),
        arguments.work,
    )
    run.n_steps = arguments.steps
    run.train(("rank",))
    if run.stopped:
        return
    lift = newcomers_lift(run)
    with lifted(run.model, lift):
        report = {"lift": lift, **cold_report(run, split, arguments)}
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    print(table(report))


def cold_report(run: Run, split: ColdSplit, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return how every ranker does on new titles, and what the lifted model does on old ones."""
    config, content = run.config, run.full.to(device_of(run.model))
    rankers = cold_rankers(
        run.model,
        run.verbalizer,
        content,
        split,
        max_events=config.max_events,
        prior=run.prior(),
        keys=cold_keys(run.data.keys, split.new),
        blend=BlendConfig(weight=BLEND_WEIGHT),
    )
    quick = {name: rank for name, rank in rankers.items() if name not in LISTING}
    report = evaluate_cold(quick, split, max_users=arguments.users)
    report["equal_cost"] = at_equal_cost(quick, split, old_targets(run), max_users=arguments.users)
    report["listing"] = evaluate_cold(rankers, split, max_users=arguments.listing_users)
    report |= budget(arguments)

    def reordered(seed: int) -> Positional:
        return Positional(
            run.model,
            run.verbalizer,
            content,
            split.new,
            max_events=config.max_events,
            seed=seed,
        )

    asked = [split.histories[user] for user in sorted(split.histories)[:ORDER_CASES]]
    report["first_new_title_changed_by_order"] = changed_by_order(reordered, asked)
    return report


def old_targets(run: Run) -> list[tuple[Rows, int]]:
    """Return the history and the next title of the viewers on whom the run validates."""
    data, config = run.data, run.config
    users = sampled_users(sorted(data.validation), config.validation_users, config.seed)
    return [(data.histories[user], data.validation[user]) for user in users]


def cold_keys(keys: Sequence[str], new: Sequence[int]) -> list[str]:
    """Return imdb ids without those of new titles: nothing learned may know them."""
    hidden = set(new)
    return ["" if row in hidden else key for row, key in enumerate(keys)]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("sequences", "titles", "facts", "base", "work", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("described", "ontology", "base-texts"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--users", type=int, default=2000, help="asked for a new title")
    parser.add_argument("--listing-users", type=int, default=300, help="of both paths")
    parser.add_argument("--warm-users", type=int, default=2000, help="asked for an old one")
    add_budget(parser)
    return parser.parse_args()


def table(report: Mapping[str, Any]) -> str:
    lines = []
    for part in (report, report["listing"]):
        lines += metrics_table(f"{part['users']} users", part)
    equal = report["equal_cost"]
    for lost, part in equal["budgets"].items():
        lines += metrics_table(f"{float(lost):.0%} lost, {equal['users']} users", part)
    lines += [
        "| as they are | NDCG@10 of old titles alone | lost beside new ones |",
        "|---|---|---|",
    ]
    for name, own in equal["own"].items():
        lines.append(f"| {name} | {own['alone']:.4f} | {own['loss']:.1%} |")
    return "\n".join(lines)


def metrics_table(title: str, part: Mapping[str, Any]) -> list[str]:
    metrics = [name for name in next(iter(part["rankers"].values())) if name != "ci95"]
    lines = [f"| {title} | " + " | ".join(metrics) + " |", "|---" * (1 + len(metrics)) + "|"]
    for name, figures in {**part["rankers"], **part["differences"]}.items():
        cells = [
            "{:.4f} [{:.4f}, {:.4f}]".format(figures[metric], *figures["ci95"][metric])
            for metric in metrics
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return [*lines, ""]


if __name__ == "__main__":
    main()
