"""The whole command over an invented catalogue: a scratch database beside the live one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from catalog.models import Title
from discovery.evaluation.ours import SOURCES
from discovery.pipeline import Turn
from tests.discovery.evaluation.small_world import (
    write_catalogue,
    write_inspired,
    write_json,
    write_ratings,
    write_redial,
    write_requests,
)
from tests.genrec_fake import fake_genrec

pytestmark = pytest.mark.django_db(transaction=True)

SCRATCH = "evaluated_in_a_test"
BASELINES = {
    "popularity",
    "full_text",
    "minilm",
    "fusion",
    "minilm_popularity",
    "frequent_targets",
    "ease_mentions",
}
OURS = BASELINES | {"ours", "ours_without_offers"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    redial, items = write_redial(tmp_path / "redial.json", tmp_path / "items.json")
    return {
        "catalogue": write_catalogue(tmp_path / "films.parquet"),
        "ratings": write_ratings(tmp_path / "stars.parquet"),
        "vibe_requests": write_requests(tmp_path / "vibe.json"),
        "redial": redial,
        "redial_items": items,
        "inspired": write_inspired(tmp_path / "inspired.tsv"),
        "out": tmp_path / "metrics.json",
        "cache": tmp_path / "cache",
    }


@pytest.fixture
def live(transactional_db: None) -> Iterator[None]:
    """The test database without a transaction: the command leaves it and comes back."""
    yield
    drop(SCRATCH)


def evaluate(files: dict[str, Path], *options: str, only: Sequence[str] = ()) -> dict[str, Any]:
    named = {"catalogue", "ratings", "out", "cache", *only} if only else set(files)
    arguments = [
        word for name in named for word in (f"--{name.replace('_', '-')}", str(files[name]))
    ]
    call_command(
        "evaluate_discovery", *arguments, "--scratch", SCRATCH, *options, stdout=StringIO()
    )
    return dict(json.loads(files["out"].read_text(encoding="utf-8")))


def databases() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database")
        return {name: comment or "" for name, comment in cursor.fetchall()}


def drop(name: str) -> None:
    execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def execute(statement: sql.Composed) -> None:
    parameters = connection.get_connection_params()
    keys = ("host", "port", "user", "password", "dbname")
    chosen = {key: parameters[key] for key in keys if parameters.get(key)}
    with psycopg.connect(**chosen, autocommit=True) as admin:
        admin.execute(statement)


def test_ranks_every_set_beside_the_live_catalogue(live: None, files: dict[str, Path]) -> None:
    live_name, n_live = connection.settings_dict["NAME"], Title.objects.count()

    report = evaluate(files, "--no-genrec")

    # The live database is back, as it was, and the scratch one gone.
    assert connection.settings_dict["NAME"] == live_name
    assert Title.objects.count() == n_live
    assert SCRATCH not in databases()

    assert report["titles"] == 8
    assert report["genrec"] == ""
    assert set(report["sets"]) == {"vibe_requests", "redial", "inspired"}
    vibe = report["sets"]["vibe_requests"]
    assert vibe["n"] == 2
    ablations = {f"ours_without_{name}" for name in SOURCES} - {
        "ours_without_taste",
        "ours_without_catalog_head",
    }
    assert set(vibe["systems"]) == OURS | ablations
    # Eight films: each right one is listed, and "detective dancers" is found by its words.
    assert vibe["systems"]["ours"]["Recall@200"] == 1
    assert vibe["systems"]["minilm"]["hit@10"] == 1
    assert set(vibe["differences"]) == {f"ours - {n}" for n in vibe["systems"] if n != "ours"}
    redial = report["sets"]["redial"]
    assert set(redial["systems"]) == OURS | {"ours_without_history"}
    # Of two right answers the catalogue has one.
    assert redial["systems"]["ours"]["Recall@100"] == 0.5
    assert redial["counts"] == {
        "dialogues": 1,
        "targets_not_linked": 1,
        "targets_ruled_out_by_ours": 0,
        "targets": 2,
    }
    assert "<svg" in files["out"].with_suffix(".svg").read_text(encoding="utf-8")


def test_odd_requests_and_failures_stop_nothing_and_are_counted(
    live: None, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Turn.answer

    async def fail_for_dancers(self: Turn, parsed: Any, *, revision: int) -> Any:
        if "dancers" in self.request.text:
            raise RuntimeError("dancers")
        return await answer(self, parsed, revision=revision)

    monkeypatch.setattr(Turn, "answer", fail_for_dancers)
    records = json.loads(files["vibe_requests"].read_text(encoding="utf-8"))
    jam = {"id": "a", "gold": [{"imdb_id": "tt0000108"}]}
    # Of the same id as the first, and about something else.
    records.append({**jam, "title": "A documentary about food", "selftext": "jam! " * 1000})
    records.append({**jam, "id": "silent", "title": "", "selftext": None})
    records.append({**jam, "id": "odd", "title": "\0 \ud800 " + "x" * 3000})
    write_json(files["vibe_requests"], [*records, "no record"])
    report = evaluate(files, "--no-genrec", "--ablations", only=["vibe_requests"])

    vibe = report["sets"]["vibe_requests"]
    assert vibe["n"] == 5
    assert vibe["counts"] == {
        "in_file": 7,
        "without_gold_in_catalogue": 1,
        "unreadable": 1,
        "duplicate_ids": 1,
        "without_text": 1,
        "messages_cut": 2,
        "failed": 1,
        "targets_ruled_out_by_ours": vibe["counts"]["targets_ruled_out_by_ours"],
    }
    # Robots and jam are found; the dancers failed, and nothing was said of the others.
    assert vibe["systems"]["ours"]["hit@10"] >= 0.4
    assert vibe["systems"]["minilm"]["hit@10"] == 1


def test_keeps_the_scratch_database_until_its_contents_change(
    live: None, files: dict[str, Path]
) -> None:
    first = evaluate(files, "--no-genrec", "--keep", "--ablations", only=["vibe_requests"])
    kept = databases()[SCRATCH]
    again = evaluate(files, "--no-genrec", "--keep", "--ablations", only=["vibe_requests"])

    assert kept.startswith("scratch of evaluate_discovery: ")
    assert databases()[SCRATCH] == kept
    assert again["sets"] == first["sets"]
    # Without ratings it is another catalogue.
    del files["ratings"]
    files["ratings"] = files["catalogue"].with_name("none.parquet")
    with pytest.raises(CommandError, match=r"none\.parquet can't be read"):
        evaluate(files, "--no-genrec", only=["vibe_requests"])
    assert databases()[SCRATCH] == kept


def test_asks_a_model_server_that_is_not_the_live_one(live: None, files: dict[str, Path]) -> None:
    with fake_genrec(ranks=lambda slot: -float(slot), pieces=("{}",)) as fake:
        report = evaluate(files, "--genrec", fake.url, "--ablations", only=["vibe_requests"])
        assert len(fake.rows) == 8

    assert report["genrec"] == "fake"
    assert {"ours", "ours_without_llm"} <= set(report["sets"]["vibe_requests"]["systems"])


def test_refuses_what_is_not_its_own(live: None, files: dict[str, Path], settings: Any) -> None:
    execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(SCRATCH)))
    with pytest.raises(CommandError, match="that no evaluation has made"):
        evaluate(files, "--no-genrec")
    assert SCRATCH in databases()
    drop(SCRATCH)
    settings.GENREC_URLS = ["http://127.0.0.1:9"]
    with pytest.raises(CommandError, match="serves the live catalogue"):
        evaluate(files, "--genrec", "http://127.0.0.1:9/", only=["vibe_requests"])
    live_name = str(connection.settings_dict["NAME"])
    with pytest.raises(CommandError, match="is the live one"):
        evaluate(files, "--no-genrec", "--scratch", live_name)


@pytest.mark.parametrize(
    ("option", "content", "message"),
    [
        ("--vibe-requests", "[]", "must hold a JSON list with something in it"),
        ("--catalogue", "no parquet", "is no catalogue"),
        ("--safety", "", "must be a folder"),
        ("--sample", None, "must be 0"),
    ],
)
def test_says_what_is_wrong(
    option: str,
    content: str | None,
    message: str,
    live: None,
    files: dict[str, Path],
    tmp_path: Path,
) -> None:
    value = "-1"
    if content is not None:
        bad = tmp_path / "bad.parquet"
        bad.write_text(content, encoding="utf-8")
        value = str(bad)
    with pytest.raises(CommandError, match=message):
        evaluate(files, "--no-genrec", option, value, only=["vibe_requests"])
    assert SCRATCH not in databases()
