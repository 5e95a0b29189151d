"""Which title is meant, and how sure that is."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import ExternalId, Title
from discovery.histories import matching
from discovery.histories.matching import Match, match_titles
from discovery.histories.reading.base import OutsideId, Watched

pytestmark = pytest.mark.django_db

FILM, SERIES = Title.Kind.FILM, Title.Kind.SERIES


def imdb(value: str) -> tuple[OutsideId, ...]:
    return (OutsideId("imdb", value),)


def match(watched: Watched) -> Match:
    (found,) = match_titles([watched]).matches
    return found


def name_of(found: Match) -> str:
    return str(Title.objects.get(pk=found.title_id)) if found.title_id else ""


def test_an_id_is_certain_whatever_the_name(catalogue: dict[str, Title]) -> None:
    found = match(Watched("Das unheimliche Wesen", 1980, ids=imdb("tt0078748")))

    assert found == (catalogue["Alien"].pk, 1.0)
    assert found.status == "matched"


def test_tmdb_numbers_films_and_series_apart(catalogue: dict[str, Title]) -> None:
    ExternalId.objects.create(title=catalogue["Alien"], source="tmdb", value="348")
    film = Watched("X", ids=(OutsideId("tmdb", "348"),))
    series = Watched("X", ids=(OutsideId("tmdb_tv", "348"),))

    assert [m.title_id for m in match_titles([film, series]).matches] == [
        catalogue["Alien"].pk,
        None,
    ]


@pytest.mark.parametrize("status", [Title.Status.DRAFT, Title.Status.WITHDRAWN])
@pytest.mark.parametrize("watched", [
    Watched("Alien", 1979, ids=imdb("tt0078748")), Watched("Alien", 1979), Watched("Alien"),
    Watched("Alein", 1979), Watched("Alienn", 1979),
])  # fmt: skip
def test_what_is_not_published_is_never_matched(
    catalogue: dict[str, Title], status: str, watched: Watched
) -> None:
    Title.objects.filter(pk=catalogue["Alien"].pk).update(status=status)

    assert match(watched).title_id != catalogue["Alien"].pk


def test_the_id_of_a_withdrawn_title_does_not_fall_back_on_its_namesake(
    catalogue: dict[str, Title],
) -> None:
    Title.objects.filter(pk=catalogue["Alien"].pk).update(status="withdrawn")
    Title.objects.create(name="Alien", year=1979)

    assert match(Watched("Alien", 1979, ids=imdb("tt0078748"))).title_id is None


def test_another_id_says_that_it_is_another_title(catalogue: dict[str, Title]) -> None:
    assert match(Watched("Alien", 1979, ids=imdb("tt9999999"))).title_id is None
    assert match(Watched("Alien", 1979, ids=(OutsideId("trakt", "5"),))).status == "matched"


@pytest.mark.parametrize(
    ("watched", "title", "status"),
    [
        (Watched("ALIEN!", 1979), "Alien (1979)", "matched"),
        (Watched("Amelie", 2001, FILM), "Am\u00e9lie (2001)", "matched"),
        (Watched("Alien", 1980), "Alien (1979)", "matched"),
        (Watched("Alien", 1983), "", "unmatched"),
        (Watched("Alien", 1979, SERIES), "", "unmatched"),
        (Watched("Alien"), "Alien (1979)", "matched"),
        (Watched("The Silence of Lambs", 1991), "The Silence of the Lambs (1991)", "matched"),
        (Watched("Silence of the Lambs", 1991), "The Silence of the Lambs (1991)", "matched"),
        (Watched("Silence of the Lambs"), "The Silence of the Lambs (1991)", "unsure"),
        (Watched("The Silence of the Lamps", 1991), "The Silence of the Lambs (1991)", "unsure"),
        (Watched("The Silence of the Lambs 2", 1991), "", "unmatched"),
        (Watched("Breaking Bad", 2008, SERIES), "", "unmatched"),
    ],
    ids=lambda value: f"{value.name} {value.year}" if isinstance(value, Watched) else None,
)
def test_names(catalogue: dict[str, Title], watched: Watched, title: str, status: str) -> None:
    found = match(watched)

    assert (name_of(found), found.status) == (title, status)


def test_of_namesakes_the_best_known_is_proposed_and_not_used() -> None:
    known = Title.objects.create(name="Paprika", year=2006, popularity=0.6)
    Title.objects.create(name="Paprika", year=1991, popularity=0.3)

    found = match(Watched("Paprika"))
    assert (found.title_id, found.status) == (known.pk, "unsure")
    assert name_of(match(Watched("Paprika", 1991))) == "Paprika (1991)"
    assert name_of(match(Watched("Paprika", 1992))) == "Paprika (1991)"


def test_namesakes_of_one_year_are_never_sure() -> None:
    for popularity in (0.2, 0.4):
        Title.objects.create(name="Halloween", year=2018, popularity=popularity)

    assert match(Watched("Halloween", 2018)).status == "unsure"


@pytest.mark.parametrize(
    ("have", "asked"),
    [
        (("Back to the Future Part II", 1989), ("Back to the Future Part III", 1990)),
        (("Kill Bill: Vol. 1", 2003), ("Kill Bill: Vol. 2", 2004)),
        (("Fear Street: 1994", 2021), ("Fear Street: 1978", 2021)),
        (("Harry Potter and the Deathly Hallows: Part One", 2010),
         ("Harry Potter and the Deathly Hallows: Part Two", 2011)),
    ],
)  # fmt: skip
def test_another_part_is_another_film(have: tuple[str, int], asked: tuple[str, int]) -> None:
    Title.objects.create(name=have[0], year=have[1])

    assert match(Watched(*asked)).title_id is None


def test_numbers_agree_however_they_are_written() -> None:
    Title.objects.create(name="Back to the Future Part II", year=1989)

    assert match(Watched("Back to the Future Part 2", 1989)).title_id is not None


def test_a_title_of_unknown_year_stays_unsure() -> None:
    title = Title.objects.create(name="Nosferatu")

    found = match(Watched("Nosferatu", 1922))
    assert (found.title_id, found.status) == (title.pk, "unsure")


def test_nothing_is_nothing() -> None:
    assert match_titles([]) == ([], 0)
    assert match(Watched("$")) == (None, 0.0)


def made_up_names(n: int) -> list[str]:
    draw = random.Random(7)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    words = ["".join(draw.choices(syllables, k=draw.randint(2, 4))) for _ in range(3000)]
    return [" ".join(draw.choices(words, k=draw.randint(1, 4))) for _ in range(n)]


def settle(table: str, index: str) -> None:
    """Do to a freshly filled table what autovacuum does within a minute."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")
        cursor.execute(f"SELECT gin_clean_pending_list('{index}')")


