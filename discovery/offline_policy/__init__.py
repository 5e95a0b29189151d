"""What another policy would be worth, from what this one has shown: estimates, and their proof.

`estimates` takes arrays; `showings` reads them from the database; `simulation` has a world whose
truth is known.
"""

from discovery.offline_policy.estimates import (
    Estimate,
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
