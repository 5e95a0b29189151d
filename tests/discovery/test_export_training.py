"""The export: what viewers chose, as GenRec reads it, and nothing that says who they are."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest
from django.core.management import CommandError, call_command

from catalog.documents import title_document
from catalog.embedding import get_embedder
from catalog.facts import load_facts
from catalog.models import Credit, ExternalId, Person, Tag, Title, TitleTag
from discovery.feedback import give_feedback
from discovery.histories.store import remove_import
from discovery.models import Feedback, HistoryEntry, HistoryImport, Viewer
from genrec.data import read_catalogue, read_histories, read_targets, read_title_facts

pytestmark = pytest.mark.django_db

FEW = ("--min-viewers", "1", "--min-events", "1")
MATCHED = HistoryEntry.Status.MATCHED
START = datetime(2024, 5, 1, 22, 30, tzinfo=UTC)
Titles = dict[str, Title]


def export(out: Path, *arguments: str) -> str:
    said = StringIO()
    call_command("export_training", "--out", str(out), *FEW, *arguments, stdout=said)
    return said.getvalue()


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return found


def names(movie_ids: Sequence[int], catalogue: Titles) -> list[str]:
    by_id = {title.pk: name for name, title in catalogue.items()}
    return [by_id[movie_id] for movie_id in movie_ids]


def import_history(
    viewer: Viewer, titles: Sequence[Title], kind: str = "seen", status: str = MATCHED
) -> HistoryImport:
    """Add an import of titles that were watched on days in a row."""
    batch = HistoryImport.objects.create(viewer=viewer, source="netflix", file_name="Jo Doe.csv")
    HistoryEntry.objects.bulk_create(
        HistoryEntry(
            batch=batch,
            name=title.name,
            kind=kind,
            title=title,
            status=status,
            watched_at=START + timedelta(days=day),
        )
        for day, title in enumerate(titles)
    )
    return batch


@pytest.fixture
def viewer(catalogue: Titles) -> Viewer:
    """Somebody who brought five titles from elsewhere and liked one more here."""
    viewer = Viewer.objects.create()
    watched = ["Aliens", "Tremors", "Gremlins", "Fargo", "Alien"]
    import_history(viewer, [catalogue[name] for name in watched])
    give_feedback(viewer, catalogue["Evolution"], Feedback.Kind.LIKED)
    return viewer


def test_a_history_is_in_time_order_whatever_it_came_from(
    viewer: Viewer, catalogue: Titles, tmp_path: Path
) -> None:
    said = export(tmp_path / "out")

    (history,) = read_histories(tmp_path / "out" / "sequences.parquet").values()
    assert names(history, catalogue) == [
        "Aliens",
        "Tremors",
        "Gremlins",
        "Fargo",
        "Alien",
        "Evolution",
    ]
    events = rows(tmp_path / "out" / "sequences.parquet")
    assert [event["kind"] for event in events] == ["seen"] * 5 + ["liked"]
    assert events[1]["day"] == (START.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days + 1
    assert "viewers: 1" in said
    assert "events: 6" in said


def test_a_dislike_is_no_example_of_what_to_recommend(
    viewer: Viewer, catalogue: Titles, tmp_path: Path
) -> None:
    give_feedback(viewer, catalogue["Fargo"], Feedback.Kind.DISLIKED)
    give_feedback(viewer, catalogue["Seven"], Feedback.Kind.DISLIKED)
    give_feedback(viewer, catalogue["Seven"], Feedback.Kind.SEEN)
    give_feedback(viewer, catalogue["Aliens"], Feedback.Kind.LIKED)

    export(tmp_path / "out")

    (history,) = read_histories(tmp_path / "out" / "sequences.parquet").values()
    assert names(history, catalogue) == ["Tremors", "Gremlins", "Alien", "Evolution", "Aliens"]
    disliked = rows(tmp_path / "out" / "dislikes.parquet")
    assert names([event["movie_id"] for event in disliked], catalogue) == ["Fargo", "Seven"]
    assert {event["kind"] for event in disliked} == {"disliked"}


def test_only_what_a_viewer_would_be_ranked_by_is_exported(
    viewer: Viewer, catalogue: Titles, tmp_path: Path
) -> None:
    import_history(viewer, [catalogue["Seven"]], status=HistoryEntry.Status.UNSURE)
    Title.objects.filter(name="Tremors").update(status=Title.Status.WITHDRAWN)

    export(tmp_path / "out")

    (history,) = read_histories(tmp_path / "out" / "sequences.parquet").values()
    assert names(history, catalogue) == ["Aliens", "Gremlins", "Fargo", "Alien", "Evolution"]


def test_nothing_says_who_a_viewer_is(viewer: Viewer, catalogue: Titles, tmp_path: Path) -> None:
    moved = Viewer.objects.create(pk=987_654)
    HistoryImport.objects.update(viewer=moved)
    Feedback.objects.update(viewer=moved)

    export(tmp_path / "out")

    events = rows(tmp_path / "out" / "sequences.parquet")
    assert {event["user_id"] for event in events} == {1}
    assert set(events[0]) == {"user_id", "pos", "movie_id", "kind", "day"}
    content = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*.*"))
    assert b"Jo Doe" not in content
    assert b"987654" not in content
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_who_removed_their_data_or_objects_is_absent(
    viewer: Viewer, catalogue: Titles, tmp_path: Path
) -> None:
    removed, objects = Viewer.objects.create(), Viewer.objects.create()
    some = list(catalogue.values())[-6:]
    remove_import(import_history(removed, some))
    import_history(objects, some)
    (tmp_path / "objects.txt").write_text(f"{objects.pk}\n")

    export(tmp_path / "out", "--leave-out", str(tmp_path / "objects.txt"))

    (history,) = read_histories(tmp_path / "out" / "sequences.parquet").values()
    assert "Evolution" in names(history, catalogue)


def test_too_little_is_refused_with_what_is_needed(
    viewer: Viewer, catalogue: Titles, tmp_path: Path
) -> None:
    with pytest.raises(
        CommandError, match=r"1 viewers who chose 5 titles or more, with 6 events.*100.*2000"
    ):
        call_command("export_training", "--out", str(tmp_path / "out"))
    with pytest.raises(CommandError, match="0 viewers who chose 7 titles"):
        export(tmp_path / "out", "--min-titles", "7")

    assert not list(tmp_path.iterdir())


def test_the_last_title_is_withheld_for_evaluation(
    viewer: Viewer, catalogue: Titles, tmp_path: Path
) -> None:
    other = Viewer.objects.create()
    import_history(other, [catalogue[name] for name in sorted(catalogue)[:7]])
    whole, out = tmp_path / "whole", tmp_path / "out"
    export(whole)
    export(out, "--withhold-last")

    histories = read_histories(out / "sequences.parquet")
    targets = read_targets(out / "targets.parquet")
    assert histories.keys() == targets.keys()
    joined = [[*histories[user], targets[user]] for user in histories]
    assert sorted(joined) == sorted(read_histories(whole / "sequences.parquet").values())
    assert not (whole / "targets.parquet").exists()


def test_titles_are_read_by_genrec_as_the_catalogue_knows_them(
    viewer: Viewer, catalogue: Titles, tmp_path: Path
) -> None:
    alien = catalogue["Alien"]
    Title.objects.filter(pk=alien.pk).update(synopsis="A crew wakes to a signal.", kind="series")
    person = Person.objects.create(name="Either|Or")
    Credit.objects.create(title=alien, person=person, role=Credit.Role.DIRECTOR, billing=9)
    scary = Tag.objects.create(name="scary", group=Tag.Group.MOOD)
    TitleTag.objects.create(title=alien, tag=scary, weight=3)
    TitleTag.objects.create(title=alien, tag=Tag.objects.create(name="spaceship"), weight=1)
    ExternalId.objects.filter(title__name="Seven").delete()

    said = export(tmp_path / "out")

    out = tmp_path / "out"
    exported = read_catalogue(out / "titles.safetensors")
    facts = read_title_facts(out / "titles.parquet", exported, out / "described")
    read = dict(zip(exported.movie_ids, facts, strict=True))
    assert len(exported) == len(catalogue)
    assert read[alien.pk].imdb == "tt0078748"
    assert read[alien.pk].year == 1979
    assert read[alien.pk].directors == ("Ridley Scott", "Either/Or")
    assert read[alien.pk].keywords == ("spaceship",)
    assert read[alien.pk].terms == ("scary",)
    assert read[alien.pk].logline == "A crew wakes to a signal."
    assert read[catalogue["Seven"].pk].imdb == ""
    assert "titles described: 1" in said

    # The document is the one that is served, with the kind and the tags as they are.
    document = title_document(load_facts([alien.pk])[alien.pk])
    assert "Type: series" in document
    served = get_embedder().embed([document])[0]
    assert np.allclose(exported.full[exported.rows[alien.pk]], served, atol=2e-3)
    assert not np.allclose(exported.facts[exported.rows[alien.pk]], served, atol=2e-3)


def test_an_export_is_replaced_but_nothing_else_is(
    viewer: Viewer, catalogue: Titles, tmp_path: Path
) -> None:
    export(tmp_path / "out")
    export(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "export.json").read_text())["viewers"] == 1
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("years of work")

    with pytest.raises(CommandError, match="no earlier export"):
        export(tmp_path / "thesis")
    with pytest.raises(CommandError, match="no earlier export"):
        export(tmp_path / "thesis" / "thesis.txt")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "thesis"]


@pytest.mark.parametrize("content", ["7\nJo\n", None])
def test_a_list_of_viewers_that_is_none(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "ids").write_text(content)

    with pytest.raises(CommandError, match="--leave-out must be a file of viewers' ids"):
        export(tmp_path / "out", "--leave-out", str(tmp_path / "ids"))
