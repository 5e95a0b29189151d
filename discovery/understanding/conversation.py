"""Understand one turn: parse its message, and apply it to the conversation's Query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from catalog.models import Title
from discovery.intents.staging import TurnSaid, settle_intent
from discovery.retrieval.word_match import telling_words
from discovery.understanding.cards import Shown, read_card_words
from discovery.understanding.dictionary import is_noise
from discovery.understanding.lexical import Parsed, parse
from discovery.understanding.linking import CatalogueNames, Names
from discovery.understanding.refining import patch_or_anew
from discovery.understanding.remembering import parse_remembered
from genrec.contract import Query


def understand_turn(
    message: str,
    previous: Query | None,
    last_picks: Sequence[int],
    names: Names | None = None,
    *,
    earlier: Sequence[str] = (),
    literal: bool = False,
) -> Parsed:
    """Return this turn's Query. Database work of a few milliseconds; raises for no message.

    Args:
        previous: the conversation's Query so far, if there is one.
        last_picks: title ids of the last slate, in the order of its cards.
        earlier: what the viewer said before, oldest first.
        literal: take every word as it is spelt.
    """
    remembered = False
    if names is None and previous is None:
        parsed, remembered = parse_remembered(message, literal=literal)
    else:
        parsed = parse(message, names or CatalogueNames(), literal=literal)
    names = names or CatalogueNames()
    liked = [ref.title_id for ref in parsed.query.like if ref.title_id]
    titles = load_shown([*liked, *last_picks])
    cards = [titles[pk] for pk in last_picks if pk in titles]
    references = [titles[pk] for pk in liked if pk in titles] or cards
    said = parsed.message or message
    card_fields = read_card_words(said, cards, references)
    query = patch_or_anew(said, parsed.query, previous, card_fields)
    turn = TurnSaid(
        message, parsed.query, query, previous, names, earlier, [card.title_id for card in cards]
    )
    settled = settle_intent(turn)
    nothing_read = settled.unread or settled.query.intent == "out_of_scope"
    if nothing_read and is_noise(said) and not telling_words(said).weights:
        # Nothing to search by: the conversation's wish stays, and the answer says so.
        aside = (previous or Query()).model_copy(update={"intent": "chitchat"})
        settled = replace(settled, query=aside, unread=True)
    return replace(
        parsed,
        query=settled.query,
        intent_by=settled.told(),
        unread=settled.unread,
        about=settled.about,
        remembered=remembered,
    )


def load_shown(title_ids: Sequence[int]) -> dict[int, Shown]:
    """Return what can still be spoken of: a title withdrawn since is no card any more."""
    found = Title.objects.published().filter(pk__in=title_ids) if title_ids else ()
    return {title.pk: Shown(title.pk, str(title), title.year, title.runtime_min) for title in found}
