"""What is said of wishes that can't hold together, and the offers that would settle it."""

from __future__ import annotations

from catalog.facts import spoken_minutes
from catalog.text import fold
from discovery.answers import notes
from discovery.answers.counting import Counted
from discovery.picking import Picked
from discovery.reasons.genre_words import genre_phrase
from discovery.selection import Conflict
from discovery.selection.conflicts import Remedy
from discovery.selection.shape import COUNT, RUNTIME
from discovery.types import Relaxation
from discovery.wording import listed
from genrec.contract import Query

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def notes_of_choice(query: Query, counted: Counted, picked: Picked) -> list[str]:
    """Say which wishes can't hold together, or how many titles there are if there are too few."""
    if picked.conflict is not None:
        return [note_of_conflict(picked.conflict)]
    n_picks = len(picked.picks)
    return notes.note_of_counts(query, counted, n_picks, _wanted(counted, picked))


def offers_for(query: Query, counted: Counted, picked: Picked) -> list[Relaxation]:
    """Offer what would bring more titles: first what settles a conflict, then fewer wishes."""
    if picked.conflict is None and len(picked.picks) >= _wanted(counted, picked):
        return []
    settling = relaxations_of_conflict(query, picked.conflict) if picked.conflict else []
    return [*settling, *notes.relaxations_for(query, counted)][: notes.MAX_RELAXATIONS]


def _wanted(counted: Counted, picked: Picked) -> int:
    """Return how many titles would be enough: an evening's hours may hold fewer than usual."""
    shape = picked.shape
    filled = bool(picked.picks) and shape.binds and counted.matching >= shape.count
    return len(picked.picks) if filled else shape.count


def note_of_conflict(conflict: Conflict) -> str:
    """Say which wishes of shape are in each other's way, and what is shown instead."""
    return f"{_trouble(conflict)} {_shown_instead(conflict)}"


def relaxations_of_conflict(query: Query, conflict: Conflict) -> list[Relaxation]:
    """Offer to give up or widen one wish of the conflict; most titles first."""
    offers = [
        Relaxation(
            label=_label_of(remedy, conflict),
            query=_settled(query, remedy, conflict),
            gains=remedy.titles - conflict.possible,
        )
        for remedy in conflict.remedies
    ]
    return sorted(offers, key=lambda offer: -offer.gains)


def _trouble(conflict: Conflict) -> str:
    shape, wishes = conflict.shape, conflict.wishes
    if conflict.available is not None:
        wanted, there = shape.quotas[wishes[0]], conflict.available
        are = "is only one that keeps" if there == 1 else f"are only {_number(there)} that keep"
        if not there:
            are = "are none that keep"
        return f"You asked for {_counted(wanted, wishes[0])}, and there {are} your other wishes."
    if wishes == (RUNTIME,):
        return f"Nothing that keeps your other wishes fits into {_budget(conflict)}."
    if set(wishes) <= {COUNT, *shape.quotas}:
        named = listed(_counted(shape.quotas[w], w) for w in wishes if w != COUNT)
        return f"{named[:1].upper()}{named[1:]} can't be {_number(shape.count)} in all."
    named = listed(_named(wish, conflict) for wish in wishes if wish != RUNTIME)
    sentence = f"You asked for {named} within {_budget(conflict)}, and they don't fit."
    if conflict.least_minutes is not None:
        sentence += f" The shortest take {spoken_minutes(conflict.least_minutes)}."
    return sentence


def _shown_instead(conflict: Conflict) -> str:
    if conflict.possible == 0:
        return "These keep everything else."
    if conflict.possible == 1:
        return "This is as far as it goes."
    return f"These {_number(conflict.possible)} are as far as it goes."


def _named(wish: str, conflict: Conflict) -> str:
    shape = conflict.shape
    if wish == COUNT:
        return f"{_number(shape.count)} {'title' if shape.count == 1 else 'titles'}"
    return _counted(shape.quotas[wish], wish)


def _budget(conflict: Conflict) -> str:
    return spoken_minutes(conflict.shape.runtime_total or 0)


def _label_of(remedy: Remedy, conflict: Conflict) -> str:
    if remedy.wish == RUNTIME:
        minutes = remedy.shape.runtime_total
        return f"Take {spoken_minutes(minutes)}" if minutes else "Take as long as it takes"
    if remedy.wish == COUNT:
        return f"{_number(remedy.shape.count).capitalize()} titles instead"
    n = conflict.shape.quotas[remedy.wish]
    return (
        f"Anything in place of {'the' if n == 1 else 'the ' + _number(n)} {_noun(remedy.wish, n)}"
    )


def _settled(query: Query, remedy: Remedy, conflict: Conflict) -> Query:
    """Return the Query with one wish changed; what else was asked for stays as it was."""
    shape = remedy.shape
    if remedy.wish == RUNTIME:
        return query.model_copy(update={"runtime_total": shape.runtime_total})
    if remedy.wish == COUNT:
        return query.model_copy(update={"count": shape.count})
    update = {"quotas": dict(shape.quotas), "count": conflict.shape.count}
    return query.model_copy(update=update)


def _counted(n: int, quota: str) -> str:
    return f"{_number(n)} {_noun(quota, n)}"


def _noun(quota: str, n: int) -> str:
    """Return a genre or a kind as a noun: "drama", "two comedies", "three action films"."""
    if fold(quota) in ("film", "series"):
        noun = fold(quota)
    else:
        noun = genre_phrase([quota.title()], "film")
        noun = noun if noun != "film" else f"{quota.lower()} title"
    if n == 1 or noun.endswith("series"):
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else str(n)
