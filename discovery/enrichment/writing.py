"""Write suggestions into the catalogue, where they wait for an editor.

What was decided once is not asked again, whichever model version says it. A newer version replaces
the pending suggestions of older ones; the same version run twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from catalog.facts import load_facts
from catalog.models import Suggestion, Title, TitleTag
from catalog.suggestion_queue import rank_titles, undescribed
from discovery.enrichment.types import Proposal, Suggester

BATCH = 100
# Below this a term is more noise than help: of such, one in eight is right.
LEAST_TERM_CONFIDENCE = 0.15
LEAST_KEYWORD_CONFIDENCE = 0.05
FEWEST_TERMS = 2
_VALUE_CHARS = 60
_VERSION_CHARS = 80
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """How many titles were read, and how many suggestions are new."""

    titles: int
    suggestions: int


def suggest_for_queue(
    suggester: Suggester, *, limit: int | None = None, progress: Progress | None = None
) -> Written:
    """Suggest for undescribed titles, those worth most first; skip what this version has read."""
    version = suggester.version[:_VERSION_CHARS]
    read = Suggestion.objects.filter(model_version=version).values("title_id")
    ranked = rank_titles(undescribed().exclude(pk__in=read))[:limit]
    ids = [worth.title_id for worth in ranked]
    made = 0
    for start in range(0, len(ids), BATCH):
        if progress:
            progress(start, len(ids))
        made += suggest_for(suggester, ids[start : start + BATCH])
    if progress and ids:
        progress(len(ids), len(ids))
    return Written(len(ids), made)


def suggest_for(suggester: Suggester, title_ids: Sequence[int]) -> int:
    """Suggest for these titles; return how many suggestions are new."""
    facts = load_facts(title_ids)
    ids = [pk for pk in title_ids if pk in facts]
    if not ids:
        return 0
    proposals = suggester.suggest([facts[pk] for pk in ids])
    return write(dict(zip(ids, proposals, strict=True)), suggester.version)


@transaction.atomic
def write(proposals: dict[int, list[Proposal]], version: str) -> int:
    """Store proposals by title id as pending suggestions; return how many are new."""
    version = version[:_VERSION_CHARS]
    # The titles are locked, so that no editor decides in between.
    titles = {
        title.pk: title
        for title in Title.objects.select_for_update()
        .defer("embedding", "search")
        .filter(pk__in=proposals)
        .order_by("pk")
    }
    of_titles = Suggestion.objects.filter(title__in=titles)
    of_titles.filter(status=Suggestion.Status.PENDING).exclude(model_version=version).delete()
    known = set(of_titles.values_list("title_id", "kind", "value"))
    tagged = set(TitleTag.objects.filter(title__in=titles).values_list("title_id", "tag__name"))
    rows = [
        _row(pk, proposal, version)
        for pk, found in proposals.items()
        if pk in titles
        for proposal in _worth_reading(found, titles[pk])
        if (pk, proposal.kind, proposal.value[:_VALUE_CHARS]) not in known
        and (pk, proposal.value) not in tagged
    ]
    Suggestion.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _worth_reading(proposals: Iterable[Proposal], title: Title) -> Iterator[Proposal]:
    """Leave out faint terms and keywords, and notes that the title has.

    The surest terms stay however faint: a title of which nothing is said would come up for ever.
    """
    n_terms = 0
    for proposal in proposals:
        match proposal.kind:
            case "content":
                keep = proposal.value not in title.content_notes
            case "term":
                n_terms += 1
                keep = proposal.confidence >= LEAST_TERM_CONFIDENCE or n_terms <= FEWEST_TERMS
            case _:
                keep = proposal.confidence >= LEAST_KEYWORD_CONFIDENCE
        if keep:
            yield proposal


def _row(title_id: int, proposal: Proposal, version: str) -> Suggestion:
    return Suggestion(
        title_id=title_id,
        kind=proposal.kind,
        value=proposal.value[:_VALUE_CHARS],
        weight=proposal.weight,
        confidence=min(max(proposal.confidence, 0.0), 1.0),
        model_version=version,
    )
