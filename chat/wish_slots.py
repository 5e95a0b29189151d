"""The slots of a Query as the editor calls them, and what each can be set to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chat import wish_choices
from chat.chips import KIND_LABELS
from chat.wish_choices import Choices


def _kinds() -> Choices:
    return [(kind, f"{label} only") for kind, label in KIND_LABELS.items()]


def _novelties() -> Choices:
    return [("usual", "well known"), ("unusual", "off the beaten path")]


LABELS: Mapping[str, str] = {
    "genres_all": "Genre",
    "genres_any": "One of several genres",
    "genres_none": "Not this genre",
    "kinds": "Films or series",
    "years": "Years",
    "runtime": "Length",
    "moods": "Mood",
    "themes": "Theme",
    "like": "Like a title",
    "unlike": "Unlike a title",
    "exclude_titles": "Not this title",
    "people_required": "With a person",
    "people_none": "Without a person",
    "people": "In the spirit of a person",
    "languages": "Language",
    "countries": "Country",
    "age_max": "Fit for an age",
    "content_max": "Less of something",
    "novelty": "Well known or not",
    "count": "Number of titles",
    "quotas": "So many of a kind",
    "runtime_total": "Time for all of them",
    "collections": "From a collection",
    "availability": "Where to watch",
    "allow_unknown": "Unknown facts allowed",
}
CHOICES: Mapping[str, Callable[[], Choices]] = {
    "genres_all": wish_choices.genres,
    "genres_none": wish_choices.genres,
    "kinds": _kinds,
    "moods": lambda: wish_choices.terms(moods=True),
    "themes": lambda: wish_choices.terms(moods=False),
    "languages": lambda: wish_choices.facts_named("languages"),
    "countries": lambda: wish_choices.facts_named("countries"),
    "novelty": _novelties,
    "collections": wish_choices.shelves,
    "quotas": wish_choices.genres,
}
# No source says yet where a title can be watched: such a wish is changed, not offered.
ADDABLE = tuple(slot for slot in LABELS if slot != "availability")
# The menu for a new wish.
GROUPS = (
    ("What it is like", ("moods", "themes", "like", "unlike", "people")),
    (
        "What it is",
        ("genres_all", "genres_any", "genres_none", "kinds", "years", "runtime",
         "people_required", "languages", "countries", "collections"),
    ),
    ("What it is not", ("content_max", "age_max", "exclude_titles", "people_none")),
    ("The list itself", ("count", "quotas", "runtime_total", "novelty", "allow_unknown")),
)  # fmt: skip
# Adding to a field of one value changes it: its form shows what is there.
ONE_VALUE = ("years", "runtime", "genres_any", "age_max", "count", "runtime_total", "novelty")
