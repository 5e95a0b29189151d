"""Slots are given once, to published titles, and never again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from catalog.models import SlotCounter, Title
from catalog.slots import assign_slots


def make(*names: str, status: str = Title.Status.PUBLISHED) -> None:
    Title.objects.bulk_create([Title(name=name, status=status) for name in names])


@pytest.mark.django_db
def test_published_titles_get_the_next_slots_the_popular_first() -> None:
    make("a", "b")
    Title.objects.filter(name="b").update(popularity=0.5)
    make("draft", status=Title.Status.DRAFT)

    assert assign_slots() == 2
    assert assign_slots() == 0

    slots = dict(Title.objects.values_list("name", "slot"))
    assert slots == {"b": 0, "a": 1, "draft": None}


@pytest.mark.django_db
def test_a_slot_is_never_reused() -> None:
    make("a", "b")
    assign_slots()
    Title.objects.filter(slot=1).delete()
    make("c")

    assign_slots()

    assert Title.objects.get(name="c").slot == 2


@pytest.mark.django_db
def test_a_withdrawn_title_keeps_its_slot_but_is_not_ranked() -> None:
    make("a")
    assign_slots()
    Title.objects.update(
        status=Title.Status.WITHDRAWN, embedding=[1.0] * 384, embedding_version="v"
    )

    assert assign_slots() == 0
    assert Title.objects.get().slot == 0
    assert not Title.objects.rankable().exists()

    Title.objects.update(status=Title.Status.PUBLISHED)
    assert assign_slots() == 0
    assert Title.objects.rankable().get().slot == 0


@pytest.mark.django_db(transaction=True)
def test_processes_at_the_same_time_give_each_slot_once() -> None:
    make(*map(str, range(200)))
    SlotCounter.objects.all().delete()

    def assign(_: int) -> int:
        try:
            return assign_slots()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(assign, range(4)))

    assert sum(counts) == 200
    assert set(Title.objects.values_list("slot", flat=True)) == set(range(200))
    assert SlotCounter.objects.get().next_slot == 200
