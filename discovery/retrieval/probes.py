"""The vectors to search with: the words' meaning, titles to be like, the viewer's taste.

All are of unit length. A long message is searched as it is written, together with what the rules
left of it; a short one by what they left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from django.db.models import Q

from catalog.embedding import get_embedder, title_document
from catalog.facts import load_facts
from catalog.models import Title
from discovery.history import taste_of
from discovery.recollection import is_recollection
from discovery.types import Event
from discovery.wording import Spoken, search_text
from genrec.contract import Query

# Each costs one pass of the embedder; of more titles the middle is clear without it.
MAX_PROBED_LIKES = 4
# Of a long message: its sentences, and what the rules left of them.
MESSAGE_SHARE = 0.7
# Of a message that can't be understood alone: what was said before it.
BEFORE_SHARE = 0.35

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MakeProbes:
    """Make the vectors for one Query. Raises EmbedderUnavailable if its files are missing."""

    query: Query
    history: Sequence[Event]
    spoken: Spoken = field(default_factory=Spoken)
    # False searches without the words' meaning: everything else still works.
    use_embedder: bool = True

    def __call__(self) -> dict[str, Vector]:
        """Return the vectors by source: dense, more_like, taste, disliked, as far as there are."""
        liked = liked_ids(self.query)
        unliked = [ref.title_id for ref in self.query.unlike if ref.title_id]
        taste, disliked = taste_of(self.history)
        disliked = [*disliked, *unliked]
        vectors = vectors_of({*liked, *taste, *disliked})
        probes = {
            "more_like": self._like_probe(liked, vectors),
            "taste": centroid(vectors, taste),
            "disliked": centroid(vectors, disliked),
            "dense": self._words_probe() if self.use_embedder else None,
        }
        return {name: vector for name, vector in probes.items() if vector is not None}

    def _words_probe(self) -> Vector | None:
        texts = self.texts()
        if not texts:
            return None
        vectors = get_embedder().embed([text for text, _ in texts])
        shares = np.array([share for _, share in texts], dtype=np.float32)
        return unit(shares @ vectors)

    def texts(self) -> list[tuple[str, float]]:
        """Return the texts to search for together, with what each counts."""
        left, spoken = search_text(self.query), self.spoken
        if is_recollection(spoken.message):
            # Every word of a description may be what the synopsis says.
            return [(spoken.message, 1.0)]
        texts = [(left, 1.0)] if left else []
        if spoken.is_long:
            texts = [(text, 1 - MESSAGE_SHARE) for text, _ in texts]
            texts.append((spoken.message, MESSAGE_SHARE))
        if spoken.before:
            texts = [(text, share * (1 - BEFORE_SHARE)) for text, share in texts]
            texts.append((spoken.before, BEFORE_SHARE))
        return texts

    def _like_probe(self, liked: Sequence[int], vectors: Mapping[int, Vector]) -> Vector | None:
        """Return what the titles to be like are about, without their names.

        With the name, the nearest to "Casino" would be "Casino Royale" and "Casino Jack". Names of
        many titles have nothing in common, and their stored vectors will do.
        """
        few = len(liked) <= MAX_PROBED_LIKES and self.use_embedder
        facts = load_facts(liked) if few and liked else {}
        if not facts:
            return centroid(vectors, liked)
        documents = [title_document(replace(found, name="")) for found in facts.values()]
        nameless = dict(zip(facts, get_embedder().embed(documents), strict=True))
        return centroid(nameless, facts)


def liked_ids(query: Query) -> list[int]:
    """Return the titles that the answer is to be like."""
    return [ref.title_id for ref in query.like if ref.title_id]


def vectors_of(title_ids: Iterable[int]) -> dict[int, Vector]:
    """Return the stored vectors of the titles that have one."""
    titles = Title.objects.filter(Q(pk__in=list(title_ids)), embedding__isnull=False)
    return {
        pk: np.asarray(embedding, dtype=np.float32)
        for pk, embedding in titles.values_list("pk", "embedding")
    }


def centroid(vectors: Mapping[int, Vector], title_ids: Iterable[int]) -> Vector | None:
    """Return the unit mean of the titles' vectors, or None if none has one."""
    chosen = [vectors[title_id] for title_id in title_ids if title_id in vectors]
    return unit(np.mean(chosen, axis=0)) if chosen else None


def unit(vector: npt.NDArray[np.floating]) -> Vector | None:
    """Return a vector of length 1; None for one that points nowhere."""
    length = float(np.linalg.norm(vector))
    # Opposite vectors cancel out: there is no direction to search in.
    return None if length < 1e-3 else np.asarray(vector / length, dtype=np.float32)
