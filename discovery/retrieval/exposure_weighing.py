"""Exposure-aware scoring: what was shown often lately steps back, so that others are seen too.

One knob, `MOODREEL_EXPOSURE_WEIGHT`, 0 to leave it out. Showings fade with a half-life of a week. A
title steps back in proportion to them until it has been shown three quarters as often as titles
are on average, and then no further: among those that everybody is shown, what fits still comes
first. Without that end the most fitting answers pay most. `benchmarks/exposure.py` shows what the
knob buys.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from django.db import connection

from discovery.caching import made_once

HALF_LIFE_DAYS = 7.0
# Older showings have faded to a sixteenth.
HORIZON_DAYS = 28
# Shown so often, beside the average of the titles shown at all, a title steps back all the way.
OFTEN = 0.75
# On a quiet site a handful of showings is chance.
FEWEST_OFTEN = 5.0
# The titles that fit best keep their places: an answer is judged by its first cards, and most of
# what is never shown could have been a fourth as well.
PROTECTED = 3
CACHE_KEY = "discovery:shown_often"
CACHE_S = 60

_SHOWINGS = """
SELECT pick.title_id, sum(exp(-%s * extract(epoch FROM now() - shown.shown_at)))
FROM discovery_exposure shown JOIN discovery_pick pick ON pick.id = shown.pick_id
WHERE shown.shown_at > now() - make_interval(days => %s)
GROUP BY pick.title_id
"""


def shown_often() -> dict[int, float]:
    """Return how far each title shown of late steps back, from 0 to 1; about a minute old."""
    # Another database may be behind the same cache: an evaluation's, beside the live one.
    key = f"{CACHE_KEY}:{connection.settings_dict['NAME']}"
    return made_once(key, lambda: step_backs(count_showings()), fresh_s=CACHE_S)


def count_showings() -> dict[int, float]:
    """Count now: one pass over the exposures of the last four weeks."""
    with connection.cursor() as cursor:
        cursor.execute(_SHOWINGS, [math.log(2) / (HALF_LIFE_DAYS * 86_400), HORIZON_DAYS])
        return {title_id: float(faded) for title_id, faded in cursor.fetchall()}


def step_backs(showings: Mapping[int, float]) -> dict[int, float]:
    """Return how far each title steps back, in units of the knob: from 0 to 1.

    Args:
        showings: title -> how often it was shown of late, faded; more than 0.
    """
    average = math.fsum(showings.values()) / len(showings) if showings else 0.0
    often = max(FEWEST_OFTEN, OFTEN * average)
    return {title_id: min(1.0, count / often) for title_id, count in showings.items()}
