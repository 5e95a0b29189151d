"""Cells, certificates, languages, and what is reported only once."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.importing import cellreader
from catalog.importing.cellreader import Reported, year_of_date
from catalog.importing.certificates import parse_certificate, youngest_age
from catalog.importing.ids import parse_id, parse_imdb
from catalog.importing.languages import country_name, language_name
from catalog.importing.matching import Seen


@pytest.mark.parametrize(
    ("cell", "year"),
    [("", None), (None, None), ("2022-09-30", 2022), ("1999", 1999), (1999.0, 1999),
     ("2020-02-29T00:00:00Z", 2020)],
)  # fmt: skip
def test_years_of_dates(cell: Any, year: int | None) -> None:
    assert year_of_date(cell) == year


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2022-09-31", "no such day"),
        ("2021-02-29", "no such day"),
        ("2021-13-01", "no such day"),
        ("31/09/2022", "not a year such as"),
        ("soon", "not a year such as"),
        ("1492", "not between"),
        ("1492-10-12", "not between"),
    ],
)
def test_dates_that_make_no_sense(cell: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        year_of_date(cell)


@pytest.mark.parametrize(
    ("cell", "certificate", "age"),
    [
        ("PG-13", "PG-13", 13),
        ("tv-ma", "TV-MA", 17),
        ("U", "U", 0),
        ("UA", "UA", 12),
        ("A", "A", 18),
        ("16", "16", 16),
        ("Approved", "Approved", None),
        ("Unrated", "", None),
        ("NR", "", None),
        (None, "", None),
    ],
)
def test_certificates(cell: Any, certificate: str, age: int | None) -> None:
    assert parse_certificate(cell) == certificate
    assert youngest_age(certificate) == age


def test_an_unknown_certificate_is_reported() -> None:
    with pytest.raises(ValueError, match="unknown certificate"):
        parse_certificate("FSK-99")


@pytest.mark.parametrize(
    ("cell", "name"),
    [("fr", "French"), ("pt-BR", "Portuguese"), ("cn", "Cantonese"), ("zh", "Mandarin"),
     ("no", "Norwegian"), ("xx", ""), ("", ""), ("Esperanto", "Esperanto"),
     ("Yue Chinese", "Cantonese")],
)  # fmt: skip
def test_languages(cell: str, name: str) -> None:
    assert language_name(cell) == name


def test_codes_that_nobody_knows() -> None:
    with pytest.raises(ValueError, match="no language is known"):
        language_name("qq")
    with pytest.raises(ValueError, match="no country is known"):
        country_name("QQ")


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("GB", "United Kingdom"),
        ("uk", "United Kingdom"),
        ("USA", "United States"),
        ("Peru", "Peru"),
    ],
)
def test_countries(cell: str, name: str) -> None:
    assert country_name(cell) == name


def test_ids() -> None:
    assert parse_imdb("tt0078748") == parse_imdb(78748) == parse_imdb("0078748") == "tt0078748"
    assert parse_imdb(None) == parse_id("") == ""
    assert parse_id("862.0") == "862"
    for bad in ("nm0000001", "0", "tt1", "-5"):
        with pytest.raises(ValueError, match="not an IMDb id"):
            parse_imdb(bad)
    with pytest.raises(ValueError, match="above 0"):
        parse_id("0")


def test_what_is_reported_once_takes_no_endless_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cellreader, "MAX_REMEMBERED", 2)
    once = Reported()

    assert [once.is_new("a", value) for value in "xxyyzz"] == [True, False, True, False, True, True]
    assert once.is_new("b", "x")


def test_seen_titles() -> None:
    seen = Seen()
    seen.update([1, 8, 70_000])

    assert [number for number in (0, 1, 7, 8, 9, 69_999, 70_000, 10**9) if number in seen] == [
        1,
        8,
        70_000,
    ]
