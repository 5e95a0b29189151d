"""Decide on suggestions: accept as they are, accept with a change, reject.

An accepted one becomes a tag or a content note of its title, with the model's version as source
and the editor's name beside it. What a person or an import already says is never overwritten. Each
act leaves a revision a title, so that it can be taken back, and has the title embedded again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from catalog.importing.base import MODEL
from catalog.importing.tags import ensure_tags
from catalog.models import Revision, Suggestion, Title, TitleTag
from catalog.models.titles import NOTES
from catalog.ontology import load_ontology
from catalog.publishing import titles_changed
from catalog.quarantine import find_instruction
from catalog.revisions import record, snapshot

User = AbstractBaseUser | AnonymousUser
Kind, Status = Suggestion.Kind, Suggestion.Status
_SOURCE_CHARS = 60
_KEYWORD_CHARS = 60


class SuggestionError(ValueError):
    """A change that can't be accepted; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What an editor wants accepted instead: another term or keyword, another weight."""

    value: str
    weight: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act of deciding did.

    Attributes:
        accepted: as they were.
        edited: with a change.
        rejected: or put aside.
        already: accepted, but the title had this tag or note from somebody else, which stays.
        gone: decided by somebody else meanwhile, or deleted.
    """

    accepted: int = 0
    edited: int = 0
    rejected: int = 0
    already: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class VersionCounts:
    """How the suggestions of one model version fared. `rate` is None before any decision."""

    model_version: str
    pending: int
    accepted: int
    edited: int
    rejected: int

    @property
    def decided(self) -> int:
        return self.accepted + self.edited + self.rejected

    @property
    def rate(self) -> float | None:
        """The share of decided suggestions that were accepted, changed or not."""
        return (self.accepted + self.edited) / self.decided if self.decided else None


@transaction.atomic
def accept(
    suggestion_ids: Iterable[int], user: User, *, changes: Mapping[int, Wording] | None = None
) -> Outcome:
    """Accept pending suggestions; `changes` holds the editor's wording of some, by id.

    Raises:
        SuggestionError: a change is no term, no fitting weight, or reads like an instruction.
    """
    ids = set(suggestion_ids)
    titles = _lock_titles(ids)
    pending = _lock_pending(ids)
    wordings = {one.pk: _checked(one, (changes or {}).get(one.pk)) for one in pending}
    edited = {one.pk for one in pending if wordings[one.pk] != Wording(one.value, one.weight)}
    already = 0
    of_title: dict[int, list[Suggestion]] = defaultdict(list)
    for one in pending:
        of_title[one.title_id].append(one)
    for title in (title for title in titles if title.pk in of_title):
        before = snapshot(title)
        already += _apply(title, of_title[title.pk], wordings, user)
        record(title, before, Revision.Action.SUGGESTION, user)
    _decide([one for one in pending if one.pk in edited], Status.EDITED, user)
    _decide([one for one in pending if one.pk not in edited], Status.ACCEPTED, user)
    titles_changed(of_title)
    return Outcome(
        accepted=len(pending) - len(edited),
        edited=len(edited),
        already=already,
        gone=len(ids) - len(pending),
    )


@transaction.atomic
def reject(suggestion_ids: Iterable[int], user: User) -> Outcome:
    """Reject pending suggestions: no model version brings the same to this title again."""
    ids = set(suggestion_ids)
    _lock_titles(ids)
    pending = _lock_pending(ids)
    _decide(pending, Status.REJECTED, user)
    return Outcome(rejected=len(pending), gone=len(ids) - len(pending))


def acceptance() -> list[VersionCounts]:
    """Return how each model version fared, the newest first."""
    counts = {
        str(status): Count("pk", filter=Q(status=status))
        for status in (Status.PENDING, Status.ACCEPTED, Status.EDITED, Status.REJECTED)
    }
    versions = Suggestion.objects.order_by().values("model_version")
    rows = versions.annotate(newest=Max("pk"), **counts).order_by("-newest")
    return [
        VersionCounts(**{name: value for name, value in row.items() if name != "newest"})
        for row in rows
    ]


def _lock_titles(suggestion_ids: Collection[int]) -> list[Title]:
    """Lock the titles, before their suggestions: whoever writes suggestions locks in that order."""
    of_them = Suggestion.objects.filter(pk__in=suggestion_ids).values("title_id")
    titles = Title.objects.select_for_update().filter(pk__in=of_them)
    return list(titles.defer("embedding", "search").order_by("pk"))


def _lock_pending(ids: Collection[int]) -> list[Suggestion]:
    chosen = Suggestion.objects.select_for_update().filter(pk__in=ids, status=Status.PENDING)
    return list(chosen.order_by("pk"))


def _decide(suggestions: Sequence[Suggestion], status: Suggestion.Status, user: User) -> None:
    """Note the decision. The row keeps what the model said, the revision what was made of it."""
    Suggestion.objects.filter(pk__in=[one.pk for one in suggestions]).update(
        status=status, decided_by=user.pk, decided_at=timezone.now()
    )


def _checked(one: Suggestion, wording: Wording | None) -> Wording:
    """Return what to accept. Raises SuggestionError."""
    if wording is None:
        wording = Wording(one.value, one.weight)
    value = " ".join(wording.value.split())
    match one.kind:
        case Kind.TERM:
            term = load_ontology().find(value.lower())
            if term is None:
                raise SuggestionError(
                    f"“{value}” is no term of the ontology: choose one from the list."
                )
            value = term.name
        case Kind.CONTENT:
            value = one.value
            if value not in NOTES:
                raise SuggestionError(f"“{value}” is no content note: reject it.")
        case _:
            value = _checked_keyword(value)
    lowest = 0 if one.kind == Kind.CONTENT else 1
    if not lowest <= wording.weight <= 3:
        raise SuggestionError(f"The weight of “{value}” must be from {lowest} to 3.")
    return Wording(value, wording.weight)


def _checked_keyword(value: str) -> str:
    if not 0 < len(value) <= _KEYWORD_CHARS:
        raise SuggestionError(f"A keyword has 1 to {_KEYWORD_CHARS} characters.")
    if found := find_instruction(value):
        raise SuggestionError(f"“{found}” reads like an instruction to a model: word it otherwise.")
    # Tags are unique by name: "Poker" beside "poker" would be two.
    return value.lower()


def _apply(
    title: Title,
    suggestions: Sequence[Suggestion],
    wordings: Mapping[int, Wording],
    user: User,
) -> int:
    """Write accepted suggestions of one title; return how many it had from others already."""
    tags = [one for one in suggestions if one.kind != Kind.CONTENT]
    notes = [one for one in suggestions if one.kind == Kind.CONTENT]
    already = _add_tags(title, [(one, wordings[one.pk]) for one in tags], user)
    return already + _add_notes(title, [(one, wordings[one.pk]) for one in notes])


def _add_tags(title: Title, chosen: Sequence[tuple[Suggestion, Wording]], user: User) -> int:
    tags = ensure_tags({wording.value for _, wording in chosen})
    links = {
        tags[wording.value]: TitleTag(
            title=title,
            tag_id=tags[wording.value],
            weight=wording.weight,
            provenance=TitleTag.Provenance.MODEL,
            source=one.model_version[:_SOURCE_CHARS],
            added_by_id=user.pk,
        )
        for one, wording in chosen
    }
    present = set(
        TitleTag.objects.filter(title=title, tag_id__in=links).values_list("tag_id", flat=True)
    )
    TitleTag.objects.bulk_create([link for tag_id, link in links.items() if tag_id not in present])
    return len(chosen) - (len(links) - len(present))


def _add_notes(title: Title, chosen: Sequence[tuple[Suggestion, Wording]]) -> int:
    """Fill in content notes that are unknown; a known grade stays."""
    new = {
        wording.value: (wording.weight, one.model_version)
        for one, wording in chosen
        if wording.value not in title.content_notes
    }
    if new:
        # Imports count for more than a model: the lock keeps what the editor accepted.
        title.locked_fields = sorted({*title.locked_fields, "content_notes"})
        if not title.content_notes:
            title.field_sources["content_notes"] = [next(iter(new.values()))[1], MODEL]
        title.content_notes |= {note: weight for note, (weight, _) in new.items()}
        columns = ["content_notes", "field_sources", "locked_fields", "updated_at"]
        title.save(update_fields=columns)
    return len(chosen) - len(new)
