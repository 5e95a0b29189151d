"""Write the tags of a batch. They add up: each import has its own, and removes only those.

Where two imports give one title the same tag, the greater weight stays, and its import owns the
tag: in whatever order they come, the outcome is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.importing.matching import Match
from catalog.models import Tag, Title, TitleTag
from catalog.ontology import load_ontology

TagKey = tuple[int, str]  # title, tag's name


class TagWriter:
    """Brings imported tags up to date; tags of editors stay as they are.

    Args:
        source: the name that this import's tags carry.
    """

    def __init__(self, source: str) -> None:
        self.source = source

    def write(self, batch: Iterable[tuple[Title, Match]], existing: Iterable[int]) -> set[int]:
        """Write what differs; return the ids of the titles that differed.

        A record without tags says nothing about the tags that a title has.
        """
        wanted = {
            (title.pk, name): weight
            for title, match in batch
            for name, weight in match.record.tags.items()
        }
        if not wanted:
            return set()
        links = TitleTag.objects.filter(title_id__in=existing).select_related("tag")
        present = {(link.title_id, link.tag.name): link for link in links}
        missing = {key: weight for key, weight in wanted.items() if key not in present}
        changed = [
            present[key]
            for key in sorted(wanted.keys() & present.keys())
            if self.update(present[key], wanted[key])
        ]
        tagged = {pk for pk, _ in wanted}
        dropped = [
            link
            for key, link in present.items()
            if self.owns(link) and key not in wanted and link.title_id in tagged
        ]
        TitleTag.objects.bulk_update(changed, ["weight", "provenance", "source"])
        TitleTag.objects.filter(pk__in=[link.pk for link in dropped]).delete()
        self.create(missing)
        return {pk for pk, _ in missing} | {link.title_id for link in [*changed, *dropped]}

    def owns(self, link: TitleTag) -> bool:
        return link.provenance == TitleTag.Provenance.IMPORT and link.source == self.source

    def update(self, link: TitleTag, weight: int) -> bool:
        """Change a link in memory if it is ours, or if we may take it over; tell whether."""
        if self.owns(link):
            changed = link.weight != weight
        elif link.provenance == TitleTag.Provenance.IMPORT:
            changed = weight > link.weight
        else:
            # A suggestion that an editor accepted is the editor's.
            changed = link.provenance == TitleTag.Provenance.MODEL and link.added_by_id is None
        if changed:
            link.weight, link.source = weight, self.source
            link.provenance = TitleTag.Provenance.IMPORT
        return changed

    def create(self, weights: Mapping[TagKey, int]) -> None:
        tags = ensure_tags({name for _, name in weights})
        TitleTag.objects.bulk_create(
            [
                TitleTag(
                    title_id=pk,
                    tag_id=tags[name],
                    weight=weight,
                    provenance=TitleTag.Provenance.IMPORT,
                    source=self.source,
                )
                for (pk, name), weight in weights.items()
            ]
        )


def ensure_tags(names: set[str]) -> dict[str, int]:
    """Return the id of every tag by name; make those that are missing, terms with their group."""
    if not names:
        return {}
    terms = load_ontology().terms
    missing = []
    for name in sorted(names):
        term = terms.get(name)
        group = Tag.Group(term.group) if term else Tag.Group.KEYWORD
        missing.append(Tag(name=name, group=group, gloss=term.gloss if term else ""))
    Tag.objects.bulk_create(missing, ignore_conflicts=True)
    return dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
