"""The one question that would help most, with answers to tap. No model writes it.

A question is asked only in the chat, at most once in three turns, never the same twice in a
conversation, and never when the slate is already good: when the wish says enough, when few titles
match it, or when the shown titles stand out from the next ones. Then the question is the one whose
answers split the best candidates most evenly; titles that share a name come before it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean, pstdev
from typing import Any

from catalog.models import Title
from discovery.types import Candidate, Choice, Clarification, DiscoveryRequest
from discovery.understanding.lexical import Parsed
from genrec.contract import HARD_FIELDS, Intent, Query, TitleRef

# How many of the best candidates a question is to split.
SPLIT = 60
# Fewer matching titles than this can be looked through without a question.
MANY_TITLES = 40
# A wish that says this much is specific enough.
SPECIFIC = 3
# In standard deviations of the next ones: then the shown titles stand out.
STANDS_OUT = 4.0
# An answer that leaves fewer candidates is no choice, and a split less even is no help.
MIN_LEFT = 4
MIN_WORTH = 0.35
MAX_CHOICES = 4
_ASKED_AFTER: frozenset[Intent] = frozenset({"discover", "refine", "more_like"})
CHIP = "chip"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a question: what a tap sets, and which titles it fits."""

    label: str
    update: Mapping[str, Any]
    genres: frozenset[str] = frozenset()
    years: tuple[int, int] | None = None
    kind: str = ""
    tags: frozenset[str] = frozenset()

    def fits(self, row: Row) -> bool:
        if self.years is not None:
            return row.year is not None and self.years[0] <= row.year <= self.years[1]
        return (
            bool(self.genres & row.genres)
            or bool(self.tags & row.tags)
            or bool(self.kind and self.kind == row.kind)
        )


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the fields that answer it already, and its answers."""

    text: str
    answered_by: frozenset[str]
    answers: tuple[Answer, ...]


@dataclass(slots=True)
class Row:
    """What a question can split a candidate by."""

    kind: str
    year: int | None
    genres: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)


def _mood(label: str, mood: str, *tags: str) -> Answer:
    return Answer(label, {"moods": (mood,)}, tags=frozenset({mood, *tags}))


def _genre(label: str, *genres: str) -> Answer:
    return Answer(label, {"genres_any": genres}, genres=frozenset(genres))


_GENRES = frozenset({"genres_all", "genres_any"})
QUESTIONS = (
    Question(
        "What sort of story?",
        _GENRES | {"moods", "like", "themes"},
        (
            _genre("Something to laugh at", "Comedy"),
            _genre("Suspense", "Thriller", "Crime", "Mystery"),
            _genre("People and feelings", "Drama", "Romance"),
            _genre("Adventure and spectacle", "Action", "Adventure", "Fantasy", "Science Fiction"),
        ),
    ),
    Question(
        "From which years?",
        frozenset({"year_min", "year_max"}),
        (
            Answer("Before 1980", {"year_max": 1979}, years=(1870, 1979)),
            Answer("1980s and 90s", {"year_min": 1980, "year_max": 1999}, years=(1980, 1999)),
            Answer("2000 to 2014", {"year_min": 2000, "year_max": 2014}, years=(2000, 2014)),
            Answer("Since 2015", {"year_min": 2015}, years=(2015, 2100)),
        ),
    ),
    Question(
        "In what tone?",
        frozenset({"moods"}),
        (
            _mood(
                "Light", "light", "feel-good", "charming", "cosy", "silly", "funny", "heartwarming"
            ),
            _mood("Moving", "moving", "sad", "bittersweet", "melancholy", "yearning"),
            _mood("Tense", "tense", "intense", "exciting", "paranoid", "claustrophobic"),
            _mood("Dark", "dark", "bleak", "disturbing", "gritty", "haunting", "creepy"),
        ),
    ),
    Question(
        "A film or a series?",
        frozenset({"kinds", "count", "runtime_max", "runtime_min", "runtime_total"}),
        (
            Answer("A film", {"kinds": ("film",)}, kind="film"),
            Answer("A series", {"kinds": ("series",)}, kind="series"),
        ),
    ),
)


def clarify(
    request: DiscoveryRequest,
    parsed: Parsed,
    ranked: Sequence[Candidate],
    shown: Collection[int],
    matching: int,
) -> Clarification | None:
    """Return the question to ask beside a slate, or None. Reads the candidates' rows.

    Args:
        ranked: candidates, best first.
        shown: ids of the titles on the slate.
        matching: how many titles keep every hard wish.
    """
    query = parsed.query
    unasked = request.query is not None or request.asked_lately or request.surface != "chat"
    if unasked or query.intent not in _ASKED_AFTER or not shown:
        return None
    asked = which_title(parsed)
    if asked is None and not is_good(query, ranked, shown, matching):
        asked = best_question(query, load_rows(ranked[:SPLIT]), request.asked)
    return asked if asked is not None and asked.question not in request.asked else None


def which_title(parsed: Parsed) -> Clarification | None:
    """Ask which title of a name is meant, where nothing in the message told."""
    for group in parsed.homonyms:
        taken = group[0]
        if not any(ref.title_id == taken.title_id for ref in parsed.query.like):
            continue
        choices = tuple(
            Choice(ref.text, _with_title(parsed.query, taken, ref)) for ref in group[:MAX_CHOICES]
        )
        return Clarification(f"Which {taken.mention} do you mean?", choices)
    return None


def is_good(
    query: Query, ranked: Sequence[Candidate], shown: Collection[int], matching: int
) -> bool:
    """Say whether a slate needs no question."""
    return (
        matching < MANY_TITLES
        or specificity(query) >= SPECIFIC
        or margin(ranked, shown) >= STANDS_OUT
    )


def specificity(query: Query) -> int:
    """Return how many things a wish says. A title or a person says two; the rest is one each."""
    said = 2 * len(query.like) + 2 * len(query.people_required) + len(query.people)
    said += len(query.moods) + len(query.themes) + len(query.quotas)
    hard = HARD_FIELDS - {"people_required", "kinds", "exclude_titles"}
    said += sum(bool(getattr(query, name)) for name in hard)
    # What no rule has read is still said: three words of it are about one wish.
    return said + len(query.text.split()) // 3


def margin(ranked: Sequence[Candidate], shown: Collection[int]) -> float:
    """Return how far the shown titles' mean score is above the next ones', in deviations."""
    top = [c.score for c in ranked if c.title_id in shown]
    rest = [c.score for c in ranked if c.title_id not in shown][:SPLIT]
    if not top or len(rest) < MIN_LEFT or not (spread := pstdev(rest)):
        return 0.0
    return (mean(top) - mean(rest)) / spread


def best_question(
    query: Query, rows: Sequence[Row], asked: Collection[str] = ()
) -> Clarification | None:
    """Return the question, not asked yet, whose answers split the candidates most evenly."""
    worths = []
    for question in QUESTIONS:
        if question.text in asked or any(getattr(query, name) for name in question.answered_by):
            continue
        left = _left(question, rows)
        if len(left) > 1:
            worths.append((worth_of(left, len(rows)), question, left))
    if not worths:
        return None
    worth, question, left = max(worths, key=lambda item: item[0])
    if worth < MIN_WORTH:
        return None
    choices = tuple(
        Choice(answer.label, _answered(query, answer))
        for answer in question.answers
        if answer.label in left
    )
    return Clarification(question.text, choices)


def worth_of(left: Mapping[str, int], n_rows: int) -> float:
    """Return how evenly answers split the candidates, from 0 to 1, by entropy.

    An answer that almost everything fits tells nothing, nor do answers that almost nothing fits.
    """
    total = sum(left.values())
    even = -sum(n / total * math.log(n / total) for n in left.values()) / math.log(len(left))
    return even * min(1.0, total / n_rows) * (1 - max(left.values()) / n_rows)


def _left(question: Question, rows: Sequence[Row]) -> dict[str, int]:
    """Return how many candidates each answer would leave; too few is no answer to offer."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(answer.label for answer in question.answers if answer.fits(row))
    return {label: n for label, n in counts.items() if n >= MIN_LEFT}


