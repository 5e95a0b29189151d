"""Write slates down, and read them back as the frozen types that the page was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from catalog.facts import load_facts
from discovery import models, types
from discovery.tracing import Trace
from genrec.contract import MAX_MESSAGE_CHARS, Query

MAX_REASON_CHARS = 300
_SURFACES: Mapping[str, types.Surface] = {"chat": "chat", "title": "title", "home": "home"}


class ImpossiblePropensity(ValueError):
    """A pick claims a probability that nothing shown can have: its exposure would be worthless."""


@transaction.atomic
def record_slate(
    slate: types.Slate, *, viewer_id: int | None, group: str, text: str, trace: Trace
) -> models.Slate:
    """Store a slate with its picks, all or nothing, and return the record.

    Args:
        group: the channel-layer group that hears of the reasons; empty if nobody listens.
        text: what the viewer said.
        trace: as far as it goes; `finish_trace` completes it.

    Raises:
        ImpossiblePropensity: a pick's is not above 0 and at most 1. Nothing is stored.
    """
    record = models.Slate.objects.create(
        surface=slate.surface,
        request_id=slate.request_id,
        revision=slate.revision,
        viewer_id=viewer_id,
        group=group,
        text=text[:MAX_MESSAGE_CHARS],
        query=slate.query.said(),
        scored_by=slate.scored_by,
        policy_version=slate.policy_version,
        left_out=dict(slate.left_out),
        trace=trace.as_json(),
    )
    models.Pick.objects.bulk_create(_pick_record(record, pick) for pick in slate.picks)
    return record


def finish_trace(record: models.Slate, trace: Trace) -> None:
    """Store the complete trace of the turn with its slate."""
    models.Slate.objects.filter(pk=record.pk).update(trace=trace.as_json())


def load_slate(record: models.Slate) -> types.Slate:
    """Return a stored slate as the pipeline made it, with `pick_id` set.

    Titles deleted meanwhile are gone with their picks; facts are today's.
    """
    picks = list(record.picks.all())
    facts = load_facts(pick.title_id for pick in picks)
    trace: Mapping[str, Any] = record.trace
    sources = {c["title_id"]: c.get("sources", {}) for c in trace.get("candidates", ())}
    return types.Slate(
        request_id=record.request_id,
        revision=record.revision,
        query=Query.model_validate(record.query),
        picks=tuple(
            types.Pick(
                title=facts[pick.title_id],
                position=pick.position,
                score=pick.score,
                scored_by="genrec" if pick.scored_by == "genrec" else "retrieval",
                template_reason=pick.template_reason,
                propensity=pick.propensity,
                sources=sources.get(pick.title_id, {}),
                pick_id=pick.pk,
                explored=pick.explored,
            )
            for pick in picks
        ),
        scored_by="genrec" if record.scored_by == "genrec" else "retrieval",
        policy_version=record.policy_version,
        left_out=record.left_out,
        surface=_SURFACES.get(record.surface, "chat"),
    )


def _pick_record(record: models.Slate, pick: types.Pick) -> models.Pick:
    if not 0 < pick.propensity <= 1:
        raise ImpossiblePropensity(
            f"The pick {pick.title.label!r} at position {pick.position} has propensity "
            f"{pick.propensity}; what is shown has one above 0 and up to 1."
        )
    return models.Pick(
        slate=record,
        title_id=pick.title.title_id,
        position=pick.position,
        score=pick.score,
        scored_by=pick.scored_by,
        propensity=pick.propensity,
        explored=pick.explored,
        template_reason=pick.template_reason[:MAX_REASON_CHARS],
    )
