"""Slots: the columns of the catalog head, one a title, never given twice.

A slot is assigned once, when a title is published. A withdrawn title keeps its number (it only
stops being rankable), and a deleted one takes its number with it: histories and logs that name a
slot can never come to mean another title.
"""

from __future__ import annotations

from django.db import connection, transaction

from catalog.models import SlotCounter, Title, TitleQuerySet

# The counter is one row.
COUNTER_ID = 1

_ASSIGN = """
UPDATE catalog_title AS title SET slot = fresh.slot
FROM (
    SELECT id, %s + row_number() OVER (ORDER BY popularity DESC, id) - 1 AS slot
    FROM catalog_title WHERE status = %s AND slot IS NULL
) AS fresh
WHERE title.id = fresh.id
"""


def titles_without_slot() -> TitleQuerySet:
    return Title.objects.published().filter(slot__isnull=True)


@transaction.atomic
def assign_slots() -> int:
    """Give every published title without a slot the next free one; return how many.

    Safe to call from several processes: the counter's row is locked meanwhile. The most popular
    titles come first, so that a server with few slots holds the titles that matter most.
    """
    SlotCounter.objects.get_or_create(pk=COUNTER_ID)
    # Titles are read under this lock: whoever had it before may have served some of them.
    counter = SlotCounter.objects.select_for_update().get(pk=COUNTER_ID)
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN, [counter.next_slot, Title.Status.PUBLISHED])
        assigned: int = cursor.rowcount
    counter.next_slot += assigned
    counter.save(update_fields=["next_slot"])
    return assigned
