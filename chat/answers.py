"""What page and stream show of a turn: plain data, loaded in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from catalog.facts import TitleFacts, load_facts
from catalog.models import Title
from chat.additions import Addition, additions_for
from chat.chips import Chip, chips_of, is_wish
from chat.models import Turn
from chat.offers import Offers, offers_of
from chat.standing import query_of
from discovery import models as records
from discovery.shelves import shelf_names

ReasonState = Literal["template", "writing", "generated"]
AnswerState = Literal["answering", "writing", "settled"]
ReasonStatus = records.Pick.ReasonStatus
# So many verdicts say enough to go by.
TAPS_WANTED = 5
# A slate comes once for each of its picks: no more of it than a card needs.
_PICK_FIELDS = (
    "slate__created_at",
    "title_id",
    "position",
    "template_reason",
    "generated_reason",
    "reason_status",
)
UNFINISHED = (ReasonStatus.TEMPLATE, ReasonStatus.WRITING)

PROGRESS_FIRST = "Searching the catalogue…"
PROGRESS_REFINING = "GenRec is reading your wish more closely…"


class FeedbackButton(NamedTuple):
    kind: str
    label: str
    icon_path: str
    pressed: bool = False


FEEDBACK_BUTTONS = (
    FeedbackButton(
        records.Feedback.Kind.LIKED,
        "Like",
        "M10 17.2 3.6 10.9a4.1 4.1 0 0 1 0-5.8 4.1 4.1 0 0 1 5.8 0l.6.6.6-.6a4.1 4.1 0 0 1 5.8 0 "
        "4.1 4.1 0 0 1 0 5.8z",
    ),
    FeedbackButton(
        records.Feedback.Kind.DISLIKED,
        "Not for me",
        "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM4.8 4.8l10.4 10.4",
    ),
    FeedbackButton(records.Feedback.Kind.SEEN, "Seen", "m3.5 10.6 4.4 4.4 8.6-9.6"),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """The sentence on a card. Text in state "writing" has not been checked yet."""

    pick_id: int
    text: str
    state: ReasonState


@dataclass(frozen=True, slots=True)
class Card:
    """One recommended title, with its reason and what this viewer thinks of it."""

    pick_id: int
    title: TitleFacts
    reason: Reason
    marks: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        return reverse("catalog:title", args=[self.title.title_id])

    @property
    def artwork_url(self) -> str:
        return reverse("catalog:artwork", args=[self.title.title_id])

    @property
    def facts(self) -> str:
        """Year, runtime, kind if a series, genres: only what is known."""
        parts = [str(self.title.year or ""), self.title.runtime]
        parts += ["Series" if self.title.kind == "series" else "", ", ".join(self.title.genres[:3])]
        return " · ".join(part for part in parts if part)

    @property
    def feedback_buttons(self) -> list[FeedbackButton]:
        return [b._replace(pressed=b.kind in self.marks) for b in FEEDBACK_BUTTONS]


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn as it looks now."""

    turn_id: int
    request_id: UUID
    text: str
    state: AnswerState
    note: str = ""
    chips: Sequence[Chip] = ()
    # The message was a wish: wishes can be added to it.
    is_wish: bool = False
    # Another wish stood before this one.
    can_undo: bool = False
    cards: Sequence[Card] = ()
    offers: Offers = field(default_factory=Offers)
    additions: Sequence[Addition] = ()
    slate_id: int | None = None
    progress: str = PROGRESS_FIRST

    @property
    def has_slate(self) -> bool:
        return self.slate_id is not None

    @property
    def notes(self) -> list[str]:
        return self.note.splitlines()

    @property
    def places(self) -> range:
        """Empty cards to hold the place of those to come."""
        return range(settings.SLATE_SIZE)


