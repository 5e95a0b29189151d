"""What a follow-up says beside the wish: "hmm, go a bit darker please, we've had a long week".

The words of a patch join the conversation's text and are searched by meaning from then on, turn
after turn. So only those join it that say something of the titles: not how one speaks to
somebody who searches, and not what somebody tells of their evening.
"""

from __future__ import annotations

import re

from catalog.text import fold
from discovery.understanding.lexicon import TALK, THEME_OF
from discovery.understanding.patterns import RELATIVE
from genrec.contract import Query

# What opens a message without being part of it; the rules for opening words look behind it.
OPENING = (
    r"^\W*(?:(?:h+m+|ugh+|erm*|umm*|uh+|o+h+|a+h+|aw+|nah|yeah|yes|yep|ok|okay|cool|great|nice|good|"
    r"thanks|sorry|well|right|alright|wait|no wait|no no|you know what|haha|lol|please|i mean|"
    r"should have said|i should have said|one more thing)\b[\s,.:;!\u2026-]*)*"
)
_CLAUSE_END = re.compile(
    r"[,.;:!?\n()]+|\s[-\u2013\u2014]+\s|\b(?:so|but|because|since|cause|cos|"
    r"as(?= (?:i|we|my|our|she|he)\b))\b"
)
_SOMEBODY = re.compile(
    rf"^\W*(?:(?:and|but|or|also|plus|now|oh|then|though|although|even|when|if|while|that) )*"
    rf"(?:(?:i|we|she|he|you)(?:'\w+)?|(?:my|our) [\w']+(?: in law)?(?:'s)?|"
    rf"the {RELATIVE}(?:'s)?) "
)
# "These look a bit tame", "loved that": of the cards and of titles, not of what is wished.
_OF_TITLES = re.compile(
    r"^\W*(?:h+m+ |well |and |now )*(?:(?:these|those|they)(?: all| both)? (?:look|are|seem|"
    r"sound|feel|were)\b|(?:i |we )?(?:loved|liked|enjoyed|hated|saw|watched) (?:it|that|this|them|"
    r"those)\b)"
)
_PRONOUN = re.compile(r"^(?:i|we|you|he|she|they|it|that|there|who|what)'(?:d|ll|re|ve|m|s)$")
_WISHES = re.compile(
    r"\b(?:want\w*|like[sd]?|lov(?:e[sd]?|ing)|prefer\w*|need\w*|fancy|mood|hop(?:e|ing)|wish\w*|"
    r"feel(?:ing)?|looking|rather|crav\w+|mean[ts]?|said|asked|enjoy\w*|hate[sd]?|stand|into|bear|"
    r"handle|think\w*|thought|say|see|watch|interested|keen|find|give|show|make|try|(?:tired|sick|"
    r"bored) (?:of|with))\b|'d\b"
)
# Who watches along, unless the wish is about them; and what says only that a thing is unwelcome.
_BESIDE = re.compile(
    rf"(?<!about )\b(?:my|our) {RELATIVE}(?: in law)?\b|\b(?:sick|tired|bored) (?:of|with)\b|"
    r"\bor (?:two|three|so)\b|\b(?:drop|forget(?: about)?|ditch|lose|skip) the (?:old|long) "
    r"(?:ones?|films?|movies?|stuff|titles?)\b"
)


def follow_up(parsed: Query, message: str, previous: Query) -> Query:
    """Return a follow-up's own Query with only those words of its text that are worth keeping."""
    about_it = f" {fold(_without_asides(message))} "
    known = set(fold(previous.text).split())
    words = (word for word in telling_words(parsed.text, about_it) if fold(word) not in known)
    themes = {term for form, term in THEME_OF.items() if f" {form} " in about_it}
    return parsed.model_copy(
        update={
            "text": " ".join(words),
            "themes": tuple(theme for theme in parsed.themes if theme in themes),
        }
    )


def telling_words(text: str, about_it: str) -> list[str]:
    """Return the words of `text` that speak of the wish: they are in `about_it`, and no talk."""
    said = set(about_it.split())
    return [
        word
        for word in text.split()
        if (key := fold(word)) not in TALK
        and not said.isdisjoint(key.split())
        and not _PRONOUN.match(word.lower())
    ]


def _without_asides(message: str) -> str:
    """Return a message without the clauses that tell of people, not of titles."""
    low = message.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    told = (clause for clause in _CLAUSE_END.split(low) if clause and not is_told(clause))
    return " . ".join(_BESIDE.sub(" ", clause) for clause in told)


def is_told(clause: str) -> bool:
    """Say whether a clause tells of somebody's evening or of titles: "we're up early"."""
    if _OF_TITLES.match(clause):
        return True
    return bool(_SOMEBODY.match(clause)) and not _WISHES.search(clause)
