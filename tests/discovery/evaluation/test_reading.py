"""Files of requests and dialogues: what is a case, what is linked, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discovery.evaluation.conversations import read_inspired, read_redial, read_resource
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.requests import read_tips, read_vibe_requests
from discovery.evaluation.session import Files, check_paths
from tests.discovery.evaluation.small_world import (
    small_index,
    write_inspired,
    write_json,
    write_redial,
    write_requests,
)

INDEX = small_index()


def test_a_request_keeps_the_gold_that_the_catalogue_has(tmp_path: Path) -> None:
    found = read_vibe_requests(write_requests(tmp_path / "v.json"), INDEX)

    first, second = found.cases
    assert (first.case_id, first.targets, first.mentioned) == ("a", (3,), (6,))
    assert first.text == "Something with robots in space\nAnything but Starfall."
    assert (second.targets, second.mentioned) == ((5,), ())
    assert found.counts == {"in_file": 3, "without_gold_in_catalogue": 1}


def test_a_film_that_the_catalogue_lacks_is_a_missed_tip(tmp_path: Path) -> None:
    record = {"title": "[TOMT] bus", "content": "they vanish", "gold_title": "?"}
    records = [
        {**record, "id": 1, "gold_imdb_id": "tt0000104"},
        {**record, "id": 2, "gold_imdb_id": "tt7777777"},
    ]
    found = read_tips(write_json(tmp_path / "t.json", records), INDEX)

    assert [case.targets for case in found.cases] == [(4,), (None,)]
    assert found.counts == {"in_file": 2, "not_in_catalogue": 1}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("<http://dbpedia.org/resource/Suspiria>", ("Suspiria", None)),
        ("<http://dbpedia.org/resource/Heat_(1995_film)>", ("Heat", 1995)),
        ("<http://dbpedia.org/resource/Caf%C3%A9_Society_(film)>", ("Café Society", None)),
        ("Jam (2008)", ("Jam", 2008)),
    ],
)
def test_names_of_dbpedia(resource: str, expected: tuple[str, int | None]) -> None:
    assert read_resource(resource) == expected


def test_a_dialogue_drops_what_was_mentioned_and_keeps_what_cannot_be_linked(
    tmp_path: Path,
) -> None:
    path, items = write_redial(tmp_path / "r.json", tmp_path / "i.json")
    found = read_redial(path, items, INDEX)

    (case,) = found.cases
    # "Night Bus" has no year in its name: the dialogue says which one.
    assert case.mentioned == (4,)
    assert case.targets == (3, None)
    assert case.turns == ("Hello", "I liked Night Bus (1988). Something with robots?")
    assert found.per_target
    assert found.counts == {"dialogues": 1, "targets_not_linked": 1}


def test_inspired_asks_for_what_the_recommender_names_first(tmp_path: Path) -> None:
    found = read_inspired(write_inspired(tmp_path / "i.tsv"), INDEX)

    first, second = found.cases
    assert first.turns == ("Space films. I loved Starfall.",)
    assert (first.targets, first.mentioned) == ((3,), (6,))
    assert (second.targets, second.turns) == ((None,), ())


GOOD = {"id": "a", "title": "t", "selftext": "s", "gold": [{"imdb_id": "tt0000103"}]}


def test_odd_requests_are_read_or_counted(tmp_path: Path) -> None:
    records = [
        GOOD,
        {**GOOD, "title": "another", "request_mentions": None},
        {**GOOD, "id": "b", "title": None, "selftext": " "},
        {**GOOD, "id": "c", "title": "caf\u00e9 \0 \ud800", "request_mentions": []},
        {**GOOD, "id": "d", "gold": None},
        {**GOOD, "id": "e", "gold": [{"imdb_id": None, "movielens_id": 5}, {}]},
        {**GOOD, "id": "f", "gold": [{"movielens_id": float("inf")}]},
        {**GOOD, "id": "g", "title": ["no text"]},
        {"id": "h", "title": "no gold"},
        "no record",
    ]
    found = read_vibe_requests(write_json(tmp_path / "v.json", records), INDEX)

    assert [(case.case_id, case.text, case.targets) for case in found.cases] == [
        ("a", "t\ns", (3,)),
        ("a#2", "another\ns", (3,)),
        ("b", "", (3,)),
        ("c", "caf\u00e9   ?\ns", (3,)),
        ("e", "t\ns", (5,)),
    ]
    assert [case.group for case in found.cases[:2]] == ["a", "a"]
    assert found.counts == {
        "in_file": 10,
        "without_gold_in_catalogue": 1,
        "unreadable": 4,
        "duplicate_ids": 1,
        "without_text": 1,
    }


def test_a_tip_without_a_known_answer_is_a_miss(tmp_path: Path) -> None:
    tip = {"id": 1, "title": "bus", "content": None, "gold_imdb_id": None}
    records = [tip, {**tip, "gold_imdb_id": "tt0000104"}, {"id": 2, "title": "no answer"}]
    found = read_tips(write_json(tmp_path / "t.json", records), INDEX)

    assert [case.targets for case in found.cases] == [(None,), (4,)]
    assert found.counts == {
        "in_file": 3,
        "not_in_catalogue": 1,
        "unreadable": 1,
        "duplicate_ids": 1,
    }


def test_a_dialogue_tells_films_of_one_name_apart_and_counts_each_target_once(
    tmp_path: Path,
) -> None:
    names = ("Night_Bus", "Lost_Reel", "The_Robot_Orchard", "The_Robot_Orchard_(2012_film)")
    items = write_json(tmp_path / "i.json", dict(enumerate(names, 10)))
    turn = {
        "dialog_id": "d1",
        "turn_id": 2,
        "context": ["I liked night bus (2014), and Lost Reel."],
        "resp": "Lost Reel, or The Robot Orchard",
        # What was mentioned is no target, though the catalogue lacks it.
        "rec": [11, 12, 13, 12],
        "prev_entity": [10, 11],
    }
    (case,) = read_redial(write_json(tmp_path / "r.json", [turn]), items, INDEX).cases

    assert case.mentioned == (7,)
    assert case.targets == (3,)


def test_who_says_nothing_in_a_dialogue_has_had_their_turn(tmp_path: Path) -> None:
    items = write_json(tmp_path / "i.json", {"11": "Jam_(2008_film)", "12": None})
    turn = {
        "dialog_id": 1,
        "turn_id": 0,
        "context": ["Hello", "Hi", None, "Well?", "Something with jam."],
        "resp": None,
        "rec": [11, 12],
        "prev_entity": None,
    }
    odd = [turn, turn, {**turn, "rec": None}, {**turn, "context": None}]
    found = read_redial(write_json(tmp_path / "r.json", odd), items, INDEX)

    assert [case.case_id for case in found.cases] == ["1/0", "1/0#2"]
    assert found.cases[0].turns == ("Hello", "Something with jam.")
    assert found.cases[0].targets == (8, None)
    assert found.counts == {
        "dialogues": 1,
        "targets_not_linked": 2,
        "duplicate_ids": 2,
        "unreadable": 1,
    }


def test_an_empty_utterance_is_no_message(tmp_path: Path) -> None:
    lines = [
        "dialog_id\tspeaker\ttext\tmovies",
        "d1\tSEEKER\t \t",
        "d1\tRECOMMENDER\tJam!\tJam (2008)",
        "d1\tSEEKER",
        "d2\tSEEKER\tRobots\t",
        "d1\tSEEKER\tSpace\t",
        "d1\tRECOMMENDER\tStarfall!\tStarfall (2015)",
    ]
    path = tmp_path / "i.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = read_inspired(path, INDEX)

    assert [(case.case_id, case.turns) for case in found.cases] == [
        ("d1/1", ()),
        ("d1/1#2", ("Space",)),
    ]
    assert found.counts["duplicate_ids"] == 1
    assert "without_text" not in found.counts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not JSON", "can't be read as JSON"),
        ("{}", "must hold a JSON list"),
        ("[]", "with something in it"),
        ('[{"id": 1}]', "no record is of the expected form"),
        ('["x"]', "no record is of the expected form"),
    ],
)
@pytest.mark.parametrize("read", [read_vibe_requests, read_tips])
def test_says_what_is_wrong_with_a_file(
    read: Callable[..., object], content: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "f.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError, match=message):
        read(path, INDEX)


def test_a_file_that_is_not_there_is_said_before_any_work(tmp_path: Path) -> None:
    catalogue = tmp_path / "films.parquet"
    check_paths(Files(catalogue))
    with pytest.raises(EvaluationError, match=r"none\.tsv can't be read"):
        check_paths(Files(catalogue, inspired=tmp_path / "none.tsv"))


def test_says_what_is_wrong_with_dialogues(tmp_path: Path) -> None:
    items = write_json(tmp_path / "i.json", {"1": "x"})
    with pytest.raises(EvaluationError, match="no record is of the expected form"):
        read_redial(write_json(tmp_path / "r.json", [{"rec": [1]}]), items, INDEX)
    (tmp_path / "i.tsv").write_text("a\tb\n1\t2\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="must have the columns dialog_id"):
        read_inspired(tmp_path / "i.tsv", INDEX)
    with pytest.raises(EvaluationError, match="can't be read"):
        read_inspired(tmp_path / "none.tsv", INDEX)
