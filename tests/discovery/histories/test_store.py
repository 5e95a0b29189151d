"""Imports as rows: kept, put right, merged with feedback, and removed without a trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Title
from discovery.feedback import give_feedback
from discovery.histories import store
from discovery.histories.reading.base import UnusableFile
from discovery.history import load_history, taste_of
from discovery.models import HistoryEntry, HistoryImport, Pick, Slate, Viewer
from discovery.types import Event, Query
from tests.discovery.histories import exports
from tests.discovery.histories.exports import read, zipped

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(db: None) -> Viewer:
    return Viewer.objects.create()


def bring(viewer: Viewer, content: str | bytes) -> HistoryImport:
    return store.store_import(viewer, read(content), file_name="export.csv")


def kinds(viewer: Viewer) -> dict[str, str]:
    names = dict(Title.objects.values_list("pk", "name"))
    return {names[event.title_id]: event.kind for event in load_history(viewer)}


def entry(viewer: Viewer, name: str) -> HistoryEntry:
    return HistoryEntry.objects.get(batch__viewer=viewer, name=name)


def test_an_import_is_kept_with_what_it_could_not_read(
    catalogue: dict[str, Title], viewer: Viewer
) -> None:
    batch = bring(viewer, exports.IMDB)

    assert (batch.source, batch.rows, batch.unreadable) == ("imdb", 5, 2)
    assert batch.problems[0]["line"] == 5
    assert entry(viewer, "Alien").status == "matched"
    assert entry(viewer, "Dark").status == "unmatched"
    counted = store.import_of(viewer, batch.pk)
    assert (counted.n_matched, counted.n_unmatched, counted.n_unsure) == (2, 1, 0)  # type: ignore[attr-defined]


def test_history_has_what_is_matched_oldest_first(
    catalogue: dict[str, Title], viewer: Viewer
) -> None:
    bring(viewer, zipped(exports.LETTERBOXD))

    assert list(kinds(viewer).items()) == [
        ("Seven", "disliked"),
        ("Galaxy Quest", "liked"),
        ("Alien", "liked"),
        ("Fargo", "seen"),
    ]
    assert [event.at for event in load_history(viewer)][-1] == datetime(2024, 2, 2, tzinfo=UTC)


def test_what_was_said_here_wins_over_an_imported_verdict(
    catalogue: dict[str, Title], viewer: Viewer
) -> None:
    bring(viewer, zipped(exports.LETTERBOXD))
    give_feedback(viewer, catalogue["Alien"], "disliked")
    give_feedback(viewer, catalogue["Fargo"], "seen")
    give_feedback(viewer, catalogue["Seven"], "seen")

    events = [(e.title_id, e.kind) for e in load_history(viewer)]
    alien, fargo, seven = (catalogue[name].pk for name in ("Alien", "Fargo", "Seven"))
    assert [kind for pk, kind in events if pk == alien] == ["disliked"]
    assert [kind for pk, kind in events if pk == fargo] == ["seen"]
    assert [kind for pk, kind in events if pk == seven] == ["disliked", "seen"]
    assert events[-1] == (seven, "seen")


def test_two_imports_of_a_title_are_one_event_with_the_last_verdict(
    catalogue: dict[str, Title], viewer: Viewer
) -> None:
    bring(viewer, exports.STARS)
    bring(viewer, "Title,Date\nAlien,6/1/25\nSeven,6/2/25\n")

    assert kinds(viewer) == {"Alien": "liked", "Seven": "disliked"}
    assert len(load_history(viewer)) == 2


def test_unsure_and_ignored_do_not_count_until_put_right(
    catalogue: dict[str, Title], viewer: Viewer
) -> None:
    bring(viewer, "Title,Date\nSilence of the Lambs,6/1/25\nNo Such Film,6/2/25\n")
    lambs, unknown = entry(viewer, "Silence of the Lambs"), entry(viewer, "No Such Film")
    assert lambs.status == "unsure"
    assert kinds(viewer) == {}

    store.confirm(lambs)
    store.choose(unknown, catalogue["Fargo"])
    assert set(kinds(viewer)) == {"The Silence of the Lambs", "Fargo"}
    store.ignore(lambs)
    store.remove_entry(unknown)
    assert kinds(viewer) == {}


def test_only_published_titles_are_chosen_or_counted(
    catalogue: dict[str, Title], viewer: Viewer
) -> None:
    bring(viewer, exports.STARS)
    catalogue["Alien"].status = Title.Status.WITHDRAWN
    catalogue["Alien"].save()

    assert set(kinds(viewer)) == {"Seven"}
    with pytest.raises(store.NotPossible, match="no longer"):
        store.confirm(entry(viewer, "Alien"))
    Title.objects.filter(name="Seven").delete()
    with pytest.raises(store.NotPossible, match="no title to confirm"):
        store.confirm(entry(viewer, "Seven"))


def test_everything_is_the_viewers_own(catalogue: dict[str, Title], viewer: Viewer) -> None:
    batch = bring(viewer, exports.STARS)
    other = Viewer.objects.create()

    assert load_history(other) == []
    for look_up, pk in ((store.import_of, batch.pk), (store.entry_of, entry(viewer, "Alien").pk)):
        with pytest.raises(store.NotYours):
            look_up(other, pk)


def test_deleting_a_viewer_deletes_their_imports(
    catalogue: dict[str, Title], viewer: Viewer
) -> None:
    bring(viewer, exports.STARS)
    viewer.delete()

    assert not HistoryImport.objects.exists()
    assert not HistoryEntry.objects.exists()


def test_there_is_an_end_to_imports(
    catalogue: dict[str, Title], viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_IMPORTS", 1)
    bring(viewer, exports.STARS)
    with pytest.raises(UnusableFile, match="Remove one first"):
        bring(viewer, exports.STARS)


def test_removing_an_import_takes_back_what_was_said_because_of_it(
    catalogue: dict[str, Title], viewer: Viewer
) -> None:
    batch = bring(viewer, exports.STARS)
    slate = Slate.objects.create(
        viewer=viewer, text="x", query=Query().said(), scored_by="retrieval", policy_version="t"
    )
    blade_runner = Pick.objects.create(
        slate=slate,
        title=catalogue["Blade Runner"],
        position=0,
        score=1,
        scored_by="retrieval",
        template_reason="A film by Ridley Scott, whose Alien you liked.",
        generated_reason="Blade Runner is by Ridley Scott, whose Alien you liked.",
        reason_status="generated",
    )
    plain = Pick.objects.create(
        slate=slate,
        title=catalogue["Tremors"],
        position=1,
        score=1,
        scored_by="retrieval",
        template_reason="A horror comedy from 1990.",
    )
    store.remove_import(batch)

    blade_runner.refresh_from_db()
    plain.refresh_from_db()
    assert "Alien" not in blade_runner.reason + blade_runner.generated_reason
    assert "Ridley Scott" in blade_runner.reason
    assert plain.reason == "A horror comedy from 1990."
    assert not HistoryEntry.objects.exists()
    assert load_history(viewer) == []


# --- taste ---


def events(kind: str, title_ids: range) -> list[Event]:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        Event(pk, kind, start + timedelta(days=pk))  # type: ignore[arg-type]
        for pk in title_ids
    ]


def test_taste_is_what_was_liked_of_late_however_much_was_seen_since() -> None:
    history = [
        *events("liked", range(100)),
        *events("disliked", range(100, 103)),
        *events("seen", range(200, 300)),
    ]
    liked, disliked = taste_of(history)

    assert liked == list(range(70, 100))
    assert disliked == [100, 101, 102]


def test_who_never_says_likes_what_they_watch() -> None:
    assert taste_of(events("seen", range(3))) == ([0, 1, 2], [])
    assert taste_of([]) == ([], [])