def load_rows(candidates: Sequence[Candidate]) -> list[Row]:
    """Read what the questions split by, in three small queries."""
    ids = [candidate.title_id for candidate in candidates]
    rows = {
        pk: Row(kind, year)
        for pk, kind, year in Title.objects.filter(pk__in=ids).values_list("pk", "kind", "year")
    }
    named = Title.objects.filter(pk__in=rows)
    for pk, genre in named.filter(genres__isnull=False).values_list("pk", "genres__name"):
        rows[pk].genres.add(genre)
    tagged = named.filter(title_tags__isnull=False)
    for pk, tag in tagged.values_list("pk", "title_tags__tag__name"):
        rows[pk].tags.add(tag)
    return list(rows.values())


def _answered(query: Query, answer: Answer) -> Query:
    update: dict[str, Any] = dict(answer.update)
    if "moods" in update:
        update["moods"] = (*query.moods, *update["moods"])
    evidence = {**query.evidence, **dict.fromkeys(update, CHIP)}
    return query.model_copy(update={**update, "intent": "refine", "evidence": evidence})


def _with_title(query: Query, taken: TitleRef, meant: TitleRef) -> Query:
    likes = tuple(meant if ref.title_id == taken.title_id else ref for ref in query.like)
    return query.model_copy(update={"like": likes})
