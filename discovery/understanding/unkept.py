"""Refusals that a Query has no field for: "no French films", "nothing from the 80s".

What is refused there is never set, for that would ask for it; its words are taken out, and the
viewer is told.
"""

from __future__ import annotations

from discovery.understanding.lexicon import ALL_GENRES
from discovery.understanding.words import Reading

UNKEPT_NOTE = "I can't leave out {what} yet: {words}."
# "No Korean horror" refuses neither all horror nor asks for any.
GENRE = rf"(?:{'|'.join(sorted(ALL_GENRES, key=len, reverse=True))})".replace(" ", "[ -]")
# Here a sentence begins; "a western with no horror from the 80s" is a western from the 80s.
CLAUSE = r"(?:^|(?<=[,.;:!?\n] )|(?<=\bbut )|(?<=\band ))"


def leave_out(reading: Reading, what: str, start: int, end: int, named: tuple[int, int]) -> None:
    """Take a refusal out of a message and say so.

    Args:
        what: is refused there, in the words of the note.
        named: where the thing itself stands, without the negation.
    """
    note = UNKEPT_NOTE.format(what=what, words=reading.quote(*named).strip(" ,.;:!?"))
    reading.blank(start, end)
    if note not in reading.notes:
        reading.notes.append(note)
