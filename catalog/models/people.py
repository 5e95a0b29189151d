"""People, and what they did in titles."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from catalog.models.keys import NameKeyModel, NameKeyQuerySet


class Person(NameKeyModel):
    """Somebody who made a title. Sources that give names only share one person per name."""

    name = models.CharField(max_length=200)
    name_key = models.CharField(
        max_length=200, unique=True, editable=False, help_text="The name, folded for matching."
    )

    objects = NameKeyQuerySet["Person"].as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name_plural = "people"
        indexes: ClassVar = [
            GinIndex(fields=["name_key"], name="person_name_trgm", opclasses=["gin_trgm_ops"])
        ]

    def __str__(self) -> str:
        return self.name


class Credit(models.Model):
    """What a person did in a title."""

    class Role(models.TextChoices):
        DIRECTOR = "director"
        WRITER = "writer"
        CAST = "cast"
        CREATOR = "creator"

    title = models.ForeignKey("catalog.Title", on_delete=models.CASCADE, related_name="credits")
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
