"""Files of requests and dialogues: what is a case, what is linked, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discovery.evaluation.conversations import read_inspired, read_redial, read_resource
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.requests import read_tips, read_vibe_requests
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


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not JSON", "can't be read as JSON"),
        ("{}", "must hold a JSON list"),
        ("[]", "with something in it"),
        ('[{"id": 1}]', "not of the expected form"),
        ('["x"]', "not of the expected form"),
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


def test_says_what_is_wrong_with_dialogues(tmp_path: Path) -> None:
    items = write_json(tmp_path / "i.json", {"1": "x"})
    with pytest.raises(EvaluationError, match="not of ReDial's form"):
        read_redial(write_json(tmp_path / "r.json", [{"rec": [1]}]), items, INDEX)
    (tmp_path / "i.tsv").write_text("a\tb\n1\t2\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="must have the columns dialog_id"):
        read_inspired(tmp_path / "i.tsv", INDEX)
    with pytest.raises(EvaluationError, match="can't be read"):
        read_inspired(tmp_path / "none.tsv", INDEX)
