"""Messages that neither the rules nor the classifier could read, and the clusters they fall into.

A message is kept without its viewer, its conversation or its time of day: its words, cut and
without addresses and long numbers, its embedding, and the day. All are gone after
`intents.unread.KEPT_DAYS`, those of named clusters too: export what is to be kept. The viewer's own
conversation, which they can delete, still holds the same words: whoever may read conversations can
find who said them.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from discovery.intents.cases import INTENTS

MAX_UNREAD_CHARS = 200


class UnreadCluster(models.Model):
    """Messages that say about the same. Editors name it and say which intent it should be."""

    name = models.CharField(max_length=80, blank=True, help_text="Named clusters are kept.")
    intent = models.CharField(
        max_length=20,
        blank=True,
        choices=[(intent, intent.replace("_", " ")) for intent in INTENTS],
        help_text="What these messages should be read as. Named ones become training cases.",
    )
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name or f"unnamed cluster {self.pk}"


class UnreadMessage(models.Model):
    """One message that nobody could read; nothing says whose it was."""

    text = models.CharField(max_length=MAX_UNREAD_CHARS)
    embedding = models.BinaryField(help_text="float16, of length 1.")
    embedding_version = models.CharField(max_length=64)
    day = models.DateField(default=timezone.localdate)
    cluster = models.ForeignKey(
        UnreadCluster,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="messages",
    )

    class Meta:
        ordering: ClassVar = ["-day", "-pk"]
        indexes: ClassVar = [models.Index(fields=["day"], name="unread_day")]

    def __str__(self) -> str:
        return self.text
