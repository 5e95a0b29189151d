"""Genres and tags: the words that titles share."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q


class Genre(models.Model):
    """A genre as sources name it, such as "Science Fiction"."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A term that says what a title is like, such as "slow burn", or a concrete keyword in it."""

    class Group(models.TextChoices):
        """The groups of `catalog/ontology.toml`; a keyword is no term of the ontology."""

        MOOD = "mood"
        TONE = "tone"
        PACE = "pace"
        STYLE = "style"
        THEME = "theme"
        SETTING = "setting"
        KEYWORD = "keyword"

    name = models.CharField(max_length=60, unique=True)
    group = models.CharField(max_length=10, choices=Group, default=Group.KEYWORD)
    gloss = models.CharField(max_length=200, blank=True, help_text="When to use it.")

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

    title = models.ForeignKey("catalog.Title", on_delete=models.CASCADE, related_name="title_tags")
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
