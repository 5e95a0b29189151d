"""Blend the catalog head's scores with the artefact's sequential prior.

The formula is `genrec.prior.blend_scores`, the one that `genrec evaluate` measures; here are only
the ways between slots, which the application owns, and imdb ids, which the prior knows.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from genrec.assembly import CATALOG_DIRECTORY
from genrec.checkpoint import PRIOR_NAME, blend_config
from genrec.kin import Places, expected_of_kin
from genrec.prior import LEAST, BlendConfig, SequentialPrior, blend_scores

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opinion:
    """What the prior says after one history: a probability of each of its titles, (N,)."""

    likely: npt.NDArray[np.float64]
    places: Mapping[str, int]
    config: BlendConfig
    wish: bool
    # Rows of the prior that the history holds.
    seen: tuple[int, ...] = ()

    def blend(
        self,
        scores: Mapping[int, float],
        imdb: Mapping[int, str],
        kin: Mapping[int, Places] = MappingProxyType({}),
    ) -> dict[int, float]:
        """Return blended log-probabilities of the slots in `scores`, on the scale of the head's.

        Args:
            imdb: slots to ids, as far as known.
            kin: for slots that the prior does not know, rows of titles that it does.
        """
        if not scores:
            return {}
        slots = list(scores)
        places = np.array([self.places.get(imdb.get(slot, ""), -1) for slot in slots])
        # Of titles that the prior does not know, it is never asked: any value will do.
        expected = self.likely[places]
        strangers = [at for at, slot in enumerate(slots) if places[at] < 0 and slot in kin]
        if strangers:
            rows = np.stack([kin[slots[at]] for at in strangers])
            expected[strangers] = expected_of_kin(self.likely, rows, self.seen, LEAST)
        has_say = places >= 0
        has_say[strangers] = True
        logprobs = np.fromiter(scores.values(), dtype=np.float64)
        blended = blend_scores(logprobs, expected, has_say, self.config, wish=self.wish)
        return dict(zip(slots, blended.tolist(), strict=True))

    def best_slots(self, slot_of: Mapping[str, int], n_slots: int) -> list[int]:
        """Return the loaded slots that the prior finds likeliest, best first."""
        keys = list(self.places)
        best = (keys[place] for place in np.argsort(-self.likely, kind="stable"))
        return list(islice((slot_of[key] for key in best if key in slot_of), n_slots))


class Blender:
    """A prior and how much it counts."""

    def __init__(self, prior: SequentialPrior, config: BlendConfig) -> None:
        self.prior = prior
        self.config = config

    @classmethod
    def from_directory(cls, directory: Path, blend: dict[str, Any] | None) -> Self | None:
        """Read the prior of a served directory; None if its artefact has none.

        Raises:
            GenRecError: the prior is missing or damaged, or the settings are of another kind.
        """
        if blend is None:
            logger.warning("the artefact has no sequential prior: the catalog head ranks alone")
            return None
        prior = SequentialPrior.read(directory / CATALOG_DIRECTORY / PRIOR_NAME)
        return cls(prior, blend_config(blend))

    def opinion(self, history_keys: Sequence[str], *, wish: bool) -> Opinion:
        """Return what the prior says after a history of imdb ids, oldest first."""
        likely = self.prior.probabilities(history_keys)
        rows = self.prior.rows
        seen = tuple(rows[key] for key in history_keys if key in rows)
        return Opinion(likely, rows, self.config, wish, seen)
