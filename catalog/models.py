"""The catalogue: titles with their people, genres, tags, external ids and embedding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from pgvector.django import CosineDistance, HalfVectorField, HnswIndex

from genrec.contract import CONTENT_DIM


class Genre(models.Model):
    """A genre as sources name it, such as "Science Fiction"."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Somebody who made a title. Sources that give names only share one person per name."""

    name = models.CharField(max_length=200)
    name_key = models.CharField(
        max_length=200, unique=True, editable=False, help_text="The name, folded for matching."
    )

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name_plural = "people"
        indexes: ClassVar = [
            GinIndex(fields=["name_key"], name="person_name_trgm", opclasses=["gin_trgm_ops"])
        ]

    def __str__(self) -> str:
        return self.name


class TitleQuerySet(models.QuerySet["Title"]):
    def published(self) -> Self:
        return self.filter(status=Title.Status.PUBLISHED)

    def rankable(self) -> Self:
        """Titles that GenRec's catalog head can score: published, embedded, with a slot."""
        return self.published().filter(slot__isnull=False, embedding__isnull=False)

    def nearest(self, embedding: Sequence[float], *, limit: int) -> Self:
        """Return up to `limit` titles by cosine distance: 0 is identical, 2 opposite.

        May return fewer than `limit` under a filter: `discovery.retrieval` routes around it.
        """
        distance = CosineDistance("embedding", embedding)
        # No second sort key: the index serves only a plain ORDER BY distance.
        return self.annotate(distance=distance).order_by("distance")[:limit]


class Title(models.Model):
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
        help_text="violence, gore, sex, language, scary: 0 none to 3 extreme. Leave out unknowns.",
    )
    popularity = models.FloatField(
        default=0.0, help_text="0 to 1: log-scaled attention, from reviews or ratings counted."
    )

    genres = models.ManyToManyField(Genre, blank=True, related_name="titles")
    people: models.ManyToManyField[Person, Credit] = models.ManyToManyField(
        Person, through="Credit", related_name="titles"
    )

    status = models.CharField(max_length=10, choices=Status, default=Status.PUBLISHED)
    # The column of the catalog head. Assigned once, at publish; never reused (see `slots`).
    slot = models.PositiveIntegerField(null=True, blank=True, unique=True, editable=False)
    locked_fields = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        editable=False,
        help_text="Fields that an editor has set: an import leaves them alone.",
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


class Credit(models.Model):
    """What a person did in a title."""

    class Role(models.TextChoices):
        DIRECTOR = "director"
        WRITER = "writer"
        CAST = "cast"
        CREATOR = "creator"

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="credits")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="credits")
    role = models.CharField(max_length=10, choices=Role)
    billing = models.PositiveSmallIntegerField(default=0, help_text="0 is named first.")

    class Meta:
        ordering: ClassVar = ["role", "billing"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["title", "person", "role"], name="credit_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.role})"


class Tag(models.Model):
    """A term that says what a title is like, such as "slow burn"."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class TitleTag(models.Model):
    """That a title has a tag: how strongly, and who says so."""

    class Provenance(models.TextChoices):
        EDITOR = "editor"
        IMPORT = "import"
        MODEL = "model"

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="title_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="title_tags")
    weight = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1), MaxValueValidator(3)]
    )
    provenance = models.CharField(max_length=10, choices=Provenance, default=Provenance.EDITOR)
    source = models.CharField(max_length=60, blank=True, help_text="The import or model version.")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, editable=False
    )

    class Meta:
        ordering: ClassVar = ["-weight", "tag__name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["title", "tag"], name="title_tag_once"),
            models.CheckConstraint(
                name="title_tag_weight_1_to_3", condition=Q(weight__gte=1) & Q(weight__lte=3)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag} x{self.weight}"


class ExternalId(models.Model):
    """The id of a title elsewhere. Model artefacts and evaluation files are keyed by imdb."""

    class Source(models.TextChoices):
        IMDB = "imdb"
        TMDB = "tmdb"
        MOVIELENS = "movielens"
        OMDB = "omdb"

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="external_ids")
    source = models.CharField(max_length=20, choices=Source)
    value = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "value"], name="external_id_once"),
            models.UniqueConstraint(fields=["title", "source"], name="external_id_per_source"),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.value}"


class ImportRun(models.Model):
    """One import of one source: how far it got, so that it can resume, and what it changed."""

    class Status(models.TextChoices):
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    source = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file and of the importer.")
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    report_path = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M}"
