"""Ids elsewhere, imports, and the counter of slots: the catalogue's book-keeping."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class ExternalId(models.Model):
    """The id of a title elsewhere. Model artefacts and evaluation files are keyed by imdb."""

    class Source(models.TextChoices):
        IMDB = "imdb"
        TMDB = "tmdb"
        MOVIELENS = "movielens"
        TMDB_TV = "tmdb_tv", "tmdb (series)"
        OMDB = "omdb"
        NETFLIX = "netflix"
        STARTER = "starter"
        TRAKT = "trakt"
        OTHER = "other"

    title = models.ForeignKey(
        "catalog.Title", on_delete=models.CASCADE, related_name="external_ids"
    )
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
    """One import of one source: how far it got, so that it can resume, and what it changed.

    A file that was uploaded in admin waits here, with its preview, until an editor starts it.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting to be started"
        QUEUED = "queued"
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    source = models.CharField(max_length=60)
    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the file and of the importer."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_total = models.PositiveIntegerField(null=True, blank=True)
    rows_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    report_path = models.CharField(max_length=500, blank=True)
    upload = models.FileField(upload_to="imports/", blank=True, max_length=300)
    file_name = models.CharField(max_length=200, blank=True, help_text="As it was uploaded.")
    options = models.JSONField(
        default=dict, blank=True, help_text="What the source was told: column map, defaults."
    )
    dry_run = models.BooleanField(default=False, help_text="Everything but the writing.")
    failure = models.CharField(max_length=500, blank=True, help_text="Why it failed.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, editable=False
    )

    class Meta:
        ordering: ClassVar = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M}"


class SlotCounter(models.Model):
    """The next free column of the catalog head: one row, which only ever counts up."""

    next_slot = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.next_slot)
