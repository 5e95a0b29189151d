"""The catalogue: titles with their people, genres, tags, external ids and embedding."""

from catalog.models.curation import (
    Collection,
    CollectionItem,
    CurationRule,
    DistinctPair,
    Revision,
    SavedFilter,
)
from catalog.models.enrichment import QuarantinedText, Suggestion
from catalog.models.people import Credit, Person
from catalog.models.records import ExternalId, ImportRun, SlotCounter
from catalog.models.titles import Kindred, Title, TitleQuerySet
from catalog.models.vocabulary import Genre, Tag, TitleTag

__all__ = [
    "Collection",
    "CollectionItem",
    "Credit",
    "CurationRule",
    "DistinctPair",
    "ExternalId",
    "Genre",
    "ImportRun",
    "Kindred",
    "Person",
    "QuarantinedText",
    "Revision",
    "SavedFilter",
    "SlotCounter",
    "Suggestion",
    "Tag",
    "Title",
    "TitleQuerySet",
    "TitleTag",
]
