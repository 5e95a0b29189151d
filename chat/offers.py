"""What an answer offers to tap, kept in `Turn.offers`: the browser only ever says which number.

Everything that asks a Query is stored with it, so a click brings exactly what was shown, also
after a reload, and a forged one brings nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from chat.models import Turn
from discovery.types import Choice, Correction, Query, Slate

# Lists of a turn's offers that hold a label and a Query each.
TAPPED = ("relaxations", "answers", "angles")
# After a question, so many answers ask nothing.
QUIET_TURNS = 2


class UnknownOffer(Exception):
    """The turn offers no such thing: the page is out of date, or it was made up."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to tap; `number` is its place in the turn's list."""

    number: int
    label: str
    gains: int = 0

    @property
    def gain(self) -> str:
        """How many titles it adds, as notes write numbers; empty if that isn't known."""
        return f"+{self.gains:,}" if self.gains else ""


@dataclass(frozen=True, slots=True)
class Question:
    """The one thing that the answer asks back, with answers to tap."""

    text: str
    answers: Sequence[Offer]


@dataclass(frozen=True, slots=True)
class Offers:
    """What a turn's answer offers, as the page shows it."""

    relaxations: Sequence[Offer] = ()
    suggestions: Sequence[str] = ()
    corrections: Sequence[Correction] = ()
    question: Question | None = None
    angles: Sequence[Offer] = ()


@dataclass(frozen=True, slots=True)
class Tapped:
    """What a tapped offer asks."""

    label: str
    query: Query


def stored_offers(slate: Slate) -> dict[str, object]:
    """Return what to keep of a slate: JSON for `Turn.offers`, without what is empty."""
    asked = slate.clarification
    kept: dict[str, object] = {
        "relaxations": [
            {**_stored(offer.label, offer.query), "gains": offer.gains}
            for offer in slate.relaxations
        ],
        "suggestions": list(slate.suggestions),
        "corrections": [{"said": each.said, "read_as": each.read_as} for each in slate.corrections],
        "question": asked.question if asked else "",
        "answers": _stored_choices(asked.choices) if asked else [],
        "angles": _stored_choices(slate.angles),
    }
    return {name: value for name, value in kept.items() if value}


def offers_of(turn: Turn) -> Offers:
    kept: Mapping[str, Any] = turn.offers
    question = kept.get("question", "")
    return Offers(
        relaxations=_shown(kept.get("relaxations", ())),
        suggestions=kept.get("suggestions", ()),
        corrections=[Correction(**each) for each in kept.get("corrections", ())],
        question=Question(question, _shown(kept.get("answers", ()))) if question else None,
        angles=_shown(kept.get("angles", ())),
    )


def tapped(turn: Turn, among: str, number: int) -> Tapped:
    """Return what the viewer tapped.

    Raises:
        UnknownOffer: the turn has no such offer, or it is of a version that can't be read.
    """
    offers = turn.offers.get(among, []) if among in TAPPED else []
    try:
        offer = offers[number]
        return Tapped(offer["label"], Query.model_validate(offer["query"]))
    except (IndexError, ValidationError) as error:
        raise UnknownOffer(f"{among}[{number}] of turn {turn.pk}") from error


def asked_lately(turns: Iterable[Turn]) -> bool:
    """Whether one of these turns asked the viewer something."""
    return any("question" in turn.offers for turn in turns)


def questions_asked(turns: Iterable[Turn]) -> tuple[str, ...]:
    """Return the questions that these turns asked the viewer."""
    return tuple(turn.offers["question"] for turn in turns if "question" in turn.offers)


def _stored(label: str, query: Query) -> dict[str, object]:
    return {"label": label, "query": query.said()}


def _stored_choices(choices: Sequence[Choice]) -> list[dict[str, object]]:
    return [_stored(choice.label, choice.query) for choice in choices]


def _shown(kept: Sequence[Mapping[str, Any]]) -> list[Offer]:
    return [Offer(number, each["label"], each.get("gains", 0)) for number, each in enumerate(kept)]
