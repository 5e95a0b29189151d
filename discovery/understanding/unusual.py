"""Asking for what isn't one's usual: "not the usual for me", "unlike what I usually watch"."""

from __future__ import annotations

import re

from discovery.understanding.patterns import DO_NOT, IS_NOT, WOULD_NOT
from discovery.understanding.words import Reading

_USUALLY = r"(?:usually|normally|typically|generally|always|often|tend to|would usually)"
_WATCH = r"(?:watch|see|pick|go for|choose|like|enjoy|put on)"
_UNUSUAL = re.compile(
    r"\b(?:"
    rf"(?:unlike|not|nothing like|different (?:from|to|than)|other than|far from) "
    rf"(?:anything |what |the (?:stuff|films|movies|things) |the (?:kind|sort|type) of "
    rf"(?:stuff|films|movies|thing) )?(?:that )?(?:i|we)(?:'d)? {_USUALLY} {_WATCH}"
    rf"|(?:i|we) (?:{DO_NOT}|{WOULD_NOT}|never) (?:usually |normally |typically )"
    rf"{_WATCH}"
    rf"|(?:i'?d|i would|we'?d|we would) never (?:normally |usually )?{_WATCH}"
    rf"|(?:not|{IS_NOT}|unlike|beyond|outside(?: of)?|out of|away from|a (?:break|change) from|"
    r"different from|nothing like) (?:just )?(?:my|the|our) (?:usual|normal|typical|regular)"
    r"(?: (?:for (?:me|us)|stuff|taste|fare|picks?|thing|films?|movies?|genres?))*"
    r"|out of character for me"
    r")\b"
)


def read_unusual(reading: Reading) -> None:
    """Set `novelty` where a message asks to leave the viewer's habits."""
    if match := _UNUSUAL.search(reading.left):
        reading.set("novelty", "unusual", *match.span())
