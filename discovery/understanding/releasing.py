"""Which conditions a follow-up lets go: "never mind the year", "any length is fine"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from discovery.understanding.patterns import DO_NOT
from genrec.contract import Query

_YEARS = ("year_min", "year_max")
_LENGTH = ("runtime_min", "runtime_max", "runtime_total")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("year", "decade", "era", "old", "period"), _YEARS),
    **dict.fromkeys(("length", "runtime", "running time", "long", "duration"), _LENGTH),
    "language": ("languages",),
    "country": ("countries",),
    "genre": ("genres_all", "genres_any", "genres_none"),
    "age": ("age_max",),
    "age limit": ("age_max",),
    "age rating": ("age_max",),
}
# "Drop the old ones" and "forget the long stuff" speak of titles.
_SAID_ALONE = (
    r"(?:(?<=how )|(?=\w+(?:\W*$|[,.;!?]| (?:limit|restriction|cap|thing|is|does|doesn't|"
    r"no longer)\b)))"
)
_WHAT = "|".join(
    f"{_SAID_ALONE}{what}" if what in {"old", "long"} else what
    for what in sorted(_FIELDS, key=len, reverse=True)
)
_ANY = r"(?:fine|ok|okay|good|great|welcome|will do|works?|goes)\b"
_RELEASES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:never ?mind|forget(?: about)?|ignore|scrap|lift|drop|remove|(?:{DO_NOT}|no longer)"
        rf" (?:care|mind|worry)(?: about)?|{DO_NOT} matter|no matter)"
        rf"(?: (?:about|the|what|which|how|that))* (?P<what>{_WHAT})s?\b"
        r"(?: (?:limit|restriction|cap|thing|it is|they are))*",
        rf"\b(?:the )?(?P<what>{_WHAT}) (?:{DO_NOT}|no longer) matters?\b",
        rf"\b(?:any|whatever|whichever) (?P<what>{_WHAT})(?:,| (?:is|would be|will be))? {_ANY}",
        rf"\bcan be (?:of |from |in )?any (?P<what>{_WHAT})\b",
    )
)


def released(message: str) -> tuple[frozenset[str], str]:
    """Return the fields of a Query that a message lets go, none for most, and what else it says."""
    left = message.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    fields: set[str] = set()
    for pattern in _RELEASES:
        fields |= {field for match in pattern.finditer(left) for field in _FIELDS[match["what"]]}
        left = pattern.sub(" ", left)
    return frozenset(fields), left


def without_fields(query: Query, fields: frozenset[str]) -> Query:
    """Return the Query without conditions and the viewer's words for them."""
    if not fields:
        return query
    evidence = {name: words for name, words in query.evidence.items() if name not in fields}
    plain = {name: Query.model_fields[name].get_default(call_default_factory=True)
             for name in fields}  # fmt: skip
    return query.model_copy(update={**plain, "evidence": evidence})
