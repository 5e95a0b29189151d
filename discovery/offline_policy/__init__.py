"""What another policy would be worth, from what this one has shown: estimates, and their proof.

`estimates` takes arrays; `showings` reads them from the database; `simulation` has a world whose
truth is known.
"""

from discovery.offline_policy.estimates import (
    Estimate,
    Interval,
    Log,
    MismatchedLog,
    ZeroPropensity,
    doubly_robust,
    ips,
    on_policy,
    snips,
)
from discovery.offline_policy.simulation import SimulatedRow, simulate_table

__all__ = [
    "Estimate",
    "Interval",
    "Log",
    "MismatchedLog",
    "SimulatedRow",
    "ZeroPropensity",
    "doubly_robust",
    "ips",
    "on_policy",
    "simulate_table",
    "snips",
]
