"""What a viewer says of a title: like, dislike, seen. Each press toggles; the last word counts."""

from __future__ import annotations

from django.db import transaction

from catalog.models import Title
from discovery.models import Feedback, Pick, Viewer

_REPLACED_BY = {
    Feedback.Kind.LIKED: Feedback.Kind.DISLIKED,
    Feedback.Kind.DISLIKED: Feedback.Kind.LIKED,
}


@transaction.atomic
def give_feedback(
    viewer: Viewer, title: Title, kind: Feedback.Kind | str, pick: Pick | None = None
) -> frozenset[str]:
    """Set a mark, or take it back if it was set; return the title's marks of this viewer.

    Like and dislike replace each other; "seen" goes with either. The next turn heeds it.

    Raises:
        ValueError: `kind` is none of `Feedback.Kind`.
    """
    kind = Feedback.Kind(kind)
    # Serialises the double click: the second press sees the first one's row.
    Viewer.objects.select_for_update().get(pk=viewer.pk)
    given = Feedback.objects.filter(viewer=viewer, title=title)
    if given.filter(kind=kind).exists():
        given.filter(kind=kind).delete()
    else:
        if kind in _REPLACED_BY:
            given.filter(kind=_REPLACED_BY[kind]).delete()
        Feedback.objects.create(viewer=viewer, title=title, kind=kind, pick=pick)
    return frozenset(given.values_list("kind", flat=True))
