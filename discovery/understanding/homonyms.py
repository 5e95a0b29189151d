"""Which title of a name is meant: "Paprika" of 2006 or of 1991.

A year beside the name has decided already. Else, in this order: "the original" and "the remake",
"film" or "series" after the name, and a decade before it; a person of the message who made one of
them; then, added up, how well known each is, the genres said, and how near the message's words are
to each title's document. Where two remain about as likely, both are handed on, to be asked about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from discovery.types import Choice, Clarification
from discovery.understanding.lexicon import FILLERS
from discovery.understanding.linking import About, NamedTitle, Names
from discovery.understanding.words import Mention, Reading
from genrec.contract import Query, TitleRef

# In log-odds: a title as well known as can be against one that nobody knows, a cosine of 1, and
# a genre that was said.
_FAME = 8.0
_NEARNESS = 12.0
_GENRE = 1.0
# Below these odds of e to 1 somebody has to say which.
_SURE = 1.0
# No words of a message make up for more fame than this.
_HOPELESS = 5.0

Similarities = Callable[[tuple[int, ...], str], Mapping[int, float]]

_OLDEST = re.compile(
    r"\b(?:original|old|older|first|classic)(?: (?:film|movie|version|one|of|the))*\s*\W*$"
)
_NEWEST = re.compile(
    r"\b(?:remake|reboot|remade|new|newer|latest|recent|modern)"
    r"(?: (?:film|movie|version|one|of|the))*\s*\W*$"
)
_OLDEST_AFTER = re.compile(r"^\W{0,2}(?:the |an? )?(?:original|old one|older one|first one)\b")
_NEWEST_AFTER = re.compile(
    r"^\W{0,2}(?:the |an? )?(?:remake|reboot|new one|newer one|recent one|latest one)\b"
)
_KIND_AFTER = re.compile(r"^,? (?:the )?(?:tv )?(?:(film|movie)|(series|show))\b")
_BY_SOMEBODY = re.compile(r"^\"?,? \(?(?:by|from|directed by|of)\b")
_YEAR_BEFORE = re.compile(r"\b((?:18|19|20)\d\d)(?:'s)? (?:film |movie |version of )?$")
_DECADE_BEFORE = re.compile(r"\b(?:(?:19|20)?([0-9]0))'?s (?:film |movie |version of )?$")


def settle_homonyms(reading: Reading, names: Names) -> list[tuple[TitleRef, ...]]:
    """Choose among the homonyms of every mention; return the groups that are still open.

    A group has the chosen title first. Somebody who is named only to say which title is meant
    ("like Solaris by Tarkovsky") is not asked for.
    """
    open_groups = []
    # A name that a message repeats is compared with its words once.
    similarities: Similarities = cache(names.similarities)
    for mention in reading.mentions:
        rivals = tuple(dict.fromkeys(mention.candidates))
        if _BY_SOMEBODY.match(reading.text[mention.end :].lower()):
            rivals = _told_by_maker(reading, rivals, names)
            _replace(reading, mention, _reference(mention, rivals[0]))
        if len(rivals) < 2:
            continue
        ranked = _ranked(reading, mention, rivals, names, similarities)
        best = ranked[0][1]
        _replace(reading, mention, _reference(mention, best))
        close = [title for odds, title in ranked if ranked[0][0] - odds < _SURE]
        if len(close) > 1:
            open_groups.append(tuple(_reference(mention, title) for title in close))
    return open_groups


def _told_by_maker(
    reading: Reading, rivals: tuple[NamedTitle, ...], names: Names
) -> tuple[NamedTitle, ...]:
    """Return the titles that somebody named right after them made, and ask for them no more."""
    required = reading.fields.get("people_required", ())
    about = names.about([title.title_id for title in rivals]) if required else {}
    for person in required:
        made = [
            title
            for title in rivals
            if title.title_id in about and person.person_id in about[title.title_id].people
        ]
        if made:
            kept = tuple(other for other in required if other != person)
            reading.fields["people_required"] = kept
            if not kept:
                reading.fields.pop("people_required")
                reading.evidence.pop("people_required", None)
            return tuple(made)
    return rivals


def which_is_meant(query: Query, group: Sequence[TitleRef]) -> Clarification:
    """Return the question which of a name's titles was meant, with an answer for each.

    Args:
        query: as it was read, with the first title of the group in it.
        group: from `settle_homonyms`.
    """
    name = group[0].mention
    choices = tuple(Choice(ref.text, _with_title(query, group[0], ref)) for ref in group)
    return Clarification(f"Which “{name}” do you mean?", choices)


def _with_title(query: Query, taken: TitleRef, meant: TitleRef) -> Query:
    update = {
        name: tuple(meant if ref.title_id == taken.title_id else ref for ref in references)
        for name in ("like", "unlike", "exclude_titles")
        if (references := getattr(query, name))
    }
    return query.model_copy(update=update)


def _ranked(
    reading: Reading,
    mention: Mention,
    rivals: Sequence[NamedTitle],
    names: Names,
    similarities: Similarities,
) -> list[tuple[float, NamedTitle]]:
    """Return the homonyms with their log-odds, the likeliest first."""
    if (told := _told_by_words(reading, mention, rivals)) is not None:
        return [(0.0, told)]
    about = names.about([title.title_id for title in rivals])
    rivals = _of_kind(reading, mention, rivals, about)
    rivals = _of_people(reading, rivals, about)
    odds = {title.title_id: _FAME * title.popularity for title in rivals}
    most = max(odds.values())
    hopeful = tuple(pk for pk, value in odds.items() if most - value <= _HOPELESS)
    if len(hopeful) > 1:
        said = _genres_said(reading)
        for pk in hopeful:
            odds[pk] += _GENRE * len(said & about[pk].genres) if pk in about else 0.0
        words = _other_words(reading)
        for pk, near in (similarities(hopeful, words) if words else {}).items():
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


def _other_words(reading: Reading) -> str:
    """Return the words of the message that say what a title is like; numbers and the like don't."""
    said = [word.text for word in reading.free_words() if word.key not in FILLERS]
    moods = reading.fields.get("moods", ())
    return " ".join((*said, *moods))


def _reference(mention: Mention, title: NamedTitle) -> TitleRef:
    return TitleRef(mention=mention.reference.mention, title_id=title.title_id, label=title.label)


def _replace(reading: Reading, mention: Mention, chosen: TitleRef) -> None:
    values = reading.fields.get(mention.field, ())
    replaced = (chosen if value == mention.reference else value for value in values)
    reading.fields[mention.field] = tuple(dict.fromkeys(replaced))
