"""Settle what kind of turn a message is: rules, then the classifier, then the rules' default.

1. An attack, a greeting or a surprise that the rules know (`understanding.intents`).
2. The form of a question about a title, of a verdict, or of a question about oneself, if there is a
   title or a card that it can be about.
3. A short message of which the rules have read every word is the wish that they read.
4. The classifier, over this message and the turns before it. What answers without titles needs
   more certainty where the rules have read the wish of a film.
5. The classifier abstains: the rules' default, a new wish or a patch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from discovery.intents.asked import titles_asked, titles_named
from discovery.intents.classifier import Guess, guess_intent
from discovery.intents.forms import asks_of_taste, asks_of_title, gives_verdict, points_back
from discovery.understanding.linking import Names
from discovery.understanding.refining import patched
from discovery.understanding.talk import follow_up
from genrec.contract import HARD_FIELDS, Intent, Query

SettledBy = Literal["rules", "forms", "classifier", "default"]
# Sure enough to withhold titles although the rules have read the wish of a film.
SURE = 0.9
SHORT_WORDS = 12
# Intents of a turn that is no wish: the conversation's Query stays as it was.
OFF_TOPIC: frozenset[Intent] = frozenset({"malicious", "out_of_scope"})
ASIDE: frozenset[Intent] = frozenset(
    {"malicious", "out_of_scope", "chitchat", "ask_title", "taste"}
)
# "How do I kill an evening": what people want films for, in the words of a crime.
_KILLS_TIME = re.compile(
    r"\b(?:kill|murder|fill|waste|get through|survive)(?:ing)? (?:an? |the |this |some |my |our |"
    r"\w+ |a \w+ )?(?:time|evening|night|hours?|afternoon|morning|weekend|(?:mon|tues|wednes|"
    r"thurs|fri|"
    r"satur|sun)day|boredom|minutes)\b"
)


@dataclass(frozen=True, slots=True)
class Settled:
    """A turn's Query with its intent, and who said so.

    `unread` is True where neither the rules nor the classifier made anything of a message.
    """

    query: Query
    by: SettledBy
    guess: Guess | None = None
    unread: bool = False
    # The titles that a question is about.
    about: tuple[int, ...] = ()

    def told(self) -> str:
        """Return how the intent came about, for the trace: "classifier: refine 0.93"."""
        if self.guess is None:
            return self.by
        if self.guess.unavailable:
            return f"{self.by}: no classifier, {self.guess.unavailable}"
        best = self.guess.best
        return f"{self.by}: {best[0]} {best[1]:.2f}" if best else self.by


@dataclass(frozen=True, slots=True)
class TurnSaid:
    """A message on its way: what it says alone, and what it makes of the conversation.

    Args:
        alone: the parse of the message by itself.
        query: the same applied to `previous`, by the rules' reading.
        names: finds the titles that a question names; asked only for a question.
        last_picks: titles of the last slate, which can be pointed at.
    """

    message: str
    alone: Query
    query: Query
    previous: Query | None
    names: Names
    earlier: Sequence[str] = ()
    last_picks: Sequence[int] = ()


def settle_intent(
    said: TurnSaid, guess_of: Callable[[str, Sequence[str]], Guess] = guess_intent
) -> Settled:
    """Return the turn's Query with the intent that the stages above agree on."""
    if said.alone.intent in {"malicious", "chitchat"}:
        return Settled(_aside(said, said.alone.intent), "rules")
    if said.alone.intent == "out_of_scope":
        return _off_topic(said, guess_of(said.message, said.earlier))
    if asks_of_taste(said.message):
        return Settled(_aside(said, "taste"), "forms")
    if asks_of_title(said.message) and (about := _titles_about(said)) is not None:
        return Settled(_aside(said, "ask_title"), "forms", about=about)
    if gives_verdict(said.message) and said.previous is not None and not _wishes(said):
        return Settled(_with_verdict(said), "forms")
    if said.alone.intent == "surprise" or _read_whole(said):
        return Settled(said.query, "rules")
    guess = guess_of(said.message, said.earlier)
    if guess.intent == "ask_title":
        about = _titles_about(said)
        if about is not None and _may_withhold(said, guess):
            return Settled(_aside(said, "ask_title"), "classifier", guess, about=about)
    elif (acted := _by_guess(said, guess)) is not None:
        return Settled(acted, "classifier", guess)
    unread = guess.intent is None and not guess.unavailable and not _has_slots(said)
    return Settled(said.query, "default", guess, unread=unread)


