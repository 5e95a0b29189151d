"""What editors decide about titles: rules of ranking, collections, saved filters, revisions."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models.titles import Title


class CurationRuleQuerySet(models.QuerySet["CurationRule"]):
    def active(self) -> models.QuerySet[CurationRule]:
        """Rules that hold now."""
        now = timezone.now()
        return self.filter(
            Q(starts_at__isnull=True) | Q(starts_at__lte=now),
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        )


class CurationRule(models.Model):
    """A boost or a block of one title: until when, and why. Every turn's trace names it."""

    class Kind(models.TextChoices):
        BOOST = "boost"
        BLOCK = "block"

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="curation_rules")
    kind = models.CharField(max_length=10, choices=Kind)
    weight = models.FloatField(
        default=1.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(3.0)],
        help_text="Of a boost: 1 is about as much as one fitting mood. A block has none.",
    )
    reason = models.CharField(max_length=200, help_text="For colleagues, and for the trace.")
    starts_at = models.DateTimeField(null=True, blank=True, help_text="Empty: at once.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until removed.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CurationRuleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="curation_rule_ends_after_it_starts",
                condition=Q(starts_at__isnull=True)
                | Q(expires_at__isnull=True)
                | Q(expires_at__gt=models.F("starts_at")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}: {self.reason}"


class Collection(models.Model):
    """A hand-made list of titles that viewers may search within: a chip on the page."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.CharField(max_length=300, blank=True)
    titles: models.ManyToManyField[Title, CollectionItem] = models.ManyToManyField(
        Title, through="CollectionItem", related_name="collections"
    )
    published = models.BooleanField(default=False, help_text="Only then viewers see it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class CollectionItem(models.Model):
    """A title's place in a collection."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="collection_items")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["collection", "title"], name="collection_title_once")
        ]

    def __str__(self) -> str:
        return f"{self.collection}: {self.title}"


class SavedFilter(models.Model):
    """A search and filters of an admin list, under a name."""

    name = models.CharField(max_length=60)
    page = models.CharField(max_length=40, default="title", help_text="The list it is of.")
    querystring = models.CharField(max_length=500)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters"
    )
    shared = models.BooleanField(default=False, help_text="Colleagues see it as well.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_filter_once")
        ]

    def __str__(self) -> str:
        return self.name


class Revision(models.Model):
    """What one act of editing changed in a title, so that it can be seen and undone.

    `before` and `after` hold only what differed: facts by field name, and the lists `genres`,
    `tags`, `credits`, `external_ids` and `kindred` as plain data.
    """

    class Action(models.TextChoices):
        CREATED = "created"
        EDITED = "edited"
        BULK = "bulk", "bulk edit"
        SUGGESTION = "suggestion", "suggestion accepted"
        REVERTED = "reverted"

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="revisions")
    action = models.CharField(max_length=10, choices=Action)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reverts = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reverted_by"
    )
    batch = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="One for all titles of a bulk edit."
    )
    note = models.CharField(max_length=200, blank=True, help_text="What was asked for.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.title} {self.action} {self.created_at:%Y-%m-%d %H:%M}"


class DistinctPair(models.Model):
    """Two titles that look like one, and that an editor says are two. `first` has the lower id."""

    first = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="distinct_pair_once"),
            models.CheckConstraint(
                name="distinct_pair_in_order", condition=Q(first__lt=models.F("second"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} is not {self.second}"
