"""Blend the catalog head's scores with the artefact's sequential prior.

The formula is `genrec.prior.blend_scores`, the one that `genrec evaluate` measures; here are only
the ways between slots, which the application owns, and imdb ids, which the prior knows.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from genrec.assembly import CATALOG_DIRECTORY
from genrec.checkpoint import PRIOR_NAME
from genrec.errors import GenRecError

if TYPE_CHECKING:
    from genrec.prior import BlendConfig, SequentialPrior

logger = logging.getLogger(__name__)


class Blender:
    """A prior and how much it counts. `imdb` arguments map slots to ids, as far as known."""

    def __init__(self, prior: SequentialPrior, config: BlendConfig) -> None:
        self.prior = prior
        self.config = config
        self.places = {key: place for place, key in enumerate(prior.keys)}

    @classmethod
    def from_directory(cls, directory: Path, blend: Mapping[str, Any] | None) -> Self | None:
        """Read the prior of a served directory; None if its artefact has none.

        Raises:
            GenRecError: the prior is missing or damaged, or the weights are of another kind.
        """
        if blend is None:
            logger.info("the artefact has no sequential prior: rankings are the head's alone")
            return None
        from genrec.prior import BlendConfig, SequentialPrior

        try:
            config = BlendConfig(**blend)
        except TypeError as error:
            raise GenRecError(f"{directory} blends in a way unknown here: {error}.") from error
        return cls(SequentialPrior.read(directory / CATALOG_DIRECTORY / PRIOR_NAME), config)

    def blend(
        self, scores: Mapping[int, float], imdb: Mapping[int, str], history: Sequence[str]
    ) -> dict[int, float]:
        """Return blended scores of the slots in `scores`: log-probabilities over the catalogue."""
        from genrec.prior import blend_scores

        if not scores:
            return {}
        places = np.array([self.places.get(imdb.get(slot, ""), -1) for slot in scores])
        known = places >= 0
        prior = np.where(known, self.likely(history)[places], 0.0)
        logprobs = np.fromiter(scores.values(), dtype=np.float64)
        blended = blend_scores(logprobs, prior, known, self.config)
        return dict(zip(scores, blended.tolist(), strict=True))

    def best_slots(
        self, imdb: Mapping[int, str], history: Sequence[str], n_slots: int
    ) -> list[int]:
        """Return the loaded slots that the prior finds likeliest, best first."""
        likely = self.likely(history)
        found = {
            slot: place for slot, key in imdb.items() if (place := self.places.get(key, -1)) >= 0
        }
        best = sorted(found, key=lambda slot: (-likely[found[slot]], slot))
        return [slot for slot in best if likely[found[slot]] > 0][:n_slots]

    def likely(self, history: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return the prior's probability of each of its titles, (N,)."""
        return np.asarray(self.prior.probabilities(history), dtype=np.float64)
