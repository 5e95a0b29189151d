"""One title's facts in sentences, chosen by what a question asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from catalog.facts import TitleFacts
from catalog.models import Title
from catalog.text import fold
from discovery.reasons.genre_words import genre_name
from discovery.wording import listed

MAX_STORY_CHARS = 400
_AMOUNTS = ("none", "a little", "a fair amount", "a lot")
_NOTES = {
    "scary": r"scar\w+|frighten\w+|creepy|nightmares?",
    "violence": r"violen\w+|brutal|shoot\w*|fight\w*",
    "gore": r"gor[ey]\w*|blood\w*",
    "sex": r"sex\w*|nud\w+|naked",
    "language": r"swear\w*|strong language|cursing|rude",
}
_NOTE_NAMES = {"scary": "scariness", "language": "strong language", "sex": "sex"}
_ENDING = re.compile(r"\b(?:end(?:s|ing)?|die[sd]?|dead|survive\w*|sad|happy)\b")
_AGE = re.compile(
    r"\b(?:kids?|child(?:ren)?|toddlers?|suitable|rated|rating|certificate|age|appropriate|"
    r"(?:\w+|\d+)[- ]year[- ]olds?|family|grandkids)\b"
)
_VALUE = re.compile(r"\b(?:any good|good|worth|hard to follow|better|boring)\b")
_PERSON = re.compile(
    r"^\W*(?:is|was|has|does|did)\s+(?P<name>[\w.'\- ]{3,40}?)\s+(?:in|been in|"
    r"play(?:s|ed)?(?: in)?|star(?:s|red)?(?: in)?|appear(?:s|ed)? in|"
    r"direct(?:ed)?|make|made|write|wrote)\b"
)
# "Is there any blood in it?", "Does the dog die in it?": no person is asked for by name.
_NO_NAME = re.compile(
    r"(?:it|this|that|these|those|there|the|an?|no|nobody|none|(?:any|some|every)(?:one|body|thing)?"
    r"|he|she|they|we|you|i)\b"
)


def said_of_title(question: str, title: Title, facts: TitleFacts) -> str:
    """Answer one question about one title by its row; what the row lacks is said to be unknown."""
    low = " ".join(question.lower().split())
    person = _PERSON.search(low)
    if person and fold(person["name"]) not in fold(facts.name):
        known = _part_of(person["name"], facts)
        if known or not _NO_NAME.match(person["name"]):
            return f"{facts.label}: {known or _nobody_of(facts)}"
    for pattern, answer in _ANSWERS.items():
        if re.search(pattern, low):
            return f"{facts.label}: {answer(low, facts, title)}"
    return f"{facts.label}: {_in_short(facts)}"


def _director(low: str, facts: TitleFacts, title: Title) -> str:
    made = "created or directed by" if facts.kind == "series" else "directed by"
    return f"{made} {listed(facts.directors)}." if facts.directors else _unknown("who directed it")


def _writer(low: str, facts: TitleFacts, title: Title) -> str:
    return f"written by {listed(facts.writers)}." if facts.writers else _unknown("who wrote it")


def _cast(low: str, facts: TitleFacts, title: Title) -> str:
    if not facts.cast:
        return _unknown("its cast")
    parts = " Who plays which part, the catalogue doesn't say." if "play" in low else ""
    return f"with {listed(facts.cast)}.{parts}"


def _part_of(said: str, facts: TitleFacts) -> str:
    """Say what somebody did for a title; nothing if the row does not know of them."""
    words = f" {fold(said)} "
    for role, people in (
        ("in its cast", facts.cast),
        ("its director", facts.directors),
        ("its writer", facts.writers),
    ):
        if found := next((name for name in people if words in f" {fold(name)} "), None):
            return f"yes, {found} is {role}."
    return ""


def _nobody_of(facts: TitleFacts) -> str:
    people = listed((*facts.directors, *facts.cast))
    return f"not among the people that the catalogue lists: {people}."


def _runtime(low: str, facts: TitleFacts, title: Title) -> str:
    if re.search(r"\b(?:seasons?|episodes?)\b", low):
        return "how many seasons and episodes it has isn't known here."
    return f"{facts.runtime_min} minutes." if facts.runtime_min else _unknown("how long it is")


def _year(low: str, facts: TitleFacts, title: Title) -> str:
    return f"from {facts.year}." if facts.year else _unknown("its year")


def _genres(low: str, facts: TitleFacts, title: Title) -> str:
    kind = "a series" if facts.kind == "series" else "a film"
    if not facts.genres:
        return f"{kind}; {_unknown('its genre')}"
    return f"{kind}, {listed(genre_name(genre) for genre in facts.genres)}."


def _origin(low: str, facts: TitleFacts, title: Title) -> str:
    if re.search(r"\b(?:dubbed|subtitle[ds]?)\b", low):
        spoken = f" It was made in {listed(facts.languages)}." if facts.languages else ""
        return f"whether it is dubbed or subtitled isn't known here.{spoken}"
    parts = []
    if facts.languages:
        parts.append(f"in {listed(facts.languages)}")
    if facts.countries:
        parts.append(f"from {listed(facts.countries)}")
    return f"{', '.join(parts)}." if parts else _unknown("its language and country")


def _content(low: str, facts: TitleFacts, title: Title) -> str:
    asked = [note for note, words in _NOTES.items() if re.search(rf"\b(?:{words})\b", low)]
    told = [
        f"{_NOTE_NAMES.get(note, note)}: {_AMOUNTS[title.content_notes[note]]}"
        for note in asked
        if note in title.content_notes
    ]
    missing = [_NOTE_NAMES.get(note, note) for note in asked if note not in title.content_notes]
    if missing:
        told.append(f"{listed(missing)}: not known")
    return f"{'; '.join(told)}.{_age_sentence(title) if _AGE.search(low) else ''}"


def _for_kids(low: str, facts: TitleFacts, title: Title) -> str:
    notes = [
        f"{_NOTE_NAMES.get(note, note)} {_AMOUNTS[level]}"
        for note in ("scary", "violence", "gore", "sex", "language")
        if (level := title.content_notes.get(note)) is not None
    ]
    content = f" In it: {', '.join(notes)}." if notes else ""
    age = _age_sentence(title).strip() or "its age rating isn't known."
    return f"{age[0].lower()}{age[1:]}{content}"


def _age_sentence(title: Title) -> str:
    certificate = f" (certificate {title.certificate})" if title.certificate else ""
    if title.age_min is not None:
        return f" Meant for {title.age_min} and older{certificate}."
    return f" Its certificate is {title.certificate}." if title.certificate else ""


def _ending(low: str, facts: TitleFacts, title: Title) -> str:
    sad = title.content_notes.get("sad_ending")
    if re.search(r"\b(?:die[sd]?|survive\w*)\b", low):
        known = {None: "", 0: " Its ending isn't marked as sad."}.get(sad, " Its ending is sad.")
        return f"who lives and who dies isn't told here.{known}"
    if sad is None:
        return _unknown("how it ends")
    return "its ending is sad." if sad else "its ending isn't marked as sad."


def _story(low: str, facts: TitleFacts, title: Title) -> str:
    if not facts.synopsis:
        return f"{_unknown('its story')} {_in_short(facts).capitalize()}"
    story = facts.synopsis
    if len(story) > MAX_STORY_CHARS:
        story = story[:MAX_STORY_CHARS].rsplit(" ", 1)[0] + " …"
    return story


def _value(low: str, facts: TitleFacts, title: Title) -> str:
    return f"I can't judge that; I only know its facts. {_in_short(facts).capitalize()}"


def _in_short(facts: TitleFacts) -> str:
    """Return what is known of a title in one sentence."""
    parts = [listed(genre_name(genre) for genre in facts.genres)] if facts.genres else []
    parts += [f"{facts.runtime_min} minutes"] if facts.runtime_min else []
    parts += [f"by {listed(facts.directors)}"] if facts.directors else []
    parts += [f"with {listed(facts.cast[:3])}"] if facts.cast else []
    return f"{', '.join(parts)}." if parts else "nothing more is known of it here."


def _unknown(what: str) -> str:
    return f"{what} isn't known here."


Answer = Callable[[str, TitleFacts, Title], str]
# Question -> answer; the first that fits counts.
_ANSWERS: Mapping[str, Answer] = {
    r"\b(?:wrote|writer|written|screenplay)\b": _writer,
    r"\b(?:direct(?:or|ed)|who made|made by|whose film)\b|\bmade it\b": _director,
    r"\b(?:cast|actors?|actress(?:es)?|stars?|starr\w+|who(?:'s| is)? in|plays?|played|acts?)\b": (
        _cast
    ),
    r"\b(?:how long|run(?:ning)? ?time|length|minutes|hours?|seasons?|episodes?)\b": _runtime,
    r"\b(?:" + "|".join(_NOTES.values()) + r")\b": _content,
    _AGE.pattern: _for_kids,
    r"\b(?:what year|which year|when|how old|come out|released?|decade|from \d{4})\b": _year,
    r"\b(?:language|country|dubbed|subtitle[ds]?|where (?:is|was)|from which|spoken|in (?:korean|"
    r"french|german|spanish|italian|japanese|english))\b": _origin,
    r"\b(?:genre|(?:a|an) (?:comedy|drama|thriller|horror|musical|western)|film or a series|series "
    r"or a film|funny)\b": _genres,
    r"\b(?:about|story|plot|synopsis|summary|gist|what happens|tell me)\b": _story,
    _ENDING.pattern: _ending,
    _VALUE.pattern: _value,
}  # fmt: skip
