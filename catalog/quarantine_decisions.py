"""Decide on quarantined text: release it into the catalogue, or drop it for good."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from catalog.importing.base import MODEL
from catalog.models import QuarantinedText, Revision, Title
from catalog.publishing import lock_fields, titles_changed
from catalog.revisions import record, snapshot

User = AbstractBaseUser | AnonymousUser
# What importers hold back; everything shorter they leave out.
RELEASABLE = frozenset({"name", "synopsis"})
# It is the lock that keeps an editor's words, not their authority.
EDITOR = "editor"


class QuarantineError(ValueError):
    """The decision can't be carried out; the message says why."""


@transaction.atomic
def release(text_id: int, user: User) -> Title:
    """Put a held text into its field, as the editor's own words; return the title.

    The field is locked against imports, a revision names the editor, and the title is embedded
    again.

    Raises:
        QuarantineError: it is decided already, or its field can't take it.
    """
    held = _lock_held(text_id)
    title = Title.objects.select_for_update().get(pk=held.title_id)
    if held.field not in RELEASABLE:
        raise QuarantineError(f"Text can't be put into “{held.field}”: edit the title instead.")
    before = snapshot(title)
    setattr(title, held.field, held.text)
    try:
        title.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise QuarantineError(
            f"The text doesn't fit into “{held.field}”: {' '.join(error.messages)}"
        ) from error
    title.field_sources[held.field] = [EDITOR, MODEL]
    title.save()
    lock_fields(title, [held.field])
    record(title, before, Revision.Action.EDITED, user, note="Released from quarantine")
    _decide(held, QuarantinedText.Status.RELEASED, user)
    titles_changed([title.pk])
    return title


@transaction.atomic
def drop(text_id: int, user: User) -> None:
    """Put a held text away for good. Raises QuarantineError if it is decided already."""
    _decide(_lock_held(text_id), QuarantinedText.Status.DROPPED, user)


def _lock_held(text_id: int) -> QuarantinedText:
    held = (
        QuarantinedText.objects.select_for_update()
        .filter(pk=text_id, status=QuarantinedText.Status.HELD)
        .first()
    )
    if held is None:
        raise QuarantineError("Somebody has decided on this text already.")
    return held


def _decide(held: QuarantinedText, status: QuarantinedText.Status, user: User) -> None:
    held.status = status
    held.decided_by_id = user.pk
    held.decided_at = timezone.now()
    held.save(update_fields=["status", "decided_by", "decided_at"])
