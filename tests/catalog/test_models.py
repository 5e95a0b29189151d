"""What the models keep true by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from catalog.models import Person, Title

pytestmark = pytest.mark.django_db


def test_every_way_of_saving_folds_the_name() -> None:
    saved = Title.objects.create(name="Amélie")
    (bulk,) = Title.objects.bulk_create([Title(name="Léon: The Professional")])
    assert (saved.name_key, bulk.name_key) == ("amelie", "leon the professional")

    saved.name = "Été"
    saved.save(update_fields=["name"])
    bulk.name = "Ça"
    Title.objects.bulk_update([bulk], ["name"])

    assert set(Title.objects.values_list("name_key", flat=True)) == {"ete", "ca"}
    assert Person.objects.create(name="Zoë Kravitz").name_key == "zoe kravitz"


def test_a_key_fits_its_column_when_folding_makes_it_longer() -> None:
    assert len(Title.objects.create(name="ß" * 300).name_key) == 300


def test_two_people_never_share_a_key() -> None:
    Person.objects.create(name="Zoë Kravitz")

    with pytest.raises(IntegrityError):
        Person.objects.create(name="Zoe Kravitz")


@pytest.mark.parametrize("notes", [{}, {"violence": 2, "gore": 0}])
def test_content_notes(notes: dict[str, int]) -> None:
    Title(name="Alien", content_notes=notes).full_clean()


@pytest.mark.parametrize(
    "notes", [{"violence": 4}, {"violence": -1}, {"violence": "2"}, {"violence": True},
              {"sadness": 1}, ["violence"], "violence", 3],
)  # fmt: skip
def test_content_notes_of_another_shape_are_refused(notes: Any) -> None:
    with pytest.raises(ValidationError, match="from 0"):
        Title(name="Alien", content_notes=notes).full_clean()
