"""The version of everything that decides an order: one short name in slates and exposures."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from discovery import curation, reranking, retrieval, scoring, selection


def policy_version(curation: str = "") -> str:
    """Return "r<scoring version>-<hash of the weights>": equal names mean equal policies.

    Editors' rules change what is shown, too: their version (`Curation.version`) follows, if any.
    """
    return f"{_weights_version()}-{curation}" if curation else _weights_version()


@cache
def _weights_version() -> str:
    weights = {
        "scoring": [scoring.SCORING_VERSION, dict(scoring.WEIGHTS)],
        "curation": [curation.MAX_BOOST],
        "retrieval": [retrieval.MAX_CANDIDATES, retrieval.PER_SOURCE],
        "reranking": [
            reranking.SHARE_WITH_HISTORY,
            reranking.SHARE_WITH_REFERENCES,
            reranking.SHARE_WITHOUT,
        ],
        "selection": [
            selection.SHORTLIST,
            selection.SIMILARITY_PENALTY,
            selection.SERIES_PENALTY,
            selection.TEMPERATURE,
        ],
    }
    digest = hashlib.sha256(json.dumps(weights, sort_keys=True).encode()).hexdigest()
    return f"r{scoring.SCORING_VERSION}-{digest[:10]}"
