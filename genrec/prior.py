"""The sequential prior that ships beside the catalog head, and how the two are blended.

The prior predicts the next title from the titles before it by a sparse linear model, which
`prior_fitting` fits. It knows titles with a history, by imdb id, and has no opinion on others;
nor does it know of wishes. numpy only: serving runs it for every ranking.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from genrec.errors import GenRecError
from genrec.events import Floats, decay

Doubles = npt.NDArray[np.float64]
BlendForm = Literal["mixture", "log_linear"]
LEAST = 1e-9
"""No probability of the prior is below this: titles of the history itself have it."""


@dataclass(frozen=True)
class PriorConfig:
    """Every choice of the prior, made on MovieLens-1M users' last but one titles.

    `rates` are how much of an event each kernel keeps from one event to the next; pairs of events
    count in the fit as long as a kernel weighs them `least_counted` or more. A regression
    score estimates a probability but may be negative: `softness` is the width of the bend that
    makes it positive, `smoothing` how much popularity is added, for a total score of about one.
    `successors` is how many weights are kept for a title at each rate, on average. Titles with
    fewer than `min_events` events are left out, and so are all but the `max_titles` with most:
    the fit is cubic in them.
    """

    rates: tuple[float, ...] = (0.6, 0.95)
    length: int = 200
    least_counted: float = 0.01
    regularisation: float = 800.0
    softness: float = 1e-4
    smoothing: float = 0.17
    successors: int = 260
    min_events: int = 5
    max_titles: int = 6000


@dataclass(frozen=True)
class SequentialPrior:
    """Next-title probabilities of N titles, `keys`, from the titles that tend to follow others.

    The weights of title i at rate r are the entries `starts[r * N + i]` to `starts[r * N + i + 1]`
    of `successors`, rows of `keys`, and of `weights`, float16. `popularity` (N,) sums to 1.
    """

    keys: tuple[str, ...]
    starts: npt.NDArray[np.int32]
    successors: npt.NDArray[np.integer]
    weights: npt.NDArray[np.float16]
    popularity: Floats
    config: PriorConfig

    @cached_property
    def rows(self) -> Mapping[str, int]:
        return {key: row for row, key in enumerate(self.keys)}

    def scores(self, rows: Sequence[int]) -> Doubles:
        """Return the regression's score of every title (N,) after titles given as rows."""
        places, factors = self.entries(rows)
        if not places:
            return np.zeros(len(self.keys))
        spans = [slice(*self.starts[place : place + 2]) for place in places]
        weights = np.concatenate([self.weights[span] for span in spans]).astype(np.float64)
        weights *= np.repeat(factors, [span.stop - span.start for span in spans])
        successors = np.concatenate([self.successors[span] for span in spans])
        sums = np.bincount(successors, weights=weights, minlength=len(self.keys))
        return sums.astype(np.float64)

    def entries(self, rows: Sequence[int]) -> tuple[list[int], list[float]]:
        """Return where the weights of each event start, and how much each has faded."""
        places: list[int] = []
        factors: list[float] = []
        for index, rate in enumerate(self.config.rates):
            kernel = decay(rate, length=self.config.length)[: len(rows)]
            places += [index * len(self.keys) + row for row in rows[-len(kernel) :][::-1]]
            factors += kernel.tolist()
        return places, factors

    def probabilities(self, history_keys: Sequence[str]) -> Doubles:
        """Return the probability of every title to be next (N,), summing to 1.

        Titles of the history, oldest first, that the prior does not know are passed over as if
        they had not been there. Titles of the history itself get next to nothing: nobody in the
        data saw one twice.
        """
        rows = [row for key in history_keys if (row := self.rows.get(key)) is not None]
        soft = self.config.softness
        likely = soft * np.logaddexp(0, self.scores(rows) / soft)
        likely += self.config.smoothing * self.popularity
        likely[rows] = 0.0
        likely = np.maximum(likely / max(likely.sum(), LEAST), LEAST)
        result: Doubles = likely / likely.sum()
        return result

    def write(self, path: Path) -> None:
        """Write the prior as safetensors, with keys and configuration in its metadata."""
        from safetensors.numpy import save_file

        tensors = {name: np.ascontiguousarray(getattr(self, name)) for name in TENSORS}
        metadata = {"imdb": json.dumps(self.keys), "config": json.dumps(asdict(self.config))}
        save_file(tensors, path, metadata=metadata)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote.

        Raises:
            GenRecError: not such a file, or one whose parts do not fit each other.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as tensors:
                metadata = tensors.metadata() or {}
                parts = {name: tensors.get_tensor(name) for name in TENSORS}
            keys = tuple(str(key) for key in json.loads(metadata["imdb"]))
            values = json.loads(metadata["config"])
            config = PriorConfig(**{**values, "rates": tuple(values["rates"])})
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise GenRecError(f"{path} is not a sequential prior: {error!r}.") from error
        prior = cls(keys=keys, config=config, **parts)
        prior.check(path)
        return prior

    def check(self, path: Path) -> None:
        """Raise GenRecError unless tensors, keys and configuration fit each other."""
        n_titles, n_weights = len(self.keys), len(self.weights)
        shapes = {name: getattr(self, name).shape for name in TENSORS}
        expected = {
            "starts": (len(self.config.rates) * n_titles + 1,),
            "successors": (n_weights,),
            "weights": (n_weights,),
            "popularity": (n_titles,),
        }
        if shapes != expected or len(set(self.keys)) != n_titles or not n_titles:
            raise GenRecError(f"{path} has tensors of {shapes} for {n_titles} titles: {expected}.")
        inside = np.all((self.successors >= 0) & (self.successors < n_titles))
        ordered = np.all(np.diff(self.starts) >= 0) and self.starts[-1] == n_weights
        if not (inside and ordered and self.starts[0] == 0):
            raise GenRecError(f"{path} points outside its titles or its weights.")
        if not (np.isfinite(self.weights).all() and np.isfinite(self.popularity).all()):
            raise GenRecError(f"{path} has weights that are no numbers.")


