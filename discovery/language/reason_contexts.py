"""Picks to give reasons for: starter titles, with wishes and histories that link to them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from catalog.facts import TitleFacts
from catalog.ontology import load_ontology
from discovery.language.starter_titles import TitleShelf
from discovery.reasons.templates import ReasonContext
from discovery.retrieval.genre_fit import genre_weight
from genrec.contract import PersonRef, Query, TitleRef

PARTS = frozenset(
    {
        "plain", "nodirector", "terms", "director_asked", "cast_asked", "ref_director", "ref_cast",
        "ref_genres", "liked_director", "liked_cast", "liked_genres", "language", "country",
    }
)  # fmt: skip
MAX_TERMS = 3
# Half of all titles share a genre with the pick.
MOST_TRIED = 40
# Names in lower case: they read ill in a sentence.
_REGIONS = frozenset(
    {
        "africa", "american south", "east asia", "eastern bloc", "latin america", "middle east",
        "south asia",
    }
)  # fmt: skip
# A catalogue does not know every runtime, and a sentence must do without.
RUNTIME_KNOWN = 0.9


@dataclass(frozen=True, slots=True)
class PickShape:
    """What links a title to the wish: "terms+liked_cast"."""

    parts: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> PickShape:
        """Raises ValueError for a part that doesn't exist."""
        parts = frozenset(text.split("+"))
        if unknown := parts - PARTS:
            raise ValueError(f"no such part of a shape: {', '.join(sorted(unknown))}")
        return cls(parts)

    def companion(self, kind: str) -> str:
        """Return what a "ref" or "liked" title shares with the pick, or "" without one."""
        return next((p.split("_")[1] for p in self.parts if p.startswith(f"{kind}_")), "")


def build_context(
    title: TitleFacts, shape: PickShape, shelf: TitleShelf, rng: random.Random
) -> ReasonContext | None:
    """Return a pick of this title in this shape; None if the title has not what it needs."""
    facts = _partly_known(title, shape, rng)
    wish = _wish_of(facts, shape, rng)
    if wish is None:
        return None
    references, liked = (_companions(facts, shape.companion(k), shelf, rng) for k in _COMPANIONS)
    if references is None or liked is None:
        return None
    like = tuple(TitleRef(mention=r.name, title_id=r.title_id, label=r.label) for r in references)
    return ReasonContext(facts, wish.model_copy(update={"like": like}), references, liked)


_COMPANIONS = ("ref", "liked")


def _partly_known(title: TitleFacts, shape: PickShape, rng: random.Random) -> TitleFacts:
    if rng.random() > RUNTIME_KNOWN:
        title = replace(title, runtime_min=None)
    return replace(title, directors=()) if "nodirector" in shape.parts else title


def _wish_of(facts: TitleFacts, shape: PickShape, rng: random.Random) -> Query | None:
    """Return a wish that the title answers; None if it can't."""
    said: dict[str, object] = {}
    if "terms" in shape.parts:
        said |= _terms_asked(facts, rng)
    if "director_asked" in shape.parts:
        said["people"] = _asked(facts.directors[:1], "director")
    if "cast_asked" in shape.parts:
        players = [name for name in facts.cast[:3] if name not in facts.directors]
        said["people"] = _asked(players[: rng.choice((1, 1, 1, 2))], "any")
    if "language" in shape.parts:
        said["languages"] = tuple(name for name in facts.languages[:1] if name != "English")
    if "country" in shape.parts:
        said["countries"] = tuple(name for name in facts.countries[:1] if name != "United States")
    return Query.model_validate(said) if all(said.values()) else None


def _terms_asked(facts: TitleFacts, rng: random.Random) -> dict[str, object]:
    """Ask for one to three of the title's strongest terms."""
    count = rng.choice((1, 1, 2, 2, MAX_TERMS))
    strongest = [name for name in facts.tags if name not in _REGIONS][:6]
    chosen = rng.sample(strongest, min(count, len(strongest)))
    terms = load_ontology().terms
    moods = tuple(name for name in chosen if terms[name].is_mood)
    themes = tuple(name for name in chosen if not terms[name].is_mood)
    return {key: words for key, words in (("moods", moods), ("themes", themes)) if words}


def _asked(names: Iterable[str], role: str) -> tuple[PersonRef, ...]:
    return tuple(
        PersonRef.model_validate(
            {"mention": name, "person_id": number, "role": role, "label": name}
        )
        for number, name in enumerate(names, start=1)
    )


def _companions(
    facts: TitleFacts, sharing: str, shelf: TitleShelf, rng: random.Random
) -> tuple[TitleFacts, ...] | None:
    """Return one other title that shares just this with the pick; none if none is wanted."""
    if not sharing:
        return ()
    groups, keys = {
        "director": (shelf.by_director, facts.directors[:1]),
        "cast": (shelf.by_player, facts.cast),
        "genres": (shelf.by_genre, facts.genres),
    }[sharing]
    others = [other for key in keys for other in groups.get(key, ())]
    drawn = rng.sample(others, min(MOST_TRIED, len(others)))
    fit = (other for other in drawn if _shares_just(facts, other, sharing))
    chosen = next(fit, None)
    return None if chosen is None else (chosen,)


def _shares_just(facts: TitleFacts, other: TitleFacts, sharing: str) -> bool:
    same_director = bool(set(facts.directors) & set(other.directors))
    same_player = bool(set(facts.cast) & set(other.cast))
    if other.title_id == facts.title_id or other.name in facts.name or facts.name in other.name:
        return False
    if sharing == "director":
        return same_director
    if sharing == "cast":
        return same_player and not same_director
    telling = [g for g in facts.genres if g in other.genres and genre_weight(g) >= 0.7]
    return len(telling) > 1 and not (same_director or same_player)
