"""Conversations and their turns. What a turn was answered with is in `discovery.models`."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from discovery.models import Slate, Viewer


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def of(self, viewer_id: int) -> Self:
        """Only this viewer's: every look-up by id goes through here."""
        return self.filter(viewer_id=viewer_id)


class Conversation(models.Model):
    """One viewer's conversation. The id is in the page's address: unguessable, and checked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    viewer = models.ForeignKey(Viewer, on_delete=models.CASCADE, related_name="conversations")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class TurnQuerySet(models.QuerySet["Turn"]):
    def running(self) -> Self:
        return self.filter(status=Turn.Status.RUNNING)

    def with_slate(self) -> Self:
        """Join each turn's slate, without its trace: that is for admins, and large."""
        return self.select_related("slate").defer("slate__trace")


class Turn(models.Model):
    """One message of a viewer, and how far its answer has got."""

    class Status(models.TextChoices):
        RUNNING = "running"
        ANSWERED = "answered"
        STOPPED = "stopped"
        FAILED = "failed"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    text = models.CharField(max_length=2000)
    request_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    slate = models.ForeignKey(
        Slate, null=True, blank=True, on_delete=models.SET_NULL, related_name="turns"
    )
    is_typed = models.BooleanField(
        default=True, help_text="False if a click asked: a chip, an offer, undo."
    )
    # Undo walks back along these two. Turns that restore others stand for them.
    before = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Whose wish stood before this one: where undo leads.",
    )
    restores = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The turn that this one went back to, if it is an undo.",
    )
    note = models.CharField(
        max_length=1500,
        blank=True,
        help_text="What the answer says of itself, such as a fallback: a line each.",
    )
    offers = models.JSONField(
        default=dict,
        blank=True,
        help_text="What can be tapped next (`chat.offers`): label and query of each, and more.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TurnQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]
        constraints: ClassVar = [
            # One question at a time: the database refuses the second, whichever process asks.
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(status="running"), name="turn_running_once"
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]