TENSORS = ("starts", "successors", "weights", "popularity")


@dataclass(frozen=True)
class BlendConfig:
    """How catalog head and prior are combined: the form, and the prior's share in [0, 1).

    "mixture" averages probabilities: a title needs one of the two. "log_linear" averages their
    logarithms: a title needs both. `wish_weight` holds where a wish was stated.
    """

    form: BlendForm = "log_linear"
    weight: float = 0.4
    wish_weight: float = 0.05

    def __post_init__(self) -> None:
        if self.form not in ("mixture", "log_linear"):
            raise GenRecError(f"Unknown form of blend: {self.form!r}.")
        if not (0 <= self.weight < 1 and 0 <= self.wish_weight < 1):
            raise GenRecError("The prior's share of a blend must be at least 0 and below 1.")


def blend_scores(
    logprobs: npt.NDArray[np.floating],
    prior: npt.NDArray[np.floating],
    known: npt.NDArray[np.bool_],
    config: BlendConfig,
    *,
    wish: bool = False,
) -> Doubles:
    """Return the blended log-probabilities (..., N) of titles.

    Titles that the prior does not know keep the catalog head's log-probability. The others share
    what the head gives to all of them together: what the prior says moves them against each other,
    and neither lifts nor buries them against the unknown ones.

    Args:
        logprobs: (..., N), the catalog head's; over the whole catalogue or over the candidates.
        prior: (..., N), probabilities; what they are for unknown titles does not matter.
        known: (N,), which titles the prior knows.
        wish: whether the ranking carries a wish.
    """
    weight = config.wish_weight if wish else config.weight
    blended = np.array(logprobs, dtype=np.float64)
    if weight == 0 or not known.any():
        return blended
    head, total = log_shares(blended[..., known])
    opinion, _ = log_shares(np.log(np.maximum(prior[..., known], LEAST)))
    if config.form == "mixture":
        mixed = np.logaddexp(np.log1p(-weight) + head, np.log(weight) + opinion)
    else:
        mixed, _ = log_shares((1 - weight) * head + weight * opinion)
    blended[..., known] = mixed + total
    return blended


def log_shares(logs: npt.NDArray[np.floating]) -> tuple[Doubles, Doubles]:
    """Return logs (..., N) of shares that sum to 1, and the log of what they summed to (..., 1)."""
    highest = logs.max(axis=-1, keepdims=True)
    total = highest + np.log(np.exp(logs - highest).sum(axis=-1, keepdims=True))
    return logs - total, total
