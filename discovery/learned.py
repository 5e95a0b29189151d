"""What is learned from the database itself, and can be learned anew at any time."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import HalfVectorField

from catalog.models import Tag, Title
from genrec.contract import CONTENT_DIM


class TitleNeighbours(models.Model):
    """The titles that viewers of a title know as well, strongest first: see `neighbours`."""

    title = models.OneToOneField(Title, on_delete=models.CASCADE, related_name="neighbours")
    others = ArrayField(models.BigIntegerField(), help_text="Ids of titles.")
    weights = ArrayField(models.FloatField())
    learned_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "title neighbours"

    def __str__(self) -> str:
        return f"neighbours of title {self.title_id}"


class WordCount(models.Model):
    """In how many published titles a stemmed word occurs: see `word_match`."""

    word = models.CharField(max_length=60, primary_key=True)
    titles = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.word}: {self.titles}"


class TitleRegard(models.Model):
    """How much better than other titles viewers find one: see `regard`."""

    title = models.OneToOneField(Title, on_delete=models.CASCADE, related_name="regard")
    value = models.FloatField(help_text="From -1 to 1, 0 as good as titles are on average.")

    def __str__(self) -> str:
        return f"regard of title {self.title_id}: {self.value:+.3f}"


class TitleCrowding(models.Model):
    """How near a title's document is to its nearest others: see `crowding`."""

    title = models.OneToOneField(Title, on_delete=models.CASCADE, related_name="crowding")
    value = models.FloatField(help_text="The mean cosine to the ten nearest.")

    def __str__(self) -> str:
        return f"crowding of title {self.title_id}: {self.value:.3f}"


class TagVector(models.Model):
    """What a tag means, and how many published titles have it: see `keywords`."""

    tag = models.OneToOneField(Tag, on_delete=models.CASCADE, related_name="vector")
    embedding = HalfVectorField(dimensions=CONTENT_DIM)
    embedding_version = models.CharField(max_length=32)
    # As it was when the vector was made: tags can be renamed.
    name = models.CharField(max_length=60)
    titles = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"vector of {self.name}"