def _off_topic(said: TurnSaid, guess: Guess) -> Settled:
    """Settle what the rules know to be not about films: "write an article" may be harmless."""
    if guess.intent == "malicious":
        return Settled(_aside(said, "malicious"), "classifier", guess)
    return Settled(_aside(said, "out_of_scope"), "rules", guess)


def _titles_about(said: TurnSaid) -> tuple[int, ...] | None:
    """Return the titles of a question; none where it points at something that isn't there any
    more; None where it is not about titles at all."""
    named = titles_named(said.message, said.names)
    if named:
        return named
    if said.previous is None or not points_back(said.message):
        return None
    return titles_asked(said.message, said.names, said.last_picks, said.earlier)


def _wishes(said: TurnSaid) -> bool:
    """Say whether a verdict also asks for something: "seen it, older ones please"."""
    hard = HARD_FIELDS - {"exclude_titles", "kinds"}
    return bool(said.alone.count or any(getattr(said.alone, name) for name in hard))


def _with_verdict(said: TurnSaid) -> Query:
    """Return the conversation's Query with what was liked, disliked or seen."""
    assert said.previous is not None  # noqa: S101 - asked before
    fields = ("like", "unlike", "exclude_titles")
    new = {name: getattr(said.query, name) for name in fields}
    added = {name: tuple(dict.fromkeys((*getattr(said.previous, name), *value)))
             for name, value in new.items()}  # fmt: skip
    evidence = {name: words for name, words in said.query.evidence.items() if name in fields}
    return said.previous.model_copy(
        update={
            **added,
            "intent": "feedback",
            "evidence": {**said.previous.evidence, **evidence},
        }
    )


def _by_guess(said: TurnSaid, guess: Guess) -> Query | None:
    intent = guess.intent
    if intent is None or (intent in ASIDE and not _may_withhold(said, guess)):
        return None
    match intent:
        case "malicious" | "out_of_scope" | "chitchat" | "taste":
            return _aside(said, intent)
        case "feedback":
            wishes = said.previous is None or _wishes(said)
            return None if wishes else _with_verdict(said)
        case "surprise":
            empty = not _has_slots(said)
            return said.query.model_copy(update={"intent": "surprise"}) if empty else None
        case "refine":
            if said.previous is None or said.query.intent in {"refine", "more_like"}:
                return said.query
            own = follow_up(said.alone, said.message, said.previous)
            return patched(said.previous, own)
        case _:
            return said.query


def _may_withhold(said: TurnSaid, guess: Guess) -> bool:
    """Say whether a guess may keep titles from a viewer whose wish the rules have read."""
    assert guess.intent is not None  # noqa: S101 - asked before
    if guess.intent in OFF_TOPIC and _KILLS_TIME.search(said.message.lower()):
        return False
    if not _asks_for_films(said):
        return True
    alike = OFF_TOPIC if guess.intent in OFF_TOPIC else {guess.intent}
    return sum(guess.probabilities[intent] for intent in alike) >= SURE


def _asks_for_films(said: TurnSaid) -> bool:
    alone = said.alone
    linked = any(ref.title_id for ref in alone.like)
    return bool(linked or alone.kinds or alone.genres_all or alone.genres_any or alone.themes)


def _has_slots(said: TurnSaid) -> bool:
    alone = said.alone
    soft = alone.moods or alone.themes or alone.like or alone.unlike or alone.people
    hard = any(getattr(alone, name) for name in HARD_FIELDS)
    return bool(soft or hard or alone.count or alone.quotas or alone.novelty)


def _read_whole(said: TurnSaid) -> bool:
    """Say whether the rules have read every word of a short message, and found a wish in it."""
    words = len(said.message.split())
    return not said.alone.text and _has_slots(said) and words <= SHORT_WORDS


def _aside(said: TurnSaid, intent: Intent) -> Query:
    """Return the conversation's Query untouched but for what kind of turn this is."""
    if said.previous is None:
        return Query(intent=intent)
    return said.previous.model_copy(update={"intent": intent})
