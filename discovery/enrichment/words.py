"""Keywords of a title: words of its own text, and what its neighbours are about.

A keyword is concrete ("lighthouse", "poker"). None is made up: each is in the title's synopsis or
is a keyword of titles like it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cache

from catalog.facts import TitleFacts
from catalog.ontology import load_ontology
from catalog.text import fold
from discovery.enrichment.types import MAX_KEYWORDS, Proposal

# How many of such keywords the describers of starter records gave, too: counted on the part of the
# records that is not held out.
VOTED_IN_TEXT = 0.33
OFTEN_VOTED = 0.33
KNOWN_IN_TEXT = 0.18
SOMETIMES_VOTED = 0.07
RARE_IN_TEXT = 0.03
_OFTEN, _SOMETIMES = 0.2, 0.1
_FEWEST_LETTERS = 4
_FEWEST_VOTERS = 2
KEYWORD_WEIGHT = 1
# Words of grammar and of blurbs: they name no thing.
_PLAIN_WORDS = """
about above across after again against almost alone along already also always among another
around away back because become becomes been before begin begins behind being below beneath
between beyond both bring brings came cannot come comes could does done down during each eight
either else enough even ever every everybody everyone everything falls family film finally find
finds first five follow follows forced former four from gets give gives goes going gone good
half have having help here herself himself home hour however inside into itself just keep keeps
know knows last late later learn learns leave leaves left less life like line live lives long
look looks love made make makes many might more most much must named nearly need needs never
next night nobody none nothing once only onto other others over part people place plan plans
play plays quite rather return returns right same seems seven several shall should since some
somebody someone something soon start starts still story such take takes tell tells than that
their them themselves then there these they thing things think this those though three through
time today together told toward towards tries turn turned turns twice under until upon used very
want wants well went were what when where whether which while whole whom whose will with within
without woman work world would year years young your children man men women girl boy day days
"""
_PLAIN = frozenset(_PLAIN_WORDS.split())


def keyword_proposals(
    facts: TitleFacts, votes: Mapping[str, float], known: Collection[str] = ()
) -> list[Proposal]:
    """Return at most `MAX_KEYWORDS` keywords, the surest first.

    Args:
        votes: neighbours' keywords, as they are written, to the share of neighbours that have
            them; those in the text count as confirmed by it.
        known: folded keywords of described titles.
    """
    text = f" {fold(facts.synopsis)} "
    sure = dict.fromkeys(rare_words(facts.synopsis), RARE_IN_TEXT)
    for keyword in known:
        if f" {keyword} " in text and keyword not in _vocabulary():
            sure[keyword] = KNOWN_IN_TEXT
    for keyword, share in votes.items():
        is_said = f" {fold(keyword)} " in text
        confidence = VOTED_IN_TEXT if is_said else _of_votes(share)
        if confidence > sure.get(keyword, 0.0):
            sure[keyword] = confidence
    best = sorted(sure.items(), key=lambda pair: (-pair[1], pair[0]))[:MAX_KEYWORDS]
    return [Proposal("keyword", word, KEYWORD_WEIGHT, sure) for word, sure in best]


def _of_votes(share: float) -> float:
    if share >= _OFTEN:
        return OFTEN_VOTED
    return SOMETIMES_VOTED if share >= _SOMETIMES else 0.0


def vote_keywords(
    keywords: Sequence[Mapping[str, str]], weights: Sequence[float]
) -> dict[str, float]:
    """Return what at least two neighbours have, and the weighted share of those that have it.

    Args:
        keywords: of each neighbour, folded to as they are written.
        weights: of each neighbour; they add up to 1.
    """
    shares: Counter[str] = Counter()
    voters: Counter[str] = Counter()
    written: dict[str, str] = {}
    for having, weight in zip(keywords, weights, strict=True):
        for folded, keyword in having.items():
            shares[folded] += float(weight)  # type: ignore[assignment]  # a Counter of shares
            voters[folded] += 1
            written.setdefault(folded, keyword)
    return {written[k]: share for k, share in shares.items() if voters[k] >= _FEWEST_VOTERS}


def rare_words(text: str) -> list[str]:
    """Return the telling words of a text, once each: no grammar, no term of the ontology."""
    words = (word for word in fold(text).split() if len(word) >= _FEWEST_LETTERS)
    return list(dict.fromkeys(w for w in words if w not in _PLAIN and w not in _vocabulary()))


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(fold(form) for form in load_ontology().by_form)
