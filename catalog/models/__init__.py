"""The catalogue: titles with their people, genres, tags, external ids and embedding."""

from catalog.models.people import Credit, Person
from catalog.models.records import ExternalId, ImportRun, SlotCounter
from catalog.models.titles import Title, TitleQuerySet
from catalog.models.vocabulary import Genre, Tag, TitleTag

__all__ = [
    "Credit",
    "ExternalId",
    "Genre",
    "ImportRun",
    "Person",
    "SlotCounter",
    "Tag",
    "Title",
    "TitleQuerySet",
    "TitleTag",
]
