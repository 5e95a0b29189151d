"""A Query in words: for the embedding, for GenRec's wish, and for sentences to the viewer."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.text import fold
from discovery.types import DiscoveryRequest
from discovery.understanding.lexicon import CONTENT, MOODS, THEMES
from discovery.understanding.refining import asks_for_others
from genrec.contract import MAX_WISH_CHARS, Query

_MOOD_PREFIXES = {"more ": 0.7, "less ": -1.0}
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
# From here on a message is a description, and its own sentences are searched: what the rules
# leave of it has lost its grammar. A shorter one is searched by what the rules leave.
LONG_MESSAGE_WORDS = 20
# How many earlier messages say what an answer such as "yes, that was great" is about.
MAX_EARLIER = 5
MAX_EARLIER_CHARS = 1200
# What a message with a wish of its own sets: earlier ones are not needed to understand it.
_OWN_WISH = ("moods", "themes", "like", "genres_all", "genres_any", "people", "people_required")


@dataclass(frozen=True, slots=True)
class Spoken:
    """The viewer's own words behind a Query: empty where a click took some of them back."""

    message: str = ""
    # What was said before, where the message has no wish that could be understood without it.
    before: str = ""

    @property
    def is_long(self) -> bool:
        return len(self.message.split()) >= LONG_MESSAGE_WORDS


def spoken_words(query: Query, request: DiscoveryRequest) -> Spoken:
    """Return the words to search with beside the Query's own."""
    goes_on = request.previous is not None and asks_for_others(request.text)
    if request.query is not None or goes_on:
        return Spoken(clean_message(request.behind))
    message = clean_message(request.text)
    if any(getattr(query, field) for field in _OWN_WISH) or query.intent == "surprise":
        return Spoken(message)
    before = " ".join(request.earlier[-MAX_EARLIER:])[-MAX_EARLIER_CHARS:]
    return Spoken(message, clean_message(before))


def clean_message(text: str) -> str:
    """Return a message without addresses and mark-up left in it by the page it comes from."""
    # Twice: what was pasted from a page is often escaped once more.
    return " ".join(_ADDRESS.sub(" ", html.unescape(html.unescape(text))).split())


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, in order, each once."""
    return list(dict.fromkeys(fold(text).split()))


def search_text(query: Query) -> str:
    """Return the words to search by meaning; empty when nothing but filters was said.

    Titles to be like are searched by their own embeddings; only the words of one that the
    catalogue lacks are searched here.
    """
    strangers = any(ref.title_id is None for ref in query.like)
    if not (query.text or query.themes or strangers):
        # Moods and genres alone are answered by genres, which are facts: the words "funny
        # comedy" are nearest to films that have them in their names.
        return ""
    return _said_words(query)


def _said_words(query: Query) -> str:
    strangers = (ref.mention for ref in query.like if ref.title_id is None)
    parts = (
        *(mood.removeprefix("more ") for mood in query.moods if not mood.startswith("less ")),
        *(genre.lower() for genre in (*query.genres_all, *query.genres_any)),
        *(theme for theme in query.themes if theme not in query.text.lower()),
        query.text,
        *strangers,
    )
    return " ".join(part for part in parts if part)


def wish_text(query: Query) -> str:
    """Return the wish as GenRec's ranking prompt states it: in the words it was trained on.

    Training wishes name genres, moods, a decade, people and things. Titles to be like are not
    among them: the prompt's history holds those.
    """
    parts = [_said_words(query)]
    if query.year_min is not None and query.year_max is not None:
        decade = query.year_min // 10 * 10
        if query.year_max // 10 * 10 == decade:
            parts.append(f"from the {decade}s")
    for person in (*query.people_required, *query.people):
        parts.append(("directed by " if person.role == "director" else "with ") + person.text)
    return ", ".join(part for part in parts if part)[:MAX_WISH_CHARS]


def genre_leanings(query: Query) -> dict[str, float]:
    """Return how much each genre is softly wished for (positive) or unwelcome (negative)."""
    leanings: dict[str, float] = {}
    for mood in query.moods:
        weight, name = _split_mood(mood)
        _add(leanings, _genres_of_mood(name), weight)
    for theme in query.themes:
        _add(leanings, THEMES.get(theme, {}), 0.7)
    for note, limit in query.content_max.items():
        _add(leanings, CONTENT[note], -1.0 if limit == 0 else -0.6)
    return leanings


def _split_mood(mood: str) -> tuple[float, str]:
    for prefix, weight in _MOOD_PREFIXES.items():
        if mood.startswith(prefix):
            return weight, mood.removeprefix(prefix)
    return 1.0, mood


def _genres_of_mood(name: str) -> Mapping[str, float]:
    # "more comedy" and "less romance" name the genre itself.
    return MOODS[name] if name in MOODS else {name.title(): 1.0}


def _add(leanings: dict[str, float], genres: Mapping[str, float], weight: float) -> None:
    for genre, strength in genres.items():
        leanings[genre] = leanings.get(genre, 0.0) + weight * strength


def listed(words: Iterable[str], *, last: str = "and") -> str:
    """Return "a, b and c"."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
