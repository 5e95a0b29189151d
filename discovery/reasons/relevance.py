"""Does a generated sentence say why? True but idle sentences lose to the template reason.

"The Witch is a horror film made in 2015" is true of many films. Where the facts given to the model
link the title to the wish by its description or its people, the sentence has to keep one link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.text import fold
from discovery.reasons.templates import ReasonContext, described_terms, says_how

_KIND_WORDS = {
    "film": re.compile(r"\b(?:tv )?(?:series|show|sitcom|miniseries)\b"),
    "series": re.compile(r"\b(?:films?|movies?|pictures?|flicks?)\b"),
}
_DESCRIBES = re.compile(r" (?:described as|tagged) ")
# "A comedy comedy", and "is a family-friendly film described as family-friendly"; but a crime film
# may be described as film noir.
_DOUBLED = re.compile(
    r"\b(\w{3,}) \1\b|\b(?!films?\b)([\w-]{3,})\b.*\bdescribed as \2\b", re.IGNORECASE
)
# "By Robert Rodriguez, directed by the director".
_NOBODY = re.compile(
    r"\bby the (?:director|writer|creator|actor|actress|cast)s?\b(?! of)", re.IGNORECASE
)
# "The Relic has a horror film from 1997".
_HAS_ITSELF = re.compile(
    r"\b(?:has|have|had) an? (?:[\w-]+ ){0,4}"
    r"(?:film|series|movie|show|comedy|drama|thriller|western|documentary|musical)\b(?! of)"
)
# "Pearl Harbor in French, directed by Michael Bay" says nothing of it; a phrase that begins with
# an article may do without a verb.
_CLAIM = re.compile(
    r"\b(?:is|are|was|were|has|have|comes?|came|runs?|gives?|brings?|offers?|features?|stars?|"
    r"mixes|blends|combines|pairs|meets|fits|suits|takes|makes|keeps|delivers|matches|shares|"
    r"adds|serves|turns|feels|(?:directed|wrote|made|created) (?!by\b))",
    re.IGNORECASE,
)
_DIRECTED = re.compile(r"\b(?:directed|directs|director|directors)\b")
_ASKED = re.compile(
    r"\byou (?:asked|wanted|wished|were looking|are looking)\b([^,.;]*)", re.IGNORECASE
)
# "Close to Parasite, and it is also by Don Siegel" says that he made both.
_ALSO = re.compile(
    r"\balso (?:by|from|with|features?|featuring|stars?|starring|(?:directed|written|made|shot))\b"
)
_WRONG_ARTICLE = re.compile(r"\b[Aa] (?!one\b|once\b|uni|use|usu|eu)[aeiou]\w*")


def check_kind(sentence: str, context: ReasonContext) -> str:
    """Say if a series is called a film, or a film a series; names and terms may hold the word."""
    named = " ".join((context.facts.name, *context.facts.tags, *_references(context)))
    match = _KIND_WORDS[context.facts.kind].search(sentence.lower())
    if match is None or fold(match[0]) in fold(named).split():
        return ""
    return f"calls a {context.facts.kind} {match[0]!r}"


def check_article(sentence: str, context: ReasonContext) -> str:
    """Say if "a" stands before a vowel that is heard: a card should not read "a action film"."""
    match = _WRONG_ARTICLE.search(sentence)
    return f"says {match[0]!r}" if match else ""


def check_doubling(sentence: str, context: ReasonContext) -> str:
    """Say if something is said of itself: "a comedy comedy", "funny, described as funny", "by the
    director", a film that "has a horror film". A name may have a word twice.
    """
    if odd := _NOBODY.search(sentence) or _HAS_ITSELF.search(sentence.lower()):
        return f"says {odd[0]!r}"
    names = " ".join(fold(name) for name in (context.facts.name, *_references(context)))
    doubled = (match[0] for match in _DOUBLED.finditer(sentence))
    found = next((words for words in doubled if fold(words) not in names), "")
    return f"says {found!r}" if found else ""


def check_sentence(sentence: str, context: ReasonContext) -> str:
    """Say if a title's name is all there is, or if two are said to have directed it, apart."""
    about = sentence.replace(context.facts.name, "")
    name = f" {fold(context.facts.name)} "
    if fold(sentence) and f" {fold(sentence)} " in name:
        return "is only a name"
    if sentence.startswith(context.facts.name) and not _CLAIM.search(about):
        return "claims nothing"
    return "says twice who directed it" if len(_DIRECTED.findall(about.lower())) > 1 else ""


def check_identity(sentence: str, context: ReasonContext) -> str:
    """Say if the title is said to be a person: "Caddyshack is Harold Ramis, a comedy"."""
    facts = context.facts
    for person in (*facts.directors, *facts.cast, *facts.writers):
        claim = f"{facts.name} is {person}"
        _before, said, after = sentence.partition(claim)
        # "Is Harold Ramis's comedy" is well.
        if said and not after.startswith(("'", "\u2019")):
            return f"says {claim!r}"
    return ""


def check_asked(sentence: str, context: ReasonContext) -> str:
    """Say if somebody is said to be asked for who was not."""
    facts, asked = context.facts, set(_people_asked_for(context))
    for claim in _ASKED.findall(sentence):
        for person in (*facts.directors, *facts.cast, *facts.writers):
            if person not in asked and f" {fold(person)} " in f" {fold(claim)} ":
                return f"says that {person} was asked for"
    return ""


def check_shared(sentence: str, context: ReasonContext) -> str:
    """Say if "also by" is said of somebody who made none of the titles it could mean."""
    match = _ALSO.search(sentence.lower())
    if match is None:
        return ""
    text = f" {fold(sentence)} "
    theirs = {
        person
        for title in (*context.references, *context.liked)
        for person in (*title.directors, *title.cast, *title.writers)
    }
    return "" if any(f" {fold(person)} " in text for person in theirs) else f"says {match[0]!r}"


def check_relevance(sentence: str, context: ReasonContext) -> str:
    """Say if the sentence drops every link to the wish that it was given."""
    terms, people = described_terms(context), list(_people_asked_for(context))
    text = f" {fold(sentence)} "
    # A title is tagged a heist or a great soundtrack; it is neither. But it is funny.
    description = _DESCRIBES.split(text, maxsplit=1)[1:]
    for term in terms:
        places = [text] if says_how(term) else [f" {said}" for said in description]
        if any(f" {fold(term)} " in place for place in places):
            return ""
    if any(f" {fold(person)} " in text for person in people):
        return ""
    return "says nothing of the wish" if terms or people else ""


def _people_asked_for(context: ReasonContext) -> Iterator[str]:
    facts, query = context.facts, context.query
    people = {*facts.directors, *facts.cast, *facts.writers}
    yield from (ref.text for ref in (*query.people_required, *query.people) if ref.text in people)


def _references(context: ReasonContext) -> list[str]:
    return [title.name for title in (*context.references, *context.liked)]


RELEVANCE_CHECKS = (
    check_kind,
    check_article,
    check_doubling,
    check_sentence,
    check_identity,
    check_asked,
    check_shared,
    check_relevance,
)
