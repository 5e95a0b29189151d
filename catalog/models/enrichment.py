"""What machines propose and what they must not see: suggestions and quarantined text."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from catalog.models.titles import Title


class Suggestion(models.Model):
    """One thing that a model says of a title, waiting for an editor. Nothing uses it before."""

    class Kind(models.TextChoices):
        TERM = "term", "ontology term"
        CONTENT = "content", "content note"
        KEYWORD = "keyword"

    class Status(models.TextChoices):
        PENDING = "pending"
        ACCEPTED = "accepted"
        EDITED = "edited", "accepted with a change"
        REJECTED = "rejected"

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="suggestions")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=60, help_text="The term, the note or the keyword.")
    weight = models.PositiveSmallIntegerField(
        default=2,
        validators=[MaxValueValidator(3)],
        help_text="1 to 3; of a content note 0 to 3.",
    )
    confidence = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    model_version = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["title", "kind", "-confidence"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["title", "kind", "value", "model_version"], name="suggestion_once"
            ),
            models.CheckConstraint(
                name="suggestion_confidence_is_a_share",
                condition=Q(confidence__gte=0) & Q(confidence__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} x{self.weight} for {self.title}"


class QuarantinedText(models.Model):
    """Text of a source that reads like an instruction to a model: kept apart until looked at.

    While it is held, it is in no field of the title, so it is neither embedded nor prompted.
    """

    class Status(models.TextChoices):
        HELD = "held"
        RELEASED = "released", "released: harmless"
        DROPPED = "dropped"

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="quarantined_texts")
    field = models.CharField(max_length=40)
    text = models.TextField()
    source = models.CharField(max_length=60)
    reason = models.CharField(max_length=200, help_text="The words that looked like orders.")
    status = models.CharField(max_length=10, choices=Status, default=Status.HELD)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["title", "field", "source"],
                condition=Q(status="held"),
                name="quarantined_text_held_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.title}"
