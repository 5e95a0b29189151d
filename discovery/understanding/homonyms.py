"""Which title of a name is meant: "Paprika" of 2006 or of 1991.

A year beside the name has decided already. Else, in this order: "the original" and "the remake",
"film" or "series" after the name, and a decade before it; a person of the message who made one of
them; then, added up, how well known each is, the genres said, and how near the message's words are
to each title's document. Where two remain about as likely, both are handed on, to be asked about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from discovery.understanding.linking import About, NamedTitle, Names
from discovery.understanding.words import Mention, Reading
from genrec.contract import TitleRef

# In log-odds: a title as well known as can be against one that nobody knows, a cosine of 1, and
# a genre that was said.
_FAME = 8.0
_NEARNESS = 12.0
_GENRE = 1.0
# Below these odds of e to 1 somebody has to say which.
_SURE = 1.0
# No words of a message make up for more fame than this.
_HOPELESS = 5.0

_OLDEST = re.compile(
    r"\b(?:original|old|older|first|classic)(?: (?:film|movie|version|one|of))*\s*\W*$"
)
_NEWEST = re.compile(
    r"\b(?:remake|reboot|remade|new|newer|latest|recent|modern)"
    r"(?: (?:film|movie|version|one|of))*\s*\W*$"
)
_OLDEST_AFTER = re.compile(r"^\W{0,2}(?:the |an? )?(?:original|old one|older one|first one)\b")
_NEWEST_AFTER = re.compile(
    r"^\W{0,2}(?:the |an? )?(?:remake|reboot|new one|newer one|recent one|latest one)\b"
)
_KIND_AFTER = re.compile(r"^,? (?:the )?(?:tv )?(?:(film|movie)|(series|show))\b")
_YEAR_BEFORE = re.compile(r"\b((?:18|19|20)\d\d)(?:'s)? (?:film |movie |version of )?$")
_DECADE_BEFORE = re.compile(r"\b(?:(?:19|20)?([0-9]0))'?s (?:film |movie |version of )?$")


def settle_homonyms(reading: Reading, names: Names) -> list[tuple[TitleRef, ...]]:
    """Choose among the homonyms of every mention; return the groups that are still open.

    A group has the chosen title first.
    """
    open_groups = []
    for mention in reading.mentions:
        rivals = tuple(dict.fromkeys(mention.candidates))
        if len(rivals) < 2:
            continue
        ranked = _ranked(reading, mention, rivals, names)
        best = ranked[0][1]
        _replace(reading, mention, _reference(mention, best))
        close = [title for odds, title in ranked if ranked[0][0] - odds < _SURE]
        if len(close) > 1:
            open_groups.append(tuple(_reference(mention, title) for title in close))
    return open_groups


def _ranked(
    reading: Reading, mention: Mention, rivals: Sequence[NamedTitle], names: Names
) -> list[tuple[float, NamedTitle]]:
    """Return the homonyms with their log-odds, the likeliest first."""
    if (told := _told_by_words(reading, mention, rivals)) is not None:
        return [(0.0, told)]
    about = names.about([title.title_id for title in rivals])
    rivals = _of_kind(reading, mention, rivals, about)
    rivals = _of_people(reading, rivals, about)
    odds = {title.title_id: _FAME * title.popularity for title in rivals}
    hopeful = [pk for pk, value in odds.items() if max(odds.values()) - value <= _HOPELESS]
    if len(hopeful) > 1:
        said = _genres_said(reading)
        for pk in hopeful:
            odds[pk] += _GENRE * len(said & about[pk].genres) if pk in about else 0.0
        words = _other_words(reading, mention)
        for pk, near in (names.similarities(hopeful, words) if words else {}).items():
            odds[pk] += _NEARNESS * near
    return sorted(((odds[t.title_id], t) for t in rivals), key=lambda pair: -pair[0])


def _told_by_words(
    reading: Reading, mention: Mention, rivals: Sequence[NamedTitle]
) -> NamedTitle | None:
    dated = sorted((t for t in rivals if t.year), key=lambda t: t.year or 0)
    if not dated:
        return None
    before = reading.text[max(0, mention.start - 40) : mention.start].lower().rstrip('"*_')
    after = reading.text[mention.end : mention.end + 30].lower()
    if _NEWEST.search(before) or _NEWEST_AFTER.match(after):
        return dated[-1]
    if _OLDEST.search(before) or _OLDEST_AFTER.match(after):
        return dated[0]
    if year := _YEAR_BEFORE.search(before):
        return min(dated, key=lambda t: abs((t.year or 0) - int(year[1])))
    if decade := _DECADE_BEFORE.search(before):
        of_decade = [t for t in dated if (t.year or 0) % 100 // 10 == int(decade[1]) // 10]
        return of_decade[0] if of_decade else None
    return None


def _of_kind(
    reading: Reading, mention: Mention, rivals: Sequence[NamedTitle], about: dict[int, About]
) -> Sequence[NamedTitle]:
    match = _KIND_AFTER.match(reading.text[mention.end :].lower())
    if match is None:
        return rivals
    kind = "film" if match[1] else "series"
    kept = [t for t in rivals if t.title_id in about and about[t.title_id].kind == kind]
    return kept or rivals


def _of_people(
    reading: Reading, rivals: Sequence[NamedTitle], about: dict[int, About]
) -> Sequence[NamedTitle]:
    said = {
        person.person_id
        for name in ("people", "people_required")
        for person in reading.fields.get(name, ())
    }
    kept = [t for t in rivals if t.title_id in about and said & about[t.title_id].people]
    return kept or rivals


def _genres_said(reading: Reading) -> set[str]:
    return {g for name in ("genres_all", "genres_any") for g in reading.fields.get(name, ())}


def _other_words(reading: Reading, mention: Mention) -> str:
    """Return the message without the name, if there is anything in it to tell by."""
    text = f"{reading.text[: mention.start]} {reading.text[mention.end :]}"
    telling = reading.free_words() or reading.fields.keys() - {mention.field, "kinds", "intent"}
    return " ".join(text.split()) if telling else ""


def _reference(mention: Mention, title: NamedTitle) -> TitleRef:
    return TitleRef(mention=mention.reference.mention, title_id=title.title_id, label=title.label)


def _replace(reading: Reading, mention: Mention, chosen: TitleRef) -> None:
    values = reading.fields.get(mention.field, ())
    replaced = (chosen if value == mention.reference else value for value in values)
    reading.fields[mention.field] = tuple(dict.fromkeys(replaced))
