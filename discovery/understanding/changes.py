"""What a turn changed about the conversation's Query, in words: "+ no gore", "- Comedy".

A Query is a value: undoing a turn is asking the Query before it again.
"""

from __future__ import annotations

from collections.abc import Iterator

from genrec.contract import Query

_PLAIN = {
    "moods": "{}",
    "themes": "{}",
    "genres_all": "{}",
    "genres_none": "no {}",
    "languages": "in {}",
    "countries": "from {}",
    "collections": "from {}",
    "availability": "on {}",
    "kinds": "{} only",
}
_NUMBERS = {
    "year_min": "from {} on",
    "year_max": "up to {}",
    "runtime_min": "at least {} min",
    "runtime_max": "at most {} min",
    "runtime_total": "{} min in all",
    "age_max": "fit for age {}",
    "count": "{} titles",
}
_TITLES = {"like": "like {}", "unlike": "unlike {}", "exclude_titles": "not {}"}
_PEOPLE = {
    "people": "in the spirit of {}",
    "people_required": "with {}",
    "people_none": "without {}",
}
_ROLES = {"director": "directed by {}", "writer": "written by {}"}
_LIMITS = ("no", "little", "some", "any")
_NOTES = {"language": "strong language", "scary": "scares", "sex": "sexual content"}
_NOVELTY = {"usual": "well known", "unusual": "off the beaten path"}


def changes(before: Query | None, after: Query) -> tuple[str, ...]:
    """Return what was taken away ("- Comedy") and added ("+ no gore"), in the Query's order.

    Args:
        before: None for a conversation's first Query: everything was added.
    """
    old = dict.fromkeys(wishes(before)) if before is not None else {}
    new = dict.fromkeys(wishes(after))
    gone = (f"- {words}" for words in old if words not in new)
    added = (f"+ {words}" for words in new if words not in old)
    return (*gone, *added)


def wishes(query: Query) -> Iterator[str]:
    """Yield every wish of a Query in a few words."""
    for name, form in _PLAIN.items():
        yield from (form.format(value) for value in getattr(query, name))
    if query.genres_any:
        yield " or ".join(query.genres_any)
    for name, form in _NUMBERS.items():
        if (value := getattr(query, name)) is not None:
            yield form.format(value)
    yield from _names(query)
    for note, limit in query.content_max.items():
        yield f"{_LIMITS[limit]} {_NOTES.get(note, note)}"
    yield from (f"{number} of {genre}" for genre, number in query.quotas.items())
    if query.novelty is not None:
        yield _NOVELTY[query.novelty]
    if query.allow_unknown:
        yield "unknown facts allowed"
    if query.text:
        yield f"“{query.text}”"


def _names(query: Query) -> Iterator[str]:
    for name, form in _TITLES.items():
        yield from (form.format(title.text) for title in getattr(query, name))
    for name, form in _PEOPLE.items():
        for person in getattr(query, name):
            role = _ROLES.get(person.role) if name == "people_required" else None
            yield (role or form).format(person.text)
