"""How many titles a message asks for: "just three", "two or three films", "a couple of dramas"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from discovery.understanding.patterns import COUNT_WORD, number_of
from discovery.understanding.rules import Rule
from discovery.understanding.words import Reading

MOST_TITLES = 20
# Longest first: "half a dozen" has "a dozen" in it.
_AMOUNTS: Mapping[str, int] = {
    "half a dozen": 6,
    "a dozen": 12,
    "a couple of": 2,
    "a couple": 2,
    "a pair of": 2,
    "a pair": 2,
    "a single": 1,
}
_N = rf"(\d{{1,2}}|{COUNT_WORD}|{'|'.join(_AMOUNTS)})"
TITLES = (
    r"(?:films|movies|titles|shows|series|suggestions|recommendations|picks|options|choices|ideas|"
    r"tips|comedies|thrillers|dramas|westerns|documentaries|musicals|horrors|romances|classics|"
    r"mysteries|animations|romcoms)"
)
_LEADS = (
    r"(?:just|only|top|give (?:me|us)|show (?:me|us)|find (?:me|us)|pick|recommend|suggest|"
    r"keep (?:it|that|them) to|make (?:it|that)|(?:narrow|cut|bring) (?:it|that|them) down to|"
    r"down to|no more than|not more than|at most|up to|i need|we need|i want|we want)"
)
_ENDS = (
    r"(?=\s*(?:$|[.,;!?)]|please|thanks|of (?:them|these|those)|(?:will|would) do|max\b|tops\b|"
    r"at most|for (?:now|tonight|today|me|us)))"
)
_ONE = (
    r"one(?: (?:good|great|really|single|more|perfect|nice))* (?:film|movie|title|suggestion|pick|"
)
_ONE += r"recommendation|option|choice|idea|tip)\b"


def count_rules() -> Iterator[Rule]:
    """Yield the rules for numbers of titles, the surest first."""

    def rule(pattern: str) -> Rule:
        return Rule(re.compile(r"\b" + pattern), _count)

    yield rule(rf"(?:just |only )?{_N} (?:is|are|will be|would be) (?:plenty|enough)\b")
    yield Rule(
        re.compile(r"\b(?:just |only )?one (?:is|would be|will be) (?:plenty|enough)\b"), _just_one
    )
    # "Two or three thrillers": the larger number leaves a choice.
    yield rule(
        rf"(?:(?:just|only|top|the|your|give me|show me) )*(?:(?:\d|{COUNT_WORD}|one) (?:or|to) )?"
        rf"{_N}(?= (?:\w{{1,12}} )?(?:[\w-]{{1,12}} )?{TITLES}\b)"
    )
    yield rule(rf"(?:{_LEADS} )+(?:(?:\d|{COUNT_WORD}|one) (?:or|to) )?{_N}{_ENDS}")
    yield Rule(
        re.compile(
            rf"(?:^\W*|\b(?:{_LEADS} )+){_ONE}(?! (?:i|we|that|where|which|from|of|with)\b)"
        ),
        _one,
    )


def _count(reading: Reading, match: re.Match[str]) -> None:
    count = _AMOUNTS.get(match[1]) or number_of(match[1])
    if count and 1 <= count <= MOST_TITLES:
        reading.set("count", count, *match.span())


def _just_one(reading: Reading, match: re.Match[str]) -> None:
    reading.set("count", 1, *match.span())


def _one(reading: Reading, match: re.Match[str]) -> None:
    # The noun stays for the rules that read kinds.
    last = match[0].rsplit(" ", 1)[0]
    reading.set("count", 1, match.start(), match.start() + len(last))
