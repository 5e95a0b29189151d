"""The exam: a fixed fifth that no suggester sees, input without what is asked for, one table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.importing.base import TitleRecord
from catalog.starter.records import read_starter
from discovery.enrichment.evaluation import evaluate, given, markdown
from discovery.enrichment.heldout import (
    ONE_IN,
    described_records,
    drawing_order,
    is_held_out,
)
from discovery.enrichment.keyword import KeywordSuggester
from discovery.enrichment.nearest import NearestSuggester
from discovery.enrichment.scores import METRICS
from tests.discovery.enrichment.samples import references, unseen


def test_about_a_fifth_is_held_out_and_always_the_same() -> None:
    keys = [record.key for record in read_starter()]
    share = sum(map(is_held_out, keys)) / len(keys)

    assert share == pytest.approx(1 / ONE_IN, abs=0.03)
    assert is_held_out("tt0000000") == is_held_out("tt0000000")


def test_the_drawing_order_is_independent_of_the_split() -> None:
    ordered = sorted(described_records(read_starter(), {}), key=drawing_order)
    share = sum(is_held_out(one.key) for one in ordered[:500]) / 500

    assert share == pytest.approx(1 / ONE_IN, abs=0.06)


def test_facts_only_has_no_synopsis_and_neither_has_tags() -> None:
    for form, has_synopsis in (("facts", False), ("synopsis", True)):
        for facts in given(unseen(), form):  # type: ignore[arg-type]
            assert bool(facts.synopsis) is has_synopsis
            assert facts.tags == ()


def test_facts_that_a_record_leaves_out_come_from_the_default_catalogue() -> None:
    bare = next(r for r in read_starter() if not r.genres and r.imdb)
    assert bare.imdb is not None
    known = TitleRecord(
        ids={"imdb": bare.imdb}, kind=bare.kind, name="Another name", genres=("Western",)
    )

    (one,) = described_records([bare], {bare.imdb: known})

    assert one.facts.genres == ("Western",)
    assert one.facts.name == bare.title


def test_every_suggester_gets_every_metric_with_an_interval() -> None:
    results = evaluate(
        [KeywordSuggester(), NearestSuggester(references())], unseen(), best="nearest"
    )

    json.dumps(results)
    assert results["n"] == len(unseen())
    for entry in results["inputs"].values():
        assert entry["ahead_of"].keys() == {"keyword"}
        for found in (*entry["systems"].values(), *entry["ahead_of"].values()):
            for name in METRICS:
                low, high = found["ci95"][name]
                assert low <= found[name] <= high
        bands = entry["calibration"]["nearest"]
        assert sum(band["n"] for band in bands) > 0
        assert all(band["from"] <= band["said"] <= band["to"] for band in bands)


def test_one_table_an_input() -> None:
    table = markdown(evaluate([KeywordSuggester()], unseen(), best="mixture"))

    assert table.count("| keyword |") == 2
    assert table.count("| system |") == 2


def test_without_the_default_catalogue_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.importing.omdb_sample.find_spec", lambda name: None)

    with pytest.raises(CommandError, match="pip install"):
        call_command("evaluate_enrichment", out=tmp_path / "metrics.json")