def test_five_thousand_take_few_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine compares slowly, and all the same.
    monkeypatch.setattr(matching, "COMPARING_MAX_S", 200.0)
    names = made_up_names(7500)
    Title.objects.bulk_create(Title(name=name, year=1990) for name in names[:5000])
    settle("catalog_title", "title_name_trgm")
    # A third by its name, a third misspelt, a third that is not there.
    watched = [Watched(name, 1990) for name in names[:1700]]
    watched += [Watched(f"{name[:-1]}x", 1990) for name in names[1700:3400]]
    watched += [Watched(name, 1990) for name in names[5000:6600]]
    with CaptureQueriesContext(connection) as queries:
        found, uncompared = match_titles(watched)

    titles = dict(Title.objects.values_list("pk", "name"))
    named = [titles.get(m.title_id or 0) for m in found]
    assert sum(a == b for a, b in zip(named[:1700], names, strict=False)) > 1600
    assert sum(a == b for a, b in zip(named[1700:3400], names[1700:], strict=False)) > 800
    assert uncompared == 0
    assert len(queries) < 100


def test_names_made_to_be_like_all_others_take_no_longer_than_allowed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(matching, "COMPARING_MAX_S", 0.4)
    Title.objects.bulk_create(
        Title(name=f"Film of the {n}th Night", year=1990) for n in range(4000)
    )
    watched = [Watched(f"A Film of the {n}th Night", 1990) for n in range(1000)]
    watched.append(Watched("Film of the 5th Night", 1990))
    found, uncompared = match_titles(watched)

    assert uncompared > 0
    assert found[-1].status == "matched"
    assert "not compared for lack of time" in caplog.text
    # The limit ended with the comparing.
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_the_same_name_in_order(catalogue: dict[str, Title]) -> None:
    asked = [Watched("Fargo"), Watched("Nothing Like It"), Watched("Alien")]

    assert [name_of(found) for found in match_titles(asked).matches] == [
        "Fargo (1996)",
        "",
        "Alien (1979)",
    ]
