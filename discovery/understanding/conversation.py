"""Understand one turn: parse its message, and apply it to the conversation's Query."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Title
from discovery.understanding.lexical import Parsed, parse
from discovery.understanding.linking import CatalogueNames, Names
from discovery.understanding.refining import LastPick, patch_or_anew, without_card_words
from genrec.contract import Query


def understand_turn(
    message: str,
    previous: Query | None,
    last_picks: Sequence[int],
    names: Names | None = None,
) -> Parsed:
    """Return this turn's Query. Database work of a few milliseconds; raises for no message.

    Args:
        previous: the conversation's Query so far, if there is one.
        last_picks: title ids of the last slate, in the order of its cards.
    """
    names = names or CatalogueNames()
    rest, card_fields = without_card_words(message, load_last_picks(last_picks))
    parsed = parse(rest, names)
    query = patch_or_anew(message, parsed.query, previous, card_fields)
    return Parsed(query, parsed.notes)


def load_last_picks(title_ids: Sequence[int]) -> list[LastPick]:
    found = {title.pk: title for title in Title.objects.filter(pk__in=title_ids)}
    return [
        LastPick(pk, str(found[pk]), found[pk].year, found[pk].runtime_min)
        for pk in title_ids
        if pk in found
    ]
