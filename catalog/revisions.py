"""The history of a title: every act of editing leaves a revision that can be read and undone.

    before = snapshot(title)
    ...  # change the title, its tags, whatever
    record(title, before, Revision.Action.SUGGESTION, request.user)

A revert is a revision as well. It sets back exactly what its revision changed, element by
element, so that later edits of other things stay; where something was changed again since,
`find_conflicts` says so beforehand.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from catalog.changes import MOMENTS, apply_changes
from catalog.models import Revision, Title
from catalog.snapshots import (
    BOOKKEEPING,
    GROUPS,
    Difference,
    Snapshot,
    applied,
    difference,
    snapshot,
    snapshots,
)

__all__ = [
    "Conflict",
    "find_conflicts",
    "record",
    "record_changes",
    "revert",
    "revert_batch",
    "snapshot",
    "taking_back",
]

User = AbstractBaseUser | AnonymousUser | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that a revision changed and that was changed again since."""

    title_id: int
    key: str
    element: str
    left: Any  # what the revision left behind; None: nothing
    now: Any


@transaction.atomic
def record(
    title: Title, before: Snapshot, action: str, user: User, *, note: str = ""
) -> Revision | None:
    """Write down what changed since `before`, a `snapshot` of the title; None if nothing did.

    An empty `before` is the state of a title that has just been made.
    """
    after = snapshot(title)
    change = difference(before or _blank(after), after)
    if not change.only(change.before.keys() - BOOKKEEPING):
        return None
    return Revision.objects.create(
        title_id=title.pk,
        action=action,
        before=change.before,
        after=change.after,
        user_id=_user_id(user),
        note=note[:200],
    )


@transaction.atomic
def record_changes(
    changes: Mapping[int, Difference],
    action: str,
    user: User,
    *,
    note: str = "",
    batch: uuid.UUID | None = None,
    reverts: Mapping[int, int] | None = None,
) -> None:
    """Write one revision a title for changes that `apply_changes` has made.

    Args:
        changes: title id to what differed.
        batch: what the revisions of one bulk edit share.
        reverts: title id to the id of the revision that was reverted.
    """
    Revision.objects.bulk_create(
        [
            Revision(
                title_id=title_id,
                action=action,
                before=change.before,
                after=change.after,
                user_id=_user_id(user),
                note=note[:200],
                batch=batch,
                reverts_id=(reverts or {}).get(title_id),
            )
            for title_id, change in changes.items()
        ],
        batch_size=1000,
    )


def revert(revision: Revision, user: User) -> Revision | None:
    """Set back what one revision changed, and embed the title again.

    Returns the new revision; None if all of it is as it was before already.

    Raises:
        ValidationError: it made the title, or an external id belongs to another title by now.
    """
    if revision.action == Revision.Action.CREATED:
        raise ValidationError("This revision made the title: withdraw the title instead.")
    _revert([revision], user, note=f"Revert of {revision.created_at:%Y-%m-%d %H:%M}")
    return Revision.objects.filter(reverts=revision).first()


def revert_batch(batch: uuid.UUID, user: User) -> int:
    """Undo a bulk edit as a whole; return how many titles it changed back.

    Raises:
        ValidationError: an external id belongs to another title by now.
    """
    revisions = list(Revision.objects.filter(batch=batch, reverted_by__isnull=True))
    note = f"Undo: {revisions[0].note}" if revisions else ""
    return _revert(revisions, user, note=note, batch=uuid.uuid4())


@transaction.atomic
def _revert(
    revisions: Sequence[Revision], user: User, *, note: str, batch: uuid.UUID | None = None
) -> int:
    ids = [revision.title_id for revision in revisions]
    # Locked, so that what is compared here is what is overwritten.
    list(Title.objects.select_for_update().filter(pk__in=ids).order_by("pk").values("pk"))
    states = snapshots(ids)
    later = _touched_later(revisions)
    changes, reverts = {}, {}
    for revision in revisions:
        state = states[revision.title_id]
        wanted = applied(state, _undoing(revision, keep=later.get(revision.title_id, set())))
        if change := difference(state, wanted):
            changes[revision.title_id] = change
            reverts[revision.title_id] = revision.pk
    apply_changes(changes)
    action = Revision.Action.REVERTED
    record_changes(changes, action, user, note=note, batch=batch, reverts=reverts)
    return len(changes)


def find_conflicts(revisions: Iterable[Revision]) -> list[Conflict]:
    """Return what these revisions changed and is no longer as they left it."""
    revisions = list(revisions)
    states = snapshots({revision.title_id for revision in revisions})
    found = []
    for revision in revisions:
        state = states[revision.title_id]
        for key in revision.after.keys() - BOOKKEEPING:
            for element, left in _left_behind(revision, key).items():
                now = state[key].get(element) if key in GROUPS else state[key]
                if now != left:
                    found.append(Conflict(revision.title_id, key, element, left, now))
    return found


def _left_behind(revision: Revision, key: str) -> dict[str, Any]:
    if key not in GROUPS:
        return {"": revision.after[key]}
    names = revision.before[key].keys() | revision.after[key].keys()
    return {name: revision.after[key].get(name) for name in names}


def taking_back(revision: Revision) -> Difference:
    """Return the change that undoes a revision.

    A moment that has passed does not come back: the schedule would do within a minute what was
    just undone.
    """
    now = timezone.now()
    passed = {
        key
        for key in revision.before.keys() & MOMENTS
        if (moment := parse_datetime(revision.before[key] or "")) and moment <= now
    }
    change = Difference(revision.after, revision.before | dict.fromkeys(passed))
    return change.only({key for key in change.after if change.after[key] != change.before[key]})


def _undoing(revision: Revision, *, keep: Collection[str]) -> Difference:
    """Return the change that undoes a revision, but for the locks that later edits rely on."""
    change = taking_back(revision)
    locks = change.before.get("locked_fields", {})
    kept = {field for field in locks if field in keep}
    if not kept:
        return change
    before = {**change.before, "locked_fields": {f: v for f, v in locks.items() if f not in kept}}
    return Difference(before, change.after)


def _touched_later(revisions: Sequence[Revision]) -> dict[int, set[str]]:
    """Return, by title, what edits after these revisions changed and nobody took back."""
    if not revisions:
        return {}
    of_title = {revision.title_id: revision.pk for revision in revisions}
    others = Revision.objects.filter(
        title_id__in=of_title, pk__gt=min(of_title.values()), reverted_by__isnull=True
    ).exclude(action=Revision.Action.REVERTED)
    touched: dict[int, set[str]] = {}
    for revision in others:
        if revision.pk > of_title[revision.title_id]:
            touched.setdefault(revision.title_id, set()).update(revision.after)
    return touched


def _blank(state: Snapshot) -> Snapshot:
    """Return the state of nothing, with the keys of `state`."""
    return {key: {} if key in GROUPS else None for key in state}


def _user_id(user: User) -> int | None:
    return user.pk if user is not None and user.is_authenticated else None
