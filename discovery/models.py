"""What was answered, shown and thought of it: Slate, Pick, Exposure, Feedback.

The frozen types that the pipeline passes around are in `discovery.types`; these are the
records, written by `discovery.recording`.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models import Title
from discovery.learned import TagVector as TagVector
from discovery.learned import TitleNeighbours as TitleNeighbours
from discovery.learned import TitleRegard as TitleRegard
from discovery.learned import WordCount as WordCount
from discovery.unread import UnreadCluster as UnreadCluster
from discovery.unread import UnreadMessage as UnreadMessage


class Viewer(models.Model):
    """A person in the chat: a guest (known by a session) or an account."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"viewer {self.pk}" if self.user_id else f"guest {self.pk}"


class Slate(models.Model):
    """One answer: the Query behind it, its trace, and its picks."""

    class ScoredBy(models.TextChoices):
        GENREC = "genrec"
        RETRIEVAL = "retrieval"

    class Surface(models.TextChoices):
        CHAT = "chat"
        TITLE = "title", "more like this, on a title's page"
        HOME = "home", "home page"

    surface = models.CharField(max_length=10, choices=Surface, default=Surface.CHAT)
    request_id = models.UUIDField(default=uuid.uuid4)
    revision = models.PositiveSmallIntegerField(
        default=0, help_text="0 is the first answer; a refined parse makes the next."
    )
    viewer = models.ForeignKey(Viewer, null=True, blank=True, on_delete=models.CASCADE)
    group = models.CharField(
        max_length=90, blank=True, help_text="Channel-layer group that hears of reasons."
    )
    text = models.CharField(max_length=2000, help_text="What the viewer said.")
    query = models.JSONField(help_text="discovery.types.Query, only what was said.")
    scored_by = models.CharField(max_length=10, choices=ScoredBy)
    policy_version = models.CharField(max_length=40)
    left_out = models.JSONField(default=dict, help_text="Reason to number of titles.")
    trace = models.JSONField(default=dict, help_text="discovery.tracing.Trace")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request_id", "revision"], name="slate_revision_once")
        ]

    def __str__(self) -> str:
        return f"slate {self.pk}: {self.text[:60]}"


class Pick(models.Model):
    """One title in a slate, with its score and its Reason."""

    class ReasonStatus(models.TextChoices):
        TEMPLATE = "template", "template"
        WRITING = "writing", "being written"
        GENERATED = "generated", "written by GenRec"
        REJECTED = "rejected", "rejected: template kept"
        STOPPED = "stopped", "stopped: template kept"
        FAILED = "failed", "GenRec failed: template kept"

    slate = models.ForeignKey(Slate, on_delete=models.CASCADE, related_name="picks")
    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="picks")
    position = models.PositiveSmallIntegerField()
    score = models.FloatField()
    scored_by = models.CharField(max_length=10, choices=Slate.ScoredBy)
    propensity = models.FloatField(default=1.0)
    explored = models.BooleanField(
        default=False, help_text="Drawn from the next best, to learn what viewers think of it."
    )
    template_reason = models.CharField(max_length=300)
    generated_reason = models.CharField(max_length=600, blank=True)
    reason_status = models.CharField(
        max_length=10, choices=ReasonStatus, default=ReasonStatus.TEMPLATE
    )
    reason_note = models.CharField(
        max_length=300, blank=True, help_text="Why a generated sentence was not used."
    )

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slate", "title"], name="pick_title_once"),
            models.UniqueConstraint(fields=["slate", "position"], name="pick_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"

    @property
    def reason(self) -> str:
        """The sentence on the card: the generated one only once it has been checked."""
        if self.reason_status == self.ReasonStatus.GENERATED:
            return self.generated_reason
        return self.template_reason


class Exposure(models.Model):
    """A pick that was really sent to an open page, by which policy, with what propensity."""

    pick = models.OneToOneField(Pick, on_delete=models.CASCADE, related_name="exposure")
    position = models.PositiveSmallIntegerField()
    policy_version = models.CharField(max_length=40)
    propensity = models.FloatField()
    request_id = models.UUIDField()
    shown_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # What was shown lately is asked for in every search.
        indexes: ClassVar = [models.Index(fields=["shown_at"], name="exposure_shown_at")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="exposure_propensity_is_positive",
                condition=Q(propensity__gt=0) & Q(propensity__lte=1),
            )
        ]

    def __str__(self) -> str:
        return f"exposure of pick {self.pick_id}"


