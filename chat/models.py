"""Conversations and their turns. What a turn was answered with is in `discovery.models`."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from discovery.models import Slate, Viewer


class Conversation(models.Model):
    """One viewer's conversation. The id is in the page's address: unguessable, and checked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    viewer = models.ForeignKey(Viewer, on_delete=models.CASCADE, related_name="conversations")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Turn(models.Model):
    """One message of a viewer, and how far its answer has got."""

    class Status(models.TextChoices):
        RUNNING = "running"
        ANSWERED = "answered"
        STOPPED = "stopped"
        FAILED = "failed"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    text = models.CharField(max_length=500)
    request_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    slate = models.ForeignKey(
        Slate, null=True, blank=True, on_delete=models.SET_NULL, related_name="turns"
    )
    note = models.CharField(
        max_length=300, blank=True, help_text="What the answer says of itself, such as a fallback."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]
