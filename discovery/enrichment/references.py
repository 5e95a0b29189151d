"""The titles that somebody has described: what suggesters learn from, as matrices.

Documents are embedded once a form and kept in the cache, keyed by what they say: the next run
embeds only what changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from django.core.cache import cache

from catalog.embedder import Embedder
from catalog.embedding import document_hash
from catalog.facts import TitleFacts, load_facts
from catalog.models import Tag, Title, TitleTag
from catalog.models.titles import NOTES
from catalog.ontology import load_ontology
from catalog.text import fold
from discovery.enrichment.reading import (
    Form,
    Numbers,
    describe_term,
    document_of,
    fact_features,
    genre_matrix,
)
from discovery.enrichment.types import Described, Description

# With fewer there is no neighbourhood to speak of.
FEWEST = 50
# What counts as a description: fewer terms may be one editor's first click.
FEWEST_TERMS = 3
_KEPT_S = 60 * 60 * 24 * 30


class TooFewReferences(ValueError):
    """Too few titles are described to learn from; the message says what to do."""


class References:
    """Described titles as matrices; rows are titles, columns are `terms`.

    Raises:
        TooFewReferences: fewer than `FEWEST`.
    """

    def __init__(self, described: Sequence[Described], embedder: Embedder) -> None:
        if len(described) < FEWEST:
            raise TooFewReferences(
                f"Only {len(described)} titles have a description with {FEWEST_TERMS} terms or "
                f"more, {FEWEST} are needed. Import the starter metadata: "
                "manage.py import_catalogue --source starter"
            )
        self.described = tuple(described)
        self.facts = tuple(one.facts for one in described)
        self.embedder = embedder
        self.terms = tuple(sorted(load_ontology().terms))
        self.genres = tuple(sorted({g for facts in self.facts for g in facts.genres}))
        self._vectors: dict[Form, Numbers] = {}

    def __len__(self) -> int:
        return len(self.described)

    @property
    def version(self) -> str:
        """Says what they are: the ontology, the embedder, and to two digits how many."""
        step = 10 ** (len(str(len(self))) - 2)
        known = f"{len(self) // step * step}+ titles"
        return f"ontology {load_ontology().version}, {self.embedder.version[:6]}, {known}"

    @cached_property
    def weights(self) -> Numbers:
        """(titles, terms): 0 to 3."""
        return np.array(
            [[float(d.description.terms.get(t, 0)) for t in self.terms] for d in self.described]
        )

    @cached_property
    def notes(self) -> Numbers:
        """(titles, notes of `catalog.models.titles.NOTES`): 0 to 3, nan where unknown."""
        return np.array(
            [[float(d.description.notes.get(n, np.nan)) for n in NOTES] for d in self.described]
        )

    @cached_property
    def keywords(self) -> tuple[dict[str, str], ...]:
        """A title's keywords, folded to as they are written."""
        return tuple({fold(k): k for k in one.description.keywords} for one in self.described)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All keywords, folded."""
        return frozenset(folded for keywords in self.keywords for folded in keywords)

    @cached_property
    def genre_rows(self) -> Numbers:
        return genre_matrix(self.facts, self.genres)

    @cached_property
    def term_vectors(self) -> Numbers:
        """(terms, CONTENT_DIM): what each term means."""
        return embed_kept([describe_term(term) for term in self.terms], self.embedder)

    def vectors(self, form: Form) -> Numbers:
        """Return (titles, CONTENT_DIM): the references read in one form."""
        if form not in self._vectors:
            self._vectors[form] = self.embed(self.facts, form)
        return self._vectors[form]

    def embed(self, titles: Sequence[TitleFacts], form: Form) -> Numbers:
        return embed_kept([document_of(facts, form) for facts in titles], self.embedder)

    def features(self, titles: Sequence[TitleFacts], vectors: Numbers) -> Numbers:
        """Return (titles, features): embedding and facts side by side, and a constant."""
        constant = np.ones((len(titles), 1))
        return np.hstack([vectors, fact_features(titles, self.genres), constant])


def embed_kept(texts: Sequence[str], embedder: Embedder) -> Numbers:
    """Return (N, CONTENT_DIM) vectors; those of texts seen before come from the cache."""
    keys = [f"enrichment:{embedder.version}:{document_hash(text)}" for text in texts]
    known = cache.get_many(set(keys))
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if new:
        vectors = embedder.embed(list(new.values())).astype(np.float16)
        made = {key: vector.tobytes() for key, vector in zip(new, vectors, strict=True)}
        cache.set_many(made, timeout=_KEPT_S)
        known |= made
    return np.array([np.frombuffer(known[key], dtype=np.float16) for key in keys], dtype=float)


def load_described() -> list[Described]:
    """Return the catalogue's described titles: those whose terms an import or an editor gave.

    What a model said and an editor accepted is left out: a suggester that learns from its own
    words grows surer without growing better.
    """
    links = (
        TitleTag.objects.exclude(provenance=TitleTag.Provenance.MODEL)
        .exclude(title__status=Title.Status.WITHDRAWN)
        .values_list("title_id", "tag__name", "tag__group", "weight")
    )
    terms: dict[int, dict[str, int]] = {}
    keywords: dict[int, list[str]] = {}
    for title_id, name, group, weight in links.order_by("title_id", "tag__name"):
        if group == Tag.Group.KEYWORD:
            keywords.setdefault(title_id, []).append(name)
        elif name in load_ontology().terms:
            terms.setdefault(title_id, {})[name] = weight
    ids = sorted(pk for pk, found in terms.items() if len(found) >= FEWEST_TERMS)
    notes = dict(Title.objects.filter(pk__in=ids).values_list("pk", "content_notes"))
    facts = load_facts(ids)
    return [
        Described(
            str(pk),
            facts[pk],
            Description(terms[pk], notes[pk], tuple(keywords.get(pk, ()))),
        )
        for pk in ids
        if pk in facts
    ]
