"""Messages that describe one film whose name was forgotten: "what was that film where ...".

What is said of it is memory, not a condition: "I think it was the late nineties" may be wrong, and
the child in its story is nobody to protect. So no hard wish is read from such a message, and titles
it compares with are no titles to be like. All of it is searched, and words say more than fame.

One sentence says what the film is about: of "the one where the same day comes again and again" the
theme stays, which moves the order and filters nothing. A long description has words of many themes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from discovery.understanding.lexical import Parsed
from discovery.wording import Spoken
from genrec.contract import Query

_FILM = r"(?:film|movie|flick|show|series)"
_RECOLLECTS = re.compile(
    r"\btomt\b|\btip of (?:my|the) tongue\b"
    r"|\bwhat(?:'s| is| was|s) (?:the (?:name|title) of )?(?:that|this) "
    rf"(?:[\w-]+ ){{0,2}}{_FILM}\b"
    rf"|\bwhat(?:'s| is| was|s) the (?:name|title) of (?:a|an|the) (?:[\w-]+ ){{0,2}}{_FILM}\b"
    rf"|\b(?:which|what) {_FILM} (?:is|was) (?:it|this|that)\b"
    rf"|\b(?:identify|identifying|remember|recall|name|place) (?:this|that|a|an old) {_FILM}\b"
    rf"|\b(?:can't|cannot|can not|don't|couldn't) (?:remember|recall|think of) (?:the |its )"
    rf"(?:name|title)\b"
    rf"|\bforg[eo]t(?:ten)? (?:the |its )(?:name|title)\b"
    rf"|\btrying to (?:remember|recall|identify) (?:the name of )?(?:this|that|a|an old|the) "
    rf"{_FILM}\b"
    # "That one where ..." opens such a message; later in one, it compares.
    rf"|^\W*(?:(?:h+m+|u+m+|ok|so|and|but|what about|it's|find(?: me)?|show me)\W+)*"
    rf"(?:that|the) (?:one|{_FILM}) (?:where|in which)\b",
    re.IGNORECASE,
)


def is_recollection(message: str) -> bool:
    """Say whether a message asks for the name of one film that it describes."""
    return _RECOLLECTS.search(message.replace("\u2019", "'")) is not None


def read_as_memory(parsed: Parsed, message: str) -> Parsed:
    """Return a recollection without its conditions; any other message as it was."""
    if parsed.query.intent in ("malicious", "out_of_scope") or not is_recollection(message):
        return parsed
    query = parsed.query
    themes = () if Spoken(message).is_long else query.themes
    kept = Query(kinds=query.kinds, text=query.text, themes=themes)
    evidence = {name: said for name, said in query.evidence.items() if getattr(kept, name)}
    return replace(parsed, query=kept.model_copy(update={"evidence": evidence}), notes=())
