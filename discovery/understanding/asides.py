"""Parts of a message that ask for nothing, so that no condition is read from them.

- what somebody has watched, knows or usually watches: "I've been watching a lot of horror lately",
  "I love a good western";
- what somebody else likes or recommended: "my brother, who likes westerns";
- what would be fine too, or need not be: "I don't mind musicals", "it doesn't have to be old",
  "it may be sad";
- what titles in general are like: "most horror films are not scary";
- when a story plays, which is not when it was made: "set in the 1930s";
- one certain title: "the 2011 film", "it was released in 2018";
- what the wish is compared with: "talk like in Hitchcock films".

Titles, moods and themes are read from them all the same, for these only move the order; but not
from what is only put up with (`borne`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from discovery.understanding.patterns import DO_NOT, IS_NOT, RELATIVE, WOULD_NOT

Span = tuple[int, int]

_CLAUSE_END = re.compile(
    r"[.!?;\n()\u2026]|,|\s[-\u2013\u2014]+\s|\b(?:but|though|although|however|so|because|since|"
    r"as long as|provided|(?:it |they )?(?=must\b))\b"
)
_SENTENCE_END = re.compile(r"[.!?;\n]")
_WISH = re.compile(
    r"\b(?:want\w*|wanna|need|looking|recommend\w*|suggest\w*|something|anything|give|show me|"
    r"find|any|similar|more like|mood for|crav\w+|would (?:like|love|prefer)|'d (?:like|love|"
    r"prefer)|please|more of)\b"
)
_OFTEN = r"(?:usually|normally|mostly|mainly|typically|generally|tend to|always|often)"
_TOLD = re.compile(
    r"\b(?:(?:i|we)(?:'ve| have|'d| had)?(?: (?!never)(?:\w+ly|just|already|also|even|both|all))*"
    r" (?:watched|seen|saw|binged|rewatched|finished|grew up|been (?:re)?watching|been on|been "
    r"into|been binging)\b"
    rf"|(?:i|we) {_OFTEN} (?:watch|see|like|enjoy|love|prefer|go for|pick)\b"
    r"|(?:most|all|much|some|\d\d ?%) of what (?:i|we)\b"
    r"|what (?:i|we) (?:usually|normally|mostly|typically) (?:watch|like)\b"
    r"|(?:my|our) (?:usual|typical|normal|regular|last|previous) "
    rf"|(?:my|our|a) (?:\w+ )?{RELATIVE}"
    r" (?:has |had |just |recently |once )*"
    r"(?:recommended|suggested|told|said|showed|watched|saw|loves?|likes?|loved|liked)\b"
    r"|\bwho (?:really |also |only |just )?(?:likes?|loves?|enjoys?|liked|loved)\b"
    r"|i have a soft spot for\b"
    r"|(?:i|we)(?:'m| am|'re| are) (?:\w+ )?(?:well[- ])?(?:acquainted|familiar) with\b"
    r"|(?:i|we) (?:also |really |always |do )?(?:enjoy|like|love|appreciate) a good\b)"
)
_FINE = (
    r"(?:fine|ok|okay|welcome|alright|all right|cool|acceptable|helpful|allowed|possible|good too|"
    r"great too|a plus|a bonus|not a problem|no problem)"
)
_PERMITTED = re.compile(
    rf"\b(?:(?:is|are|'s|'re|would be|will be) (?:also |totally |perfectly |always |all |just |"
    rf"completely |still |more than |even |very |v |much |most |highly )*{_FINE}\b(?! for)"
    r"|(?:will|would|can) (?:also |still )?(?:work|do)(?: too| as well)?\s*$"
    rf"|(?:{DO_NOT}|{WOULD_NOT}) (?:really |even |necessarily )?"
    r"(?:mind|object)\b"
    r"|(?:not|nothing) (?:really )?(?:against|opposed|averse)\b|\bopen to\b"
    r"|(?:i'?m|we'?re|am|are) (?:also |totally |perfectly |quite )?"
    r"(?:ok|okay|fine|cool|good|alright) with\b"
    r"|bonus(?: points)? (?:if|for|when)\b|\bnot necessarily\b"
    rf"|(?:{DO_NOT}|not) (?:mean|talking about)\b)"
)
_MAY = re.compile(
    r"(?:^\W*|\b(?:it|they|this|these|those|there|(?:the )?(?:films?|movies?|stor(?:y|ies)|"
    r"endings?|series|shows?)) )(?:may|might|can|could(?= also| even))"
    r"(?: also| even| well| totally| certainly)* (?:be|have|contain|include|get|end|go)\b"
)
_NEED_NOT = re.compile(
    rf"\b{DO_NOT}(?: necessarily| even| really)?"
    r" (?:have|need) to(?: necessarily)? be\b|\bneed(?: not|n'?t) be\b|\bnot necessarily\b"
)
# What would be liked, not only borne: moods and themes are read from it.
_WELCOME = re.compile(
    r"\b(?:welcome|helpful|bonus|a plus|cool|(?:good|great|better) too|(?:will|would|can) "
    r"(?:also |still )?(?:work|do))\b"
)
# A limit that suits is a limit: "two and a half hours is fine"; so is "anything French is fine".
_LIMIT = re.compile(
    r"\b(?:hours?|hrs?|minutes?|mins?|enough|plenty|pg|pg-13|rated|anything|something|whatever)\b"
)
# "No gore is fine" permits no gore; "not only comedies are fine" refuses nothing.
_REFUSED = re.compile(
    r"\b(?:no(?! (?:problem|doubt|worries|matter|sub))|without|nothing(?! against)|never(?! mind)|"
    r"less|fewer|not(?! (?:only|just|necessarily|against|opposed|averse|a problem|mean|talking))|"
    rf"{IS_NOT}|{DO_NOT} (?:think|want|feel|believe))\b"
)
_UNLIMITED = re.compile(rf"\b(?:if|when|{DO_NOT}|{WOULD_NOT}|may|might|can|could|need)\b")
_GENERAL = re.compile(
    r"^\W*(?:and |but |because |honestly |i feel like |i think |it seems like )*"
    r"(?:most|many|so many|too many|a lot|lots|nearly all|almost all|half)(?: of)?\b"
    rf"(?!.*\bi (?:want|need)).*?\b(?:{IS_NOT}|{DO_NOT}|are|is|were|seem|feel|have|"
    r"do|rely|just|end)\b"
)
_PLAYS = re.compile(
    r"\b(?:(?:set|taking place|takes? place|took place|happen(?:s|ing)?|based|plays?)"
    r"(?: (?:somewhere|mainly|mostly|sometime|anywhere|roughly|entirely|back|either)){0,2}"
    r" (?:in|during|between|around|at|before|after|over|below)|"
    r"\bduring|(?:life|living|lives|people|set) in(?= the (?:18|19|20)?\d0'?s))\b"
    r"(?:(?!\b(?:made|released|filmed|but|from|and (?:from|made|released))\b)[^,.;!?\n]){0,60}"
)
_CERTAIN = re.compile(
    r"\bthe ((?:18|19|20)\d\d) (?:film|movie|classic|remake|version|hit|original|thriller|horror|"
    r"comedy|series|show)\b(?!s)"
    r"|\b(?:it|this one|that one) (?:was|came)(?: \w{1,12}ly)? (?:released|made|out)"
    r"(?: back)? in (?:the )?(?:18|19|20)\d\d\b"
)
# "Like the kind in Hitchcock films" compares with them: they need not be his.
_COMPARED = re.compile(
    r"\blike (?:(?:the )?(?:kinds?|sorts?|types?|ones?|way|stuff|those|things?)"
    r"(?: of \w+)?(?: you (?:get|see|find|have))? )?(?:in|from) "
    r"(?:(?!\b(?:and|but|or|the)\b)[\w'.-]+ ){1,3}(?:films?|movies?|pictures?)\b"
)


def find_asides(low: str) -> list[Span]:
    """Return where a message, in small letters, asks for nothing; in order of the rules."""
    return [
        *((match.start(), match.end()) for match in _PLAYS.finditer(low)),
        *((match.start(), match.end()) for match in _CERTAIN.finditer(low)),
        *((match.start(), match.end()) for match in _COMPARED.finditer(low)),
        *_in_clauses(low),
        *(span for span in _parts(low, _SENTENCE_END) if _is_general(low[slice(*span)])),
    ]


def need_not_be(low: str) -> Iterator[str]:
    """Yield what a message says that a title need not be: "they don't have to be old"."""
    for start, end in _parts(low, _CLAUSE_END):
        if match := _NEED_NOT.search(low[start:end]):
            yield low[start + match.end() : end]


def permitted(low: str) -> Iterator[str]:
    """Yield the clauses of a message that say what would be fine, too: "horror is fine"."""
    for start, end in _in_clauses(low, told=False):
        yield low[start:end]


def lifted(low: str) -> Iterator[str]:
    """Yield what a message permits, but for what may be lacking: "I don't mind no gore"."""
    for clause in permitted(low):
        lacking = _REFUSED.search(clause)
        yield clause[: lacking.start()] if lacking else clause


def borne(low: str) -> Iterator[Span]:
    """Yield where a message says what it would put up with: "it may be sad", "I don't mind gore".

    Nothing at all is wished there, while "a bonus if it's funny" wishes it, only not strictly.
    """
    for start, end in _in_clauses(low, told=False):
        if not _WELCOME.search(low[start:end]):
            yield start, end


def _in_clauses(low: str, *, told: bool = True) -> Iterator[Span]:
    for start, end in _parts(low, _CLAUSE_END):
        clause = low[start:end]
        if told and (match := _TOLD.search(clause)):
            wish = _WISH.search(clause, match.end())
            yield start + match.start(), start + wish.start() if wish else end
        permission = _PERMITTED.search(clause) or _NEED_NOT.search(clause) or _MAY.search(clause)
        if permission is None or _LIMIT.search(clause):
            continue
        first = _after_wish(clause, permission.start())
        if _REFUSED.search(clause, first, permission.start()):
            yield start + permission.start(), start + permission.end()
        else:
            yield start + first, start + _before_limit(clause, permission.end())


def _before_limit(clause: str, position: int) -> int:
    """Return where a permission ends: "horror is fine without gore" has a limit.

    "I don't mind if there's no gore" has none.
    """
    limit = _REFUSED.search(clause, position)
    if limit is None or _UNLIMITED.search(clause, 0, limit.start()):
        return len(clause)
    return limit.start()


def _after_wish(clause: str, position: int) -> int:
    """Return where a permission begins: "a western and black and white is fine" has a wish."""
    wishes = [match.end() for match in _WISH.finditer(clause, 0, position)]
    return max(clause.rfind(" and ", wishes[-1], position), wishes[-1]) if wishes else 0


def _is_general(sentence: str) -> bool:
    return bool(_GENERAL.match(sentence)) and not _WISH.search(sentence)


def _parts(low: str, ends: re.Pattern[str]) -> Iterator[Span]:
    start = 0
    for match in ends.finditer(low):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(low):
        yield start, len(low)