class Feedback(models.Model):
    """What a viewer says of a title. Undo deletes the row; like and dislike replace each other."""

    class Kind(models.TextChoices):
        LIKED = "liked"
        DISLIKED = "disliked"
        SEEN = "seen"

    viewer = models.ForeignKey(Viewer, on_delete=models.CASCADE, related_name="feedback")
    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="feedback")
    kind = models.CharField(max_length=10, choices=Kind)
    pick = models.ForeignKey(Pick, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at"]
        verbose_name_plural = "feedback"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["viewer", "title", "kind"], name="feedback_once"),
            # Partial: seen goes with either, liked excludes disliked.
            models.UniqueConstraint(
                fields=["viewer", "title"],
                condition=Q(kind__in=["liked", "disliked"]),
                name="feedback_liked_or_disliked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"


class HistoryImport(models.Model):
    """A watch history that a viewer brought from elsewhere. Deleting it takes all of it away."""

    class Source(models.TextChoices):
        NETFLIX = "netflix", "Netflix viewing activity"
        LETTERBOXD = "letterboxd", "Letterboxd export"
        TRAKT = "trakt", "Trakt export"
        IMDB = "imdb", "IMDb ratings"
        MOVIELENS = "movielens", "MovieLens ratings"

    viewer = models.ForeignKey(Viewer, on_delete=models.CASCADE, related_name="history_imports")
    source = models.CharField(max_length=12, choices=Source)
    file_name = models.CharField(max_length=200)
    rows = models.PositiveIntegerField(default=0)
    unreadable = models.PositiveIntegerField(default=0, help_text="Rows that made no sense.")
    problems = models.JSONField(default=list, help_text="Line, column and reason of the first.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.created_at:%Y-%m-%d}"


class HistoryEntry(models.Model):
    """One title of an imported history: what the file said, and which title we take it for."""

    class Status(models.TextChoices):
        MATCHED = "matched"
        UNSURE = "unsure", "unsure: not used until confirmed"
        UNMATCHED = "unmatched", "not in this catalogue"
        FIXED = "fixed", "matched by hand"
        IGNORED = "ignored"

    batch = models.ForeignKey(HistoryImport, on_delete=models.CASCADE, related_name="entries")
    name = models.CharField(max_length=300, help_text="As the file says it.")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Feedback.Kind)
    rating = models.FloatField(null=True, blank=True, help_text="0 to 1, whatever the scale was.")
    watched_at = models.DateTimeField(null=True, blank=True)
    title = models.ForeignKey(
        Title, null=True, blank=True, on_delete=models.SET_NULL, related_name="history_entries"
    )
    confidence = models.FloatField(default=0.0, help_text="0 to 1")
    status = models.CharField(max_length=10, choices=Status)

    class Meta:
        ordering: ClassVar = ["watched_at", "pk"]
        verbose_name_plural = "history entries"
        indexes: ClassVar = [models.Index(fields=["batch", "status"], name="history_entry_status")]

    def __str__(self) -> str:
        return self.name


class VersionSwitch(models.Model):
    """A request to have another version of GenRec serve, and what came of it.

    The last one that moved says what serves, since when, and who wanted it.
    """

    class Stage(models.TextChoices):
        REQUESTED = "requested", "waiting for the machine"
        STARTING = "starting", "its server is starting"
        LOADING = "loading", "it is given the catalogue, and tried"
        MOVED = "moved", "it serves; the one before finishes what it began"
        DONE = "done", "it serves"
        FAILED = "failed", "failed: nothing was changed"

    # A version is the name of an artefact, or the address of a server that operators run.
    from_version = models.CharField(max_length=200)
    to_version = models.CharField(max_length=200)
    is_rollback = models.BooleanField(default=False)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.REQUESTED)
    note = models.TextField(blank=True, help_text="Why it failed, or what the trial showed.")
    artefact = models.CharField(
        max_length=200, blank=True, help_text="What the server says it serves."
    )
    address = models.CharField(max_length=200, blank=True)
    control = models.CharField(
        max_length=60, blank=True, help_text="The start of the machine that the address is of."
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    stage_since = models.DateTimeField(default=timezone.now)
    moved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-requested_at", "-pk"]
        verbose_name = "GenRec version"
        verbose_name_plural = "GenRec versions"
        constraints: ClassVar = [
            # Expressions, for a constraint without fields: at most one row in these stages.
            models.UniqueConstraint(
                models.Value(True),
                condition=Q(stage__in=("requested", "starting", "loading")),
                name="one_switch_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_version} to {self.to_version}"
