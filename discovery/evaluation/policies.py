"""Offline policy evaluation where the truth is known: do the estimates find it?"""

from __future__ import annotations

from typing import Any

from discovery.offline_policy.simulation import SHOWINGS_EACH, simulate_table


def policies_report() -> dict[str, Any]:
    """Return the set's part of the JSON: each estimate of one simulated policy's worth.

    `coverage` is the share of the logs whose interval holds the truth, `coverage of rows` of those
    that take a viewer's showings for independent; `recovered` is 1 if the first is about 95%.
    """
    rows = simulate_table()
    return {
        "n": rows[0].n,
        "counts": {"logs": rows[0].logs, "showings_a_viewer": SHOWINGS_EACH},
        "systems": {
            row.system: {
                "estimate": round(row.value, 5),
                "truth": round(row.truth, 5),
                "recovered": int(row.recovered),
                "mean estimate": round(row.mean, 5),
                "coverage": round(row.coverage, 5),
                "coverage of rows": round(row.coverage_of_rows, 5),
                "ci95": {"estimate": [round(row.low, 5), round(row.high, 5)]},
            }
            for row in rows
        },
    }
