"""Remember how the messages that many people type were read.

Only a message that stands alone is kept: its reading depends on nothing but its words and on the
names in the catalogue. The key holds a stamp of both, so an edit of the catalogue ends what was
remembered within `STAMP_KEPT_S`, and a new lexicon or parser at once. What has been withdrawn since
is named no more, not even for that long.
"""

from __future__ import annotations

import hashlib
from functools import cache as once
from pathlib import Path

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Max

from catalog.models import Collection, Person, Title
from catalog.ontology import PATH as ONTOLOGY
from discovery.caching import made_once
from discovery.understanding.lexical import Parsed, parse
from discovery.understanding.linking import CatalogueNames
from genrec.contract import Query

KEPT_S = 600
STAMP_KEPT_S = 30
# Longer ones are never typed twice.
LONGEST = 120


def parse_remembered(message: str, *, literal: bool = False) -> tuple[Parsed, bool]:
    """Return how a message is read on its own, and whether that was remembered."""
    words = " ".join(message.split())
    if len(words) > LONGEST:
        return parse(message, CatalogueNames(), literal=literal), False
    key = _key_of(words, literal=literal)
    remembered = cache.get(key)
    if isinstance(remembered, Parsed) and _is_published(remembered.query):
        return remembered, True
    parsed = parse(message, CatalogueNames(), literal=literal)
    cache.set(key, parsed, KEPT_S)
    return parsed, False


def _is_published(query: Query) -> bool:
    """Say whether everything that a Query names may still be named."""
    titles = {ref.title_id for ref in (*query.like, *query.unlike, *query.exclude_titles)} - {None}
    people = {
        person.person_id
        for person in (*query.people, *query.people_required, *query.people_none)
        if person.person_id is not None
    }
    shelves = Collection.objects.filter(published=True, slug__in=query.collections)
    known = Person.objects.filter(
        pk__in=people, credits__title__status=Title.Status.PUBLISHED
    ).distinct()
    return (
        (not titles or Title.objects.published().filter(pk__in=titles).count() == len(titles))
        and (not people or known.count() == len(people))
        and (not query.collections or shelves.count() == len(set(query.collections)))
    )


def _key_of(words: str, *, literal: bool) -> str:
    database = connection.settings_dict["NAME"]
    said = f"{rules_version()} {database} {catalogue_stamp()} {literal} {words}"
    return f"discovery:read:{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def catalogue_stamp() -> str:
    """Return what changes when names in the catalogue do; about `STAMP_KEPT_S` old at most."""
    # Another database may be behind the same cache: an evaluation's, beside the live one.
    key = f"discovery:names_stamp:{connection.settings_dict['NAME']}"
    return made_once(key, _stamp, fresh_s=STAMP_KEPT_S)


def _stamp() -> str:
    titles = Title.objects.published().aggregate(latest=Max("updated_at"), number=Count("pk"))
    shelves = Collection.objects.filter(published=True).order_by("pk")
    return f"{titles['latest']} {titles['number']} {list(shelves.values_list('name'))}"


@once
def rules_version() -> str:
    """Return a hash of the lexicon, the ontology and the parser's own code."""
    digest = hashlib.sha256(ONTOLOGY.read_bytes())
    for path in sorted(Path(__file__).parent.glob("*.*")):
        if path.suffix in {".py", ".toml"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
