"""One change to many titles: planned, shown, then made in one transaction, and undone as a whole.

An operation is pure: it takes the state of a title and returns what shall be otherwise, or says
why it can't. The preview and the edit run the same code, the edit on rows that it has locked.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.changes import apply_changes
from catalog.models import Revision, Title, TitleTag
from catalog.publishing import EDITOR_SOURCE
from catalog.revisions import User, record_changes
from catalog.snapshots import BOOKKEEPING, Difference, Snapshot, difference, snapshots

DRAFT, PUBLISHED, WITHDRAWN = (status.value for status in Title.Status)


class Refused(Exception):
    """An operation makes no sense for a title; the message says why."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What to do to each title.

    Args:
        label: for the preview and the history, such as "Add the term “tense” (2)".
        keys: what of a title's state it reads and writes.
        change: state to the new values; raises Refused.
        locks: the field that imports leave alone from then on; empty for none.
    """

    label: str
    keys: tuple[str, ...]
    change: Callable[[Snapshot], dict[str, Any]]
    locks: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation would do: changes, refusals with their reasons, and what is so already."""

    changes: dict[int, Difference] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    unchanged: list[int] = field(default_factory=list)


def plan(title_ids: Iterable[int], operation: Operation) -> Plan:
    """Return what the operation would do to these titles now. Writes nothing."""
    planned = Plan()
    states = snapshots(title_ids, {*operation.keys, *BOOKKEEPING})
    for title_id, state in states.items():
        try:
            changed = operation.change(state)
        except Refused as reason:
            planned.refused[title_id] = str(reason)
            continue
        if all(state[key] == value for key, value in changed.items()):
            planned.unchanged.append(title_id)
        else:
            after = {**state, **changed, **_locked(state, operation.locks)}
            planned.changes[title_id] = difference(state, after)
    return planned


@transaction.atomic
def run(title_ids: Sequence[int], operation: Operation, user: User) -> tuple[Plan, uuid.UUID]:
    """Do it, with a revision a title; return what was done, and the batch to undo it by."""
    list(
        Title.objects.select_for_update().filter(pk__in=title_ids).order_by("pk").values_list("pk")
    )
    done, batch = plan(title_ids, operation), uuid.uuid4()
    apply_changes(done.changes)
    action = Revision.Action.BULK
    record_changes(done.changes, action, user, note=operation.label, batch=batch)
    return done, batch


def _locked(state: Snapshot, name: str) -> dict[str, Any]:
    if not name:
        return {}
    locked = {"locked_fields": {**state["locked_fields"], name: True}}
    if name == "tags":  # each tag has a source of its own
        return locked
    return locked | {"field_sources": {**state["field_sources"], name: EDITOR_SOURCE}}


# --- terms, genres, notes, facts ---


def add_term(name: str, weight: int, user: User) -> Operation:
    added = {
        "weight": weight,
        "provenance": TitleTag.Provenance.EDITOR.value,
        "source": "",
        "added_by": user.pk if user is not None else None,
    }

    def change(state: Snapshot) -> dict[str, Any]:
        # Whoever said so first keeps it, if they said the same.
        same = state["tags"].get(name, {}).get("weight") == weight
        return {"tags": state["tags"] if same else {**state["tags"], name: added}}

    return Operation(f"Add the term “{name}” ({weight})", ("tags",), change, "tags")


def remove_term(name: str) -> Operation:
    def change(state: Snapshot) -> dict[str, Any]:
        return {"tags": _without(state["tags"], name)}

    return Operation(f"Remove the term “{name}”", ("tags",), change, "tags")


def add_genre(name: str) -> Operation:
    label = f"Add the genre “{name}”"
    return Operation(
        label, ("genres",), lambda state: {"genres": {**state["genres"], name: True}}, "genres"
    )


def remove_genre(name: str) -> Operation:
    label = f"Remove the genre “{name}”"
    return Operation(
        label, ("genres",), lambda state: {"genres": _without(state["genres"], name)}, "genres"
    )


def set_note(note: str, level: int | None) -> Operation:
    """Set a content note to 0..3; None: to unknown."""

    def change(state: Snapshot) -> dict[str, Any]:
        others = _without(state["content_notes"], note)
        return {"content_notes": others if level is None else {**others, note: level}}

    shown = "unknown" if level is None else str(level)
    label = f"Set the content note “{note.replace('_', ' ')}” to {shown}"
    return Operation(label, ("content_notes",), change, "content_notes")


def set_fact(name: str, value: Any, label: str) -> Operation:
    return Operation(label, (name,), lambda state: {name: value}, name)


def _without(elements: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in elements.items() if key != name}


# --- status and schedule ---


def publish() -> Operation:
    def change(state: Snapshot) -> dict[str, Any]:
        return {"status": PUBLISHED, "publish_at": None}

    return Operation("Publish", ("status", "publish_at"), change)


def withdraw() -> Operation:
    def change(state: Snapshot) -> dict[str, Any]:
        if state["status"] == DRAFT:
            raise Refused("It is a draft, which nobody sees.")
        return {"status": WITHDRAWN, "withdraw_at": None}

    return Operation("Withdraw", ("status", "withdraw_at"), change)


def schedule_publishing(moment: datetime) -> Operation:
    def change(state: Snapshot) -> dict[str, Any]:
        if state["status"] != DRAFT:
            raise Refused(f"It is {state['status']}: only a draft is published by schedule.")
        if (until := state["withdraw_at"]) and datetime.fromisoformat(until) <= moment:
            raise Refused("It would be withdrawn before it is published.")
        return {"publish_at": moment.isoformat()}

    label = f"Publish on {moment:%Y-%m-%d at %H:%M} UTC"
    return Operation(label, ("status", "publish_at", "withdraw_at"), change)


def schedule_withdrawal(moment: datetime) -> Operation:
    def change(state: Snapshot) -> dict[str, Any]:
        if state["status"] == WITHDRAWN:
            raise Refused("It is withdrawn already.")
        if (since := state["publish_at"]) and datetime.fromisoformat(since) >= moment:
            raise Refused("It would be withdrawn before it is published.")
        return {"withdraw_at": moment.isoformat()}

    label = f"Withdraw on {moment:%Y-%m-%d at %H:%M} UTC"
    return Operation(label, ("status", "publish_at", "withdraw_at"), change)


def clear_schedule() -> Operation:
    keys = ("publish_at", "withdraw_at")
    return Operation("Clear the schedule", keys, lambda state: dict.fromkeys(keys))
