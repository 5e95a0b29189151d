"""Estimate what other policies for the exploring card would be worth, from its log."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from discovery.offline_policy.estimates import METHODS, Estimate, ZeroPropensity, on_policy
from discovery.offline_policy.showings import POLICIES, load_showings, log_of


class Command(BaseCommand):
    help = (
        "Print what the logged policy and others are worth on the exploring card: likes and "
        "saves per showing, with 95% intervals (inverse propensities, self-normalised, doubly "
        "robust)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=28, help="how far back (default 28)")
        parser.add_argument(
            "--clip", type=float, default=None, help="largest weight of a showing (default none)"
        )

    def handle(self, *args: Any, days: int, clip: float | None, **options: Any) -> None:
        if days < 1 or (clip is not None and clip <= 0):
            raise CommandError("--days is a whole number from 1, --clip a number above 0.")
        showings = load_showings(days)
        if len(showings) < 2:
            raise CommandError(
                f"The exploring card was shown {len(showings)} times in the last {days} days; "
                "an estimate needs two showings at least. See MOODREEL_EXPLORE."
            )
        try:
            logs = {name: log_of(showings, policy) for name, policy in POLICIES.items()}
        except ZeroPropensity as error:
            raise CommandError(str(error)) from error
        self.stdout.write("| policy | estimate | likes per showing | 95% interval | weight |")
        self.stdout.write("|---|---|---|---|---|")
        first = next(iter(logs.values()))
        self._write("logged", on_policy(first.rewards, first.groups))
        for name, log in logs.items():
            for method in METHODS:
                self._write(name, method(log, clip=clip))

    def _write(self, policy: str, estimate: Estimate) -> None:
        clipped = f", {estimate.n_clipped} clipped" if estimate.n_clipped else ""
        self.stdout.write(
            f"| {policy} | {estimate.method} | {estimate.value:.4f} "
            f"| {estimate.low:.4f} to {estimate.high:.4f} "
            f"| {estimate.effective_n:.0f} of {estimate.n}{clipped} |"
        )
