"""The title document, word for word: a change needs a new DOCUMENT_VERSION."""

from __future__ import annotations

from dataclasses import replace

from catalog.documents import DOCUMENT_VERSION, MAX_SYNOPSIS_CHARS, title_document
from catalog.facts import TitleFacts

FULL = TitleFacts(
    title_id=1,
    kind="film",
    name="In the Mood for Love",
    year=2000,
    runtime_min=98,
    genres=("Drama", "Romance"),
    directors=("Wong Kar-wai",),
    cast=("Tony Leung", "Maggie Cheung", "Rebecca Pan", "Siu Ping-lam", "Kelly Lai Chen"),
    writers=("Wong Kar-wai",),
    tags=("yearning", "quiet"),
    languages=("Cantonese", "English"),
    countries=("Hong Kong", "United States"),
    certificate="PG",
    synopsis="Two neighbours  suspect\nwhy their spouses are always away together.",
)
GOLDEN = """\
Title: In the Mood for Love
Type: film
Year: 2000
Genres: Drama, Romance
Tags: yearning, quiet
Synopsis: Two neighbours suspect why their spouses are always away together.
Language: Cantonese
Country: Hong Kong
Director: Wong Kar-wai
Cast: Tony Leung, Maggie Cheung, Rebecca Pan, Siu Ping-lam"""


def test_golden_document() -> None:
    assert (DOCUMENT_VERSION, title_document(FULL)) == (1, GOLDEN)


def test_facts_only_leaves_out_what_people_wrote_about_it() -> None:
    lines = [line for line in GOLDEN.splitlines() if not line.startswith(("Tags", "Synopsis"))]

    assert title_document(FULL, facts_only=True).splitlines() == lines


def test_absent_fields_are_absent() -> None:
    bare = TitleFacts(title_id=1, kind="series", name="Untitled", year=None, runtime_min=None)

    assert title_document(bare) == "Title: Untitled\nType: series"


def test_what_nearly_all_titles_share_is_not_said() -> None:
    usual = replace(FULL, languages=("English",), countries=("United States",))

    document = title_document(usual)

    assert "Language" not in document
    assert "Country" not in document


def test_a_long_synopsis_ends_with_a_whole_word() -> None:
    document = title_document(replace(FULL, synopsis="lighthouse " * 500))

    synopsis = next(line for line in document.splitlines() if line.startswith("Synopsis: "))
    assert len(synopsis) <= MAX_SYNOPSIS_CHARS + len("Synopsis: ")
    assert set(synopsis.removeprefix("Synopsis: ").split()) == {"lighthouse"}
