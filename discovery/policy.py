"""The version of everything that decides an order: one short name in slates and exposures."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from django.conf import settings

from discovery import curation, exploration, reranking
from discovery.retrieval import candidates, exposure_weighing, keywords, probes, scoring
from discovery.selection import choosing, programme, surprise


def policy_version(curation: str = "") -> str:
    """Return "r<scoring version>-<hash of the weights>": equal names mean equal policies.

    Editors' rules change what is shown, too: their version (`Curation.version`) follows, if any.
    """
    version = _version_of(explores=settings.EXPLORE, exposure=settings.EXPOSURE_WEIGHT)
    return f"{version}-{curation}" if curation else version


@cache
def _version_of(*, explores: bool, exposure: float) -> str:
    weights = {
        "scoring": [
            scoring.SCORING_VERSION,
            dict(scoring.WEIGHTS),
            scoring.UNUSUAL_TASTE,
            scoring.MAX_WORDS_FIT,
            scoring.RECOLLECTED_FAME,
            scoring.MAX_REGARD,
            scoring.MAX_KEYWORDS_FIT,
        ],
        "exposure": [
            exposure,
            exposure_weighing.HALF_LIFE_DAYS,
            exposure_weighing.OFTEN,
            exposure_weighing.FEWEST_OFTEN,
            exposure_weighing.PROTECTED,
        ],
        "keywords": [keywords.NEAREST, keywords.NEAR_ENOUGH, keywords.MAX_SHARE],
        "probes": [probes.MESSAGE_SHARE, probes.BEFORE_SHARE],
        "curation": [curation.MAX_BOOST],
        "retrieval": [candidates.MAX_CANDIDATES, candidates.PER_SOURCE],
        "reranking": [
            reranking.SHARE_WITH_HISTORY,
            reranking.SHARE_WITH_REFERENCES,
            reranking.SHARE_WITHOUT,
        ],
        "selection": [
            choosing.SHORTLIST,
            choosing.SIMILARITY_PENALTY,
            choosing.SERIES_PENALTY,
            programme.MAX_PER_DIRECTOR,
            programme.NEAR_DUPLICATE,
            programme.DUPLICATE_PENALTY,
            programme.GENRE_PENALTY,
            surprise.TEMPERATURE,
        ],
        "exploration": explores
        and [
            exploration.MIN_CARDS,
            exploration.POOL,
            exploration.WITHIN,
            exploration.PRIOR_SHOWINGS,
            exploration.PRIOR_LIKED,
            exploration.FEWEST_LIKED,
            exploration.MOST_LIKED,
        ],
    }
    digest = hashlib.sha256(json.dumps(weights, sort_keys=True).encode()).hexdigest()
    return f"r{scoring.SCORING_VERSION}-{digest[:10]}"