@dataclass(frozen=True, slots=True)
class Taps:
    """How far a viewer is with saying what they like."""

    given: int
    wanted: int = TAPS_WANTED

    @property
    def left(self) -> int:
        return max(0, self.wanted - self.given)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The rows behind a few turns, by what they are looked up by."""

    picks: Mapping[int, list[records.Pick]]
    facts: Mapping[int, TitleFacts]
    marks: Mapping[int, set[str]] = field(default_factory=dict)
    shelf_names: Mapping[str, str] = field(default_factory=dict)


def load_answers(turns: Iterable[Turn], viewer_id: int) -> list[Answer]:
    """Return how these turns look to their viewer; select their slates with them."""
    turns = list(turns)
    loaded = _load_rows([turn.slate for turn in turns if turn.slate], viewer_id)
    return [_answer_of(turn, loaded) for turn in turns]


def load_answer(turn_id: int) -> Answer:
    turn = Turn.objects.with_slate().select_related("conversation").get(pk=turn_id)
    return load_answers([turn], turn.conversation.viewer_id)[0]


def load_card(pick_id: int, viewer_id: int) -> Card | None:
    """Return one card of this viewer's slates, or None if it isn't theirs."""
    pick = records.Pick.objects.filter(
        pk=pick_id, slate__viewer_id=viewer_id, title__status=Title.Status.PUBLISHED
    )
    found = pick.select_related("slate").defer("slate__trace").first()
    if found is None:
        return None
    facts = load_facts([found.title_id])[found.title_id]
    return _card_of(found, facts, _marks_of(viewer_id, [found.title_id])[found.title_id])


def load_cards(slate: records.Slate, viewer_id: int | None) -> list[Card]:
    """Return the cards of a slate that belongs to no turn, as they look to its viewer, if any."""
    loaded = _load_rows([slate], viewer_id)
    return [
        _card_of(pick, loaded.facts[pick.title_id], loaded.marks.get(pick.title_id, set()))
        for pick in loaded.picks.get(slate.pk, [])
    ]


def _load_rows(slates: Sequence[records.Slate], viewer_id: int | None) -> _Loaded:
    """Load what the slates show today: a title that was withdrawn since is shown nowhere."""
    picks: dict[int, list[records.Pick]] = defaultdict(list)
    shown = records.Pick.objects.filter(slate__in=slates, title__status=Title.Status.PUBLISHED)
    rows = shown.select_related("slate").only(*_PICK_FIELDS)
    for pick in rows.order_by("slate_id", "position"):
        picks[pick.slate_id].append(pick)
    title_ids = {pick.title_id for row in picks.values() for pick in row}
    slugs = {slug for slate in slates for slug in slate.query.get("collections", ())}
    return _Loaded(
        picks, load_facts(title_ids), _marks_of(viewer_id, title_ids), shelf_names(slugs)
    )


def _marks_of(viewer_id: int | None, title_ids: Iterable[int]) -> dict[int, set[str]]:
    marks: dict[int, set[str]] = defaultdict(set)
    if viewer_id is None:
        return marks
    given = records.Feedback.objects.filter(viewer_id=viewer_id, title_id__in=list(title_ids))
    for title_id, kind in given.values_list("title_id", "kind"):
        marks[title_id].add(kind)
    return marks


def _answer_of(turn: Turn, loaded: _Loaded) -> Answer:
    picks = loaded.picks.get(turn.slate_id or 0, [])
    cards = [
        _card_of(pick, loaded.facts[pick.title_id], loaded.marks.get(pick.title_id, set()))
        for pick in picks
    ]
    query = query_of(turn)
    wish = query if query is not None and is_wish(query) else None
    return Answer(
        turn_id=turn.pk,
        request_id=turn.request_id,
        text=turn.text,
        state=_state_of(turn, picks),
        note=turn.note,
        chips=chips_of(wish, loaded.shelf_names) if wish else (),
        is_wish=wish is not None,
        can_undo=turn.before_id is not None,
        cards=cards,
        offers=offers_of(turn),
        additions=additions_for(wish, [card.title for card in cards]) if wish else (),
        slate_id=turn.slate_id,
        progress=PROGRESS_REFINING if turn.slate_id else PROGRESS_FIRST,
    )


def _state_of(turn: Turn, picks: Sequence[records.Pick]) -> AnswerState:
    if turn.status == Turn.Status.RUNNING:
        return "answering"
    waiting = turn.status == Turn.Status.ANSWERED and any(is_unfinished(pick) for pick in picks)
    return "writing" if waiting else "settled"


def is_unfinished(pick: records.Pick) -> bool:
    """Whether a reason is still to come. A worker that died never says so: time does."""
    patience = timedelta(seconds=settings.GENREC_REASON_TIMEOUT_S + 30)
    fresh = pick.slate.created_at > timezone.now() - patience
    return fresh and pick.reason_status in UNFINISHED


def _card_of(pick: records.Pick, facts: TitleFacts, marks: Iterable[str]) -> Card:
    generated = pick.reason_status == ReasonStatus.GENERATED
    reason = Reason(pick.pk, pick.reason, "generated" if generated else "template")
    return Card(pick.pk, facts, reason, frozenset(marks))
