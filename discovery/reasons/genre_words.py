"""How genres read in a sentence: "a science fiction comedy", "in its horror"."""

from __future__ import annotations

from collections.abc import Sequence

# Genre -> (before another genre's noun, as the noun itself). "{}" is "film" or "series".
_FORMS = {
    "Action": ("action", "action {}"),
    "Adventure": ("adventure", "adventure {}"),
    "Animation": ("animated", "animated {}"),
    "Biography": ("biographical", "biographical {}"),
    "Comedy": ("comedy", "comedy"),
    "Crime": ("crime", "crime {}"),
    "Documentary": ("documentary", "documentary"),
    "Drama": ("dramatic", "drama"),
    "Family": ("family", "family {}"),
    "Fantasy": ("fantasy", "fantasy {}"),
    "Film Noir": ("noir", "film noir"),
    "History": ("historical", "historical {}"),
    "Horror": ("horror", "horror {}"),
    "Music": ("music", "music {}"),
    "Musical": ("musical", "musical"),
    "Mystery": ("mystery", "mystery"),
    "Romance": ("romantic", "romance"),
    "Science Fiction": ("science fiction", "science fiction {}"),
    "Sport": ("sports", "sports {}"),
    "Thriller": ("thriller", "thriller"),
    "War": ("war", "war {}"),
    "Western": ("western", "western"),
}
# Best as the noun of a pair, best first: "comedy thriller", "romantic comedy", "crime drama".
_NOUN_ORDER = (
    "Documentary",
    "Western",
    "Thriller",
    "Comedy",
    "Musical",
    "Drama",
    "Mystery",
    "Romance",
    "Horror",
    "Adventure",
    "Action",
    "Fantasy",
)


def genre_name(genre: str) -> str:
    """Return a genre within a sentence: "science fiction"."""
    return genre.lower()


def genre_phrase(genres: Sequence[str], kind: str) -> str:
    """Return one or two genres as a noun phrase, without an article; "film" for none."""
    noun = "series" if kind == "series" else "film"
    known = [genre for genre in genres if genre in _FORMS][:2]
    if not known:
        return noun
    if set(known) == {"Comedy", "Drama"}:
        return "comedy drama"
    head = min(known, key=lambda g: _NOUN_ORDER.index(g) if g in _NOUN_ORDER else 99)
    before = [_FORMS[genre][0] for genre in known if genre != head]
    return " ".join([*before, _FORMS[head][1].format(noun)])
