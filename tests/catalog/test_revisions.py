"""What an edit changed can be read, and taken back without taking more."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from catalog.changes import apply_changes
from catalog.importing.tags import ensure_tags
from catalog.models import (
    Credit,
    ExternalId,
    Genre,
    Kindred,
    Person,
    Revision,
    Title,
    TitleTag,
)
from catalog.publishing import lock_fields
from catalog.revisions import find_conflicts, record, record_changes, revert, revert_batch
from catalog.scheduling import apply_schedules
from catalog.snapshots import Difference, applied, difference, snapshot, snapshots

pytestmark = pytest.mark.django_db
EDITED = Revision.Action.EDITED


def tag(title: Title, name: str, weight: int = 2) -> None:
    TitleTag.objects.create(title=title, tag_id=ensure_tags({name})[name], weight=weight)


def tags_of(title: Title) -> dict[str, int]:
    return {link.tag.name: link.weight for link in title.title_tags.select_related("tag")}


def edit(title: Title, user: User, **facts: object) -> Revision:
    """Set facts as an editor does: locked, and written down."""
    before = snapshot(title)
    for name, value in facts.items():
        setattr(title, name, value)
    title.save()
    lock_fields(title, facts)
    revision = record(title, before, EDITED, user)
    assert revision is not None
    return revision


def test_nothing_changed_is_no_revision(catalogue: dict[str, Title], editor: User) -> None:
    alien = catalogue["Alien"]

    assert record(alien, snapshot(alien), EDITED, editor) is None


def test_a_revision_holds_only_what_differs(catalogue: dict[str, Title], editor: User) -> None:
    alien = catalogue["Alien"]
    tag(alien, "tense", 1)
    before = snapshot(alien)
    Title.objects.filter(pk=alien.pk).update(year=1980, content_notes={"gore": 2})
    tag(alien, "slow burn", 3)
    alien.genres.remove(Genre.objects.get(name="Horror"))

    revision = record(alien, before, EDITED, editor, note="Checked")

    assert revision is not None
    revision.refresh_from_db()
    assert revision.before == {
        "year": 1979, "content_notes": {}, "tags": {}, "genres": {"Horror": True},
    }  # fmt: skip
    assert revision.after == {
        "year": 1980,
        "content_notes": {"gore": 2},
        "tags": {
            "slow burn": {"weight": 3, "provenance": "editor", "source": "", "added_by": None}
        },
        "genres": {},
    }
    assert (revision.user, revision.note) == (editor, "Checked")


def test_a_new_title_is_written_down_whole_and_not_reverted(editor: User) -> None:
    title = Title.objects.create(name="Made here", year=2020)

    revision = record(title, {}, Revision.Action.CREATED, editor)

    assert revision is not None
    assert revision.after["name"] == "Made here"
    with pytest.raises(ValidationError, match="withdraw the title instead"):
        revert(revision, editor)


def test_snapshots_survive_json_and_take_few_queries(
    catalogue: dict[str, Title], django_assert_max_num_queries: object
) -> None:
    Title.objects.update(publish_at=timezone.now())

    with django_assert_max_num_queries(6):  # type: ignore[operator]
        states = snapshots(title.pk for title in catalogue.values())

    assert len(states) == len(catalogue)
    assert json.loads(json.dumps(states[catalogue["Alien"].pk])) == snapshot(catalogue["Alien"])


def test_a_difference_applied_gives_the_other_state(catalogue: dict[str, Title]) -> None:
    one, other = snapshot(catalogue["Alien"]), snapshot(catalogue["Amélie"])

    assert applied(one, difference(one, other)) == other
    assert applied(other, difference(one, other).reversed) == one
    assert not difference(one, one)


def test_reverting_everything_that_hangs_on_a_title(
    catalogue: dict[str, Title], editor: User
) -> None:
    alien, aliens = catalogue["Alien"], catalogue["Aliens"]
    tag(alien, "tense")
    Kindred.objects.create(title=alien, other=aliens)
    start = snapshot(alien)
    Title.objects.filter(pk=alien.pk).update(
        name="Xenomorph", synopsis="In space.", languages=["Welsh"], publish_at=timezone.now()
    )
    alien.title_tags.all().delete()
    tag(alien, "slow burn")
    alien.genres.set([Genre.objects.create(name="Western")])
    alien.credits.filter(role="director").delete()
    Credit.objects.create(title=alien, person=Person.objects.create(name="Nobody"), role="writer")
    alien.external_ids.update(value="tt9999999")
    ExternalId.objects.create(title=alien, source="tmdb", value="348")
    alien.kindred_links.all().delete()
    Kindred.objects.create(title=alien, other=catalogue["The Thing"])
    revision = record(alien, start, EDITED, editor)
    assert revision is not None

    back = revert(revision, editor)

    assert snapshot(alien) == start
    assert back is not None
    assert (back.action, back.reverts, back.user) == ("reverted", revision, editor)
    alien.refresh_from_db()
    assert alien.name_key == "alien"
    assert alien.embedded_at is None

    forth = revert(back, editor)
    assert forth is not None
    assert forth.after["name"] == "Xenomorph"
    assert revert(back, editor) is not None  # the latest of its reverts: nothing is lost


def test_a_revert_leaves_what_came_later(catalogue: dict[str, Title], editor: User) -> None:
    alien = catalogue["Alien"]
    before = snapshot(alien)
    tag(alien, "tense")
    first = record(alien, before, EDITED, editor)
    tag(alien, "slow burn")
    assert first is not None

    assert find_conflicts([first]) == []
    revert(first, editor)

    assert tags_of(alien) == {"slow burn": 2}


def test_what_was_changed_again_is_a_conflict(catalogue: dict[str, Title], editor: User) -> None:
    alien = catalogue["Alien"]
    first = edit(alien, editor, year=1980)
    edit(alien, editor, year=1981)

    (conflict,) = find_conflicts([first])

    assert (conflict.key, conflict.left, conflict.now) == ("year", 1980, 1981)


def test_a_revert_frees_the_field_again_unless_a_later_edit_needs_the_lock(
    catalogue: dict[str, Title], editor: User
) -> None:
    alien = catalogue["Alien"]
    first = edit(alien, editor, year=1980)
    second = edit(alien, editor, year=1981)

    revert(first, editor)
    alien.refresh_from_db()
    assert (alien.year, alien.locked_fields) == (1979, ["year"])

    revert(second, editor)
    alien.refresh_from_db()
    assert (alien.year, alien.locked_fields) == (1980, ["year"])


def test_reverting_the_only_edit_unlocks(catalogue: dict[str, Title], editor: User) -> None:
    alien = catalogue["Alien"]

    revert(edit(alien, editor, year=1980), editor)

    alien.refresh_from_db()
    assert (alien.year, alien.locked_fields) == (1979, [])


def test_an_id_that_went_elsewhere_is_not_taken_back(
    catalogue: dict[str, Title], editor: User
) -> None:
    alien, amelie = catalogue["Alien"], catalogue["Amélie"]
    before = snapshot(alien)
    alien.external_ids.all().delete()
    revision = record(alien, before, EDITED, editor)
    ExternalId.objects.filter(title=amelie).update(value="tt0078748")
    assert revision is not None

    with pytest.raises(ValidationError, match="belongs to “Amélie"):
        revert(revision, editor)

    assert not alien.external_ids.exists()


def test_a_batch_is_undone_as_a_whole(catalogue: dict[str, Title], editor: User) -> None:
    batch = uuid.uuid4()
    changes = {
        title.pk: Difference({"age_min": None}, {"age_min": 18}) for title in catalogue.values()
    }
    apply_changes(changes)
    record_changes(changes, Revision.Action.BULK, editor, note="Age 18", batch=batch)
    assert not Title.objects.exclude(age_min=18).exists()

    assert revert_batch(batch, editor) == len(catalogue)

    assert not Title.objects.filter(age_min=18).exists()
    assert revert_batch(batch, editor) == 0
    assert Revision.objects.filter(note="Undo: Age 18").count() == len(catalogue)


def test_schedules_are_applied_once(catalogue: dict[str, Title]) -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    past, future = now - timedelta(minutes=1), now + timedelta(minutes=1)
    draft = Title.objects.create(name="Soon", status="draft", publish_at=past)
    later = Title.objects.create(name="Later", status="draft", publish_at=future)
    alien = catalogue["Alien"]
    Title.objects.filter(pk=alien.pk).update(withdraw_at=past)

    first, second = apply_schedules(now), apply_schedules(now)

    assert (first.published, first.withdrawn) == (1, 1)
    assert (second.published, second.withdrawn) == (0, 0)
    for title in (draft, later, alien):
        title.refresh_from_db()
    assert (draft.status, draft.publish_at) == ("published", None)
    assert draft.slot is not None
    assert (later.status, later.publish_at) == ("draft", future)
    assert (alien.status, alien.withdraw_at) == ("withdrawn", None)
    assert [r.note for r in Revision.objects.filter(title=draft)] == ["As scheduled"]


def test_a_withdrawal_that_is_taken_back_stays_back(
    catalogue: dict[str, Title], editor: User
) -> None:
    alien = catalogue["Alien"]
    Title.objects.filter(pk=alien.pk).update(withdraw_at=datetime(2020, 1, 1, tzinfo=UTC))
    apply_schedules()

    revert(alien.revisions.get(note="As scheduled"), editor)

    assert apply_schedules().withdrawn == 0
    alien.refresh_from_db()
    assert (alien.status, alien.withdraw_at) == ("published", None)
