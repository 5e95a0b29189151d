"""Exposure-aware scoring: what was shown often lately, and what all know, steps back a little.

One knob, `MOODREEL_EXPOSURE_WEIGHT`, 0 to leave it out. Showings fade with a half-life of a week;
their logarithm counts, so that what matters is how many times more often one title was shown than
another, on a busy site as on a quiet one. `benchmarks/exposure.py` shows what the knob buys.
"""

from __future__ import annotations

import math

from django.db import connection

from discovery.caching import made_once

HALF_LIFE_DAYS = 7.0
# Older showings have faded to a sixteenth.
HORIZON_DAYS = 28
# What a popularity of one deviation above the average counts beside ten times the showings.
FAME_SHARE = 0.1
# The titles that fit best keep their places: an answer is judged by its first cards, and most of
# what is never shown could have been a fourth as well.
PROTECTED = 3
CACHE_KEY = "discovery:showings"
CACHE_S = 60

_SHOWINGS = """
SELECT pick.title_id, sum(exp(-%s * extract(epoch FROM now() - shown.shown_at)))
FROM discovery_exposure shown JOIN discovery_pick pick ON pick.id = shown.pick_id
WHERE shown.shown_at > now() - make_interval(days => %s)
GROUP BY pick.title_id
"""


def recent_showings() -> dict[int, float]:
    """Return how often each title was shown of late, faded; at most about a minute old."""
    # Another database may be behind the same cache: an evaluation's, beside the live one.
    key = f"{CACHE_KEY}:{connection.settings_dict['NAME']}"
    return made_once(key, count_showings, fresh_s=CACHE_S)


def count_showings() -> dict[int, float]:
    """Count now: one pass over the exposures of the last four weeks."""
    with connection.cursor() as cursor:
        cursor.execute(_SHOWINGS, [math.log(2) / (HALF_LIFE_DAYS * 86_400), HORIZON_DAYS])
        return {title_id: float(faded) for title_id, faded in cursor.fetchall()}


def damping(showings: float, fame: float) -> float:
    """Return how far a title steps back, in units of the knob: 0 or more.

    Args:
        showings: how often it was shown of late, faded.
        fame: its popularity, standardised.
    """
    return math.log10(1 + showings) + FAME_SHARE * max(0.0, fame)
