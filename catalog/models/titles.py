"""Titles: films and series, with their facts, slot, search vector and embedding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self, get_args

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from pgvector.django import CosineDistance, HalfVectorField, HnswIndex
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from catalog.models.keys import NameKeyModel, NameKeyQuerySet
from catalog.models.people import Credit, Person
from catalog.models.vocabulary import Genre, TitleTag
from genrec.contract import CONTENT_DIM, ContentNote

# A sad ending is noted beside what a viewer can refuse: nobody filters by it, editors and
# reasons know it.
TitleNote = ContentNote | Literal["sad_ending"]
NOTES = (*get_args(ContentNote), "sad_ending")

# Strict: true is no grade, and "2" is a slip.
CONTENT_NOTES = TypeAdapter(
    dict[TitleNote, Annotated[int, Field(ge=0, le=3)]], config=ConfigDict(strict=True)
)
CONTENT_NOTES_ADVICE = (
    f"Write an object with some of {', '.join(NOTES)}, "
    'each from 0 (none) to 3 (extreme), such as {"violence": 2, "gore": 0}.'
)


class TitleQuerySet(NameKeyQuerySet["Title"]):
    def published(self) -> Self:
        return self.filter(status=Title.Status.PUBLISHED)

    def rankable(self) -> Self:
        """Titles that GenRec's catalog head can score: published, embedded, with a slot."""
        return self.published().filter(slot__isnull=False, embedding__isnull=False)

    def nearest(self, embedding: Sequence[float], *, limit: int) -> Self:
        """Return up to `limit` titles by cosine distance: 0 is identical, 2 opposite.

        Titles that are not embedded are near to nothing. May return fewer than `limit` under a
        filter: `discovery.retrieval` routes around it.
        """
        distance = CosineDistance("embedding", embedding)
        # No second sort key: the index serves only a plain ORDER BY distance.
        embedded = self.filter(embedding__isnull=False)
        return embedded.annotate(distance=distance).order_by("distance")[:limit]


class Title(NameKeyModel):
    """A film or a series. Unknown facts are null or empty, never guessed."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        WITHDRAWN = "withdrawn"

    class Kind(models.TextChoices):
        FILM = "film"
        SERIES = "series"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FILM)
    name = models.CharField("title", max_length=300)
    name_key = models.CharField(
        max_length=300, editable=False, help_text="The title, folded for matching."
    )
    year = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1870), MaxValueValidator(2100)]
    )
    runtime_min = models.PositiveSmallIntegerField(
        "runtime (minutes)",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    synopsis = models.TextField(blank=True)
    certificate = models.CharField(max_length=20, blank=True)
    age_min = models.PositiveSmallIntegerField(
        "youngest age",
        null=True,
        blank=True,
        validators=[MaxValueValidator(21)],
        help_text="From the certificate, or an editor's judgement. Empty if unknown.",
    )
    languages = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    countries = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    content_notes = models.JSONField(
        default=dict,
        blank=True,
        help_text="violence, gore, sex, language, scary, sad_ending: 0 none to 3 extreme. "
        "Leave out unknowns.",
    )
    popularity = models.FloatField(
        default=0.0, help_text="0 to 1: log-scaled attention, from reviews or ratings counted."
    )

    genres = models.ManyToManyField(Genre, blank=True, related_name="titles")
    people: models.ManyToManyField[Person, Credit] = models.ManyToManyField(
        Person, through="Credit", related_name="titles"
    )

    kindred: models.ManyToManyField[Title, Kindred] = models.ManyToManyField(
        "self", through="Kindred", symmetrical=False, related_name="kindred_of"
    )

    artwork = models.FileField(upload_to="artwork/", blank=True, max_length=200, editable=False)
    artwork_alt = models.CharField(
        "artwork description", max_length=200, blank=True, help_text="For those who can't see it."
    )

    status = models.CharField(max_length=10, choices=Status, default=Status.PUBLISHED)
    publish_at = models.DateTimeField(
        null=True, blank=True, help_text="A draft is published at this moment (UTC)."
    )
    withdraw_at = models.DateTimeField(
        null=True, blank=True, help_text="A published title is withdrawn at this moment (UTC)."
    )
    # The column of the catalog head. Assigned once, at publish; never reused (see `slots`).
    slot = models.PositiveIntegerField(null=True, blank=True, unique=True, editable=False)
    locked_fields = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        editable=False,
        help_text="Fields that an editor has set: an import leaves them alone.",
    )
    field_sources = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="Field to the source of its value: an import's name, editor, or a model version.",
    )

    search = SearchVectorField(null=True, editable=False)
    embedding = HalfVectorField(dimensions=CONTENT_DIM, null=True, editable=False)
    embedding_version = models.CharField(max_length=32, blank=True, editable=False)
    document_hash = models.CharField(max_length=32, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    embedded_at = models.DateTimeField(null=True, editable=False)

    objects = TitleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "year"]
        indexes: ClassVar = [
            models.Index(fields=["status", "year"], name="title_status_year"),
            models.Index(fields=["-popularity"], name="title_popularity"),
            models.Index(fields=["embedded_at"], name="title_embedded_at"),
            models.Index(fields=["name_key"], name="title_name_key"),
            GinIndex(fields=["name_key"], name="title_name_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["search"], name="title_search"),
            GinIndex(fields=["languages"], name="title_languages"),
            GinIndex(fields=["countries"], name="title_countries"),
            HnswIndex(
                fields=["embedding"],
                name="title_embedding_hnsw",
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="title_embedding_has_version",
                condition=Q(embedding__isnull=True) | ~Q(embedding_version=""),
            ),
            models.CheckConstraint(
                name="title_popularity_is_a_share",
                condition=Q(popularity__gte=0) & Q(popularity__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.year})" if self.year else self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:title", args=[self.pk])

    def clean(self) -> None:
        try:
            CONTENT_NOTES.validate_python(self.content_notes)
        except ValidationError as error:
            raise DjangoValidationError({"content_notes": CONTENT_NOTES_ADVICE}) from error


class Kindred(models.Model):
    """That a title shares the feeling of another, as somebody who knows both says."""

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="kindred_links")
    other = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="kindred_links_to")
    provenance = models.CharField(
        max_length=10, choices=TitleTag.Provenance, default=TitleTag.Provenance.EDITOR
    )
    source = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = "kindred"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["title", "other"], name="kindred_once"),
            models.CheckConstraint(
                name="kindred_is_another", condition=~Q(title=models.F("other"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ~ {self.other}"
