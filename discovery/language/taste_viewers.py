"""Viewers to sum up: a few liked and disliked starter titles, and what these have in common."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.facts import TitleFacts
from catalog.ontology import load_ontology
from discovery.language.starter_titles import TitleShelf
from discovery.language.taste_prompt import MAX_DISLIKED, MAX_LIKED, SENSITIVE_TERMS, shown_terms

# Terms that stand before a noun or after "is".
_ADJECTIVES_BESIDE_MOODS = frozenset(
    {
        "slow burn", "quiet", "meditative", "fast-paced", "explosive", "epic", "talky",
        "visually lush", "atmospheric", "stylish", "gothic", "black-and-white", "experimental",
        "mind-bending", "twisty",
    }
)  # fmt: skip
_NO_ADJECTIVES = frozenset({"black comedy", "parody", "cringe", "lonely", "yearning"})
FEELS = (
    frozenset(t.name for t in load_ontology().terms.values() if t.group in {"mood", "tone"})
    - _NO_ADJECTIVES
    - SENSITIVE_TERMS
    | _ADJECTIVES_BESIDE_MOODS
)
# Terms that a story can be about; of the second kind there are several.
SUBJECTS = frozenset(
    {
        "coming of age", "first love", "marriage", "friendship", "found family", "ambition",
        "show business", "dance", "food", "boxing", "detective work", "prison", "revenge",
        "conspiracy", "journalism", "survival", "time travel", "childhood", "memory", "nature",
        "war", "immortality", "myth and legend",
    }
)  # fmt: skip
SUBJECTS_PLURAL = frozenset(
    {
        "family ties", "second chances", "con artists", "gangsters", "assassins", "spies",
        "aliens", "virtual worlds", "superheroes", "monsters", "dinosaurs", "vampires",
        "werewolves", "zombies", "ghosts", "witches", "pirates", "animals", "buddies", "samurai",
    }
)  # fmt: skip
# Two titles that share a term are no accident.
SHARED_BY = 2


@dataclass(frozen=True, slots=True)
class Viewer:
    """What somebody liked and disliked, the newest last; `anchor` is the term that links them."""

    liked: tuple[TitleFacts, ...]
    disliked: tuple[TitleFacts, ...] = ()
    anchor: str = ""


def draw_viewer(shape: str, shelf: TitleShelf, rng: random.Random) -> Viewer | None:
    """Return a viewer of this shape; None if the draw did not work out: draw again."""
    liked, anchor = _liked(shape, shelf, rng)
    if shape not in {"both", "about_both", "one_both", "only_disliked"}:
        return Viewer(liked, (), anchor)
    disliked = _disliked(shape, liked, shelf, rng)
    return Viewer(liked, disliked, anchor) if disliked else None


def _liked(shape: str, shelf: TitleShelf, rng: random.Random) -> tuple[tuple[TitleFacts, ...], str]:
    if shape == "only_disliked":
        return (), ""
    if shape.startswith("one"):
        return (rng.choice(shelf.titles),), ""
    if shape == "broad":
        return tuple(rng.sample(shelf.titles, rng.randint(4, MAX_LIKED))), ""
    wanted = SUBJECTS | SUBJECTS_PLURAL if shape.startswith("about") else FEELS
    common = (t for t in wanted if len(shelf.by_shown_term.get(t, ())) > SHARED_BY)
    anchor = rng.choice(sorted(common))
    return _kindred_titles(anchor, shelf, rng), anchor


def _kindred_titles(term: str, shelf: TitleShelf, rng: random.Random) -> tuple[TitleFacts, ...]:
    """Return titles that share the term and much else, now and then with a stranger among them."""
    holders = shelf.by_shown_term[term]
    first = rng.choice(holders)
    others = [title for title in rng.sample(holders, min(30, len(holders))) if title != first]
    others.sort(key=lambda title: -_in_common(first, title))
    chosen = [first, *others[: rng.randint(1, MAX_LIKED - 2)]]
    if len(chosen) > SHARED_BY and rng.random() < 0.4:
        chosen.append(rng.choice(shelf.titles))
    unique = list({title.name: title for title in chosen}.values())
    rng.shuffle(unique)
    return tuple(unique)


def _in_common(one: TitleFacts, other: TitleFacts) -> int:
    return len({*shown_terms(one), *one.genres[:2]} & {*shown_terms(other), *other.genres[:2]})


def _disliked(
    shape: str, liked: Sequence[TitleFacts], shelf: TitleShelf, rng: random.Random
) -> tuple[TitleFacts, ...]:
    """Return titles that share a feeling, one that none of the liked titles has."""
    avoided = {term for title in liked for term in shown_terms(title)}
    feel = rng.choice(sorted(FEELS - avoided))
    holders = [title for title in shelf.by_shown_term.get(feel, ()) if title not in liked]
    count = 1 if shape.startswith("one") else rng.randint(1, MAX_DISLIKED)
    return tuple(rng.sample(holders, min(count, len(holders))))


def shared_terms(titles: Iterable[TitleFacts], kinds: frozenset[str]) -> list[str]:
    """Return the terms of these kinds that at least two titles show, the commonest first."""
    counts = Counter(term for title in titles for term in shown_terms(title) if term in kinds)
    return [term for term, count in counts.most_common() if count >= SHARED_BY]


def shared_genres(titles: Iterable[TitleFacts]) -> list[str]:
    """Return the genres that at least two titles show, the commonest first."""
    counts = Counter(genre for title in titles for genre in title.genres[:2])
    return [genre for genre, count in counts.most_common() if count >= SHARED_BY]
