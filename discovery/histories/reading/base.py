"""What every reader yields: one `Watched` a title, and what could not be read.

Nothing here trusts a file. Names lose control characters, numbers are checked, and the limits
hold for whatever a file says of itself.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import NamedTuple

from catalog.models import ExternalId, Title
from discovery.models import Feedback, HistoryImport
from genrec.contract import plain_text

MAX_UPLOAD_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
MAX_TITLES = 50_000
# Every unreadable row is counted; of the first it is said what was wrong.
MAX_PROBLEMS = 100
MAX_NAME_CHARS = 300
# Shares of the scale, ends included: 3.5 of 5 stars is liked, 2 of 5 disliked.
LIKED_FROM = 0.7
DISLIKED_TO = 0.4


class UnusableFile(Exception):
    """The file as a whole is refused. The message is for the viewer and says what to do."""


class RowProblem(NamedTuple):
    """What was wrong in a row. `line` counts from 1, in JSON the entries."""

    line: int
    column: str
    reason: str


class OutsideId(NamedTuple):
    """The id of a title elsewhere."""

    source: str
    value: str


@dataclass(frozen=True, slots=True)
class Watched:
    """One title of a history, as the file tells it. None: the file does not say.

    `rating` is a share of the scale, 0 to 1.
    """

    name: str
    year: int | None = None
    title_kind: Title.Kind | None = None
    ids: tuple[OutsideId, ...] = ()
    rating: float | None = None
    liked: bool = False
    watched_at: datetime | None = None

    @property
    def kind(self) -> Feedback.Kind:
        """What the viewer thought of it: a like counts more than the rating."""
        if self.liked or (self.rating is not None and self.rating >= LIKED_FROM):
            return Feedback.Kind.LIKED
        if self.rating is not None and self.rating <= DISLIKED_TO:
            return Feedback.Kind.DISLIKED
        return Feedback.Kind.SEEN


@dataclass(slots=True)
class Reading:
    """What one file holds. Readers fill it row by row."""

    source: HistoryImport.Source
    rows: int = 0
    unreadable: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    _titles: dict[Hashable, Watched] = field(default_factory=dict)

    @property
    def watched(self) -> list[Watched]:
        return list(self._titles.values())

    def count_row(self) -> None:
        """Count one row of the file.

        Raises:
            UnusableFile: there are more than `MAX_ROWS`.
        """
        self.rows += 1
        if self.rows > MAX_ROWS:
            raise UnusableFile(
                f"This file has more than {MAX_ROWS:,} rows. Split it and upload the parts."
            )

    def add(self, key: Hashable, watched: Watched) -> None:
        """Keep what a row says; rows of the same key are one title."""
        known = self._titles.get(key)
        if known is None and len(self._titles) >= MAX_TITLES:
            raise UnusableFile(
                f"This file names more than {MAX_TITLES:,} titles. Split it and upload the parts."
            )
        self._titles[key] = watched if known is None else _together(known, watched)

    def skip(self, line: int, column: str, reason: str) -> None:
        """Leave a row out, and say why."""
        self.unreadable += 1
        self.remark(line, column, reason)

    def remark(self, line: int, column: str, reason: str) -> None:
        """Say what was wrong in a row that is used all the same."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(RowProblem(line, column, reason))


def _together(one: Watched, other: Watched) -> Watched:
    """Return what two rows say of the same title: the later rating, any like, the last time."""
    times = [at for at in (one.watched_at, other.watched_at) if at]
    # A row without a time says nothing of what it replaces, so the order of the file decides.
    is_later = not (one.watched_at and other.watched_at) or other.watched_at >= one.watched_at
    ratings = (other.rating, one.rating) if is_later else (one.rating, other.rating)
    return replace(
        one,
        year=one.year or other.year,
        title_kind=one.title_kind or other.title_kind,
        ids=tuple(dict.fromkeys((*one.ids, *other.ids))),
        rating=ratings[0] if ratings[0] is not None else ratings[1],
        liked=one.liked or other.liked,
        watched_at=max(times, default=None),
    )


def clean_name(value: object) -> str:
    """Return a name as one line without control characters; empty if there is none."""
    if not isinstance(value, str):
        return ""
    return " ".join(plain_text(value, max_chars=MAX_NAME_CHARS).split())


def read_year(value: object) -> int | None:
    """Return a year, or None for an empty cell.

    Raises:
        ValueError: it is none; the message says so.
    """
    text = str(value if value is not None else "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or not 1870 <= int(text) <= 2100:
        raise ValueError("not a year between 1870 and 2100")
    return int(text)


def read_rating(value: object, *, scale: float) -> float | None:
    """Return a rating as a share of its scale, or None for an empty cell.

    Raises:
        ValueError: no number, or not on the scale.
    """
    text = str(value if value is not None else "").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise ValueError("not a number") from None
    if not 0 < number <= scale:
        raise ValueError(f"not between 0 and {scale:g}")
    return number / scale


def read_day(value: str) -> datetime | None:
    """Return the start of a day written as 2024-05-31, or None for an empty cell."""
    if not value.strip():
        return None
    try:
        return start_of(date.fromisoformat(value.strip()[:10]))
    except ValueError:
        raise ValueError("not a date such as 2024-05-31") from None


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def imdb_id(value: object) -> tuple[OutsideId, ...]:
    """Return the id if it looks like one of a title, as in tt0078748."""
    text = str(value or "").strip().lower()
    digits = text.removeprefix("tt")
    if text == digits or not (digits.isascii() and digits.isdecimal()) or len(digits) > 12:
        return ()
    return (OutsideId(ExternalId.Source.IMDB, text),)


def number_id(source: ExternalId.Source, value: object) -> tuple[OutsideId, ...]:
    """Return an id that is a number."""
    text = str(value or "").strip()
    if not (text.isascii() and text.isdecimal()) or len(text) > 12 or int(text) == 0:
        return ()
    return (OutsideId(source, str(int(text))),)
