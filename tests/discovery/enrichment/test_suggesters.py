"""The suggesters: only terms of the ontology, only words of the text or of neighbours, no leaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from catalog.embedding import get_embedder
from catalog.models.titles import NOTES
from catalog.ontology import load_ontology
from catalog.text import fold
from discovery.enrichment.keyword import KeywordSuggester
from discovery.enrichment.mixture import (
    MixtureSuggester,
    fit_logistic,
    ridge,
    right_within_half,
)
from discovery.enrichment.nearest import NearestSuggester
from discovery.enrichment.neighbours import find_neighbours, jaccard, neighbours_among
from discovery.enrichment.reading import document_of, form_of, leanings, said_terms
from discovery.enrichment.references import References, TooFewReferences
from discovery.enrichment.types import MAX_KEYWORDS, MAX_TERMS, Suggester
from discovery.enrichment.words import keyword_proposals, rare_words, vote_keywords
from tests.discovery.enrichment.samples import described, film, references, unseen, values

SUGGESTERS: dict[str, Callable[[], Suggester]] = {
    "keyword": KeywordSuggester,
    "nearest": lambda: NearestSuggester(references()),
    "mixture": lambda: MixtureSuggester(references()),
}


@pytest.fixture(params=SUGGESTERS)
def suggester(request: pytest.FixtureRequest) -> Suggester:
    return SUGGESTERS[request.param]()


# --- all of them ---


def test_proposals_keep_to_the_schema(suggester: Suggester) -> None:
    titles = [one.facts for one in unseen()]

    for facts, proposals in zip(titles, suggester.suggest(titles), strict=True):
        terms = [p for p in proposals if p.kind == "term"]
        assert 0 < len(terms) <= MAX_TERMS
        assert {p.value for p in terms} <= load_ontology().terms.keys()
        assert all(p.weight in (1, 2, 3) for p in terms)
        assert [p.value for p in proposals if p.kind == "content"] == list(NOTES)
        assert all(p.weight in (0, 1, 2, 3) for p in proposals if p.kind == "content")
        assert all(0 <= p.confidence <= 1 for p in proposals)
        keywords = values(proposals, "keyword")
        assert len(keywords) <= MAX_KEYWORDS
        known = {k for one in described() for k in one.description.keywords}
        assert all(k in known or f" {k} " in f" {fold(facts.synopsis)} " for k in keywords)


def test_the_surest_terms_come_first(suggester: Suggester) -> None:
    for proposals in suggester.suggest([one.facts for one in unseen()]):
        sure = [p.confidence for p in proposals if p.kind == "term"]
        assert sure == sorted(sure, reverse=True)


def test_a_title_is_read_alike_in_any_company(suggester: Suggester) -> None:
    """Titles with and without a synopsis are read apart, and come back in their places."""
    titles = [one.facts for one in unseen()[:4]]
    titles[1] = replace(titles[1], synopsis="")
    titles[2] = replace(titles[2], synopsis="")

    together = suggester.suggest(titles)
    alone = [suggester.suggest([facts])[0] for facts in titles]

    for left, right in zip(together, alone, strict=True):
        assert values(left, "term") == values(right, "term")
        assert values(left, "content") == values(right, "content")


def test_tags_of_a_title_tell_nothing(suggester: Suggester) -> None:
    """What is asked for must not be in the question."""
    facts = unseen()[0].facts
    tagged = replace(facts, tags=("noir", "vampires", "silent"))

    assert suggester.suggest([tagged]) == suggester.suggest([facts])


def test_no_titles_no_proposals(suggester: Suggester) -> None:
    assert suggester.suggest([]) == []


def test_the_version_names_method_and_ontology(suggester: Suggester) -> None:
    assert suggester.version.startswith(f"{suggester.name}-")
    assert f"ontology {load_ontology().version}" in suggester.version
    assert len(suggester.version) <= 60


# --- keyword ---


def test_a_word_for_a_term_in_the_synopsis_is_found() -> None:
    text = "In a haunted house, two con men plan a heist."

    (proposals,) = KeywordSuggester().suggest([film("X", synopsis=text)])

    said = {load_ontology().by_form[form].name for form in ("heist",)}
    assert said <= values(proposals, "term").keys()


def test_genres_lean() -> None:
    term = load_ontology().terms["funny"]
    (comedy, western) = leanings(
        [film("X", genres=["Comedy"]), film("Y", genres=["Western"])], [term.name]
    )

    assert comedy[0] == pytest.approx(0.7 * term.leans["Comedy"])
    assert western[0] == 0


def test_words_inside_words_say_nothing() -> None:
    (inside, whole) = said_terms(
        [film("X", synopsis="A funnybone."), film("Y", synopsis="A funny bone.")], ["funny"]
    )

    assert (inside[0], whole[0]) == (0, 1)


def test_a_family_film_is_not_given_a_horror_films_notes() -> None:
    horror, family = KeywordSuggester().suggest(
        [film("X", genres=["Horror"]), film("Y", genres=["Horror", "Family"])]
    )

    assert values(horror, "content")["scary"] == 3
    assert values(family, "content")["scary"] == 1
    assert values(family, "content")["gore"] == 0


def test_rare_words_are_no_grammar_and_no_terms() -> None:
    found = rare_words("A funny lighthouse keeper and his lighthouse; they have always been there.")

    assert found == ["lighthouse", "keeper"]


def test_a_keyword_needs_two_neighbours() -> None:
    neighbours = [{"poker": "Poker", "rain": "rain"}, {"poker": "poker"}, {"sea": "sea"}]

    assert vote_keywords(neighbours, [0.5, 0.3, 0.2]) == {"Poker": pytest.approx(0.8)}


def test_a_neighbours_keyword_in_the_text_is_surer_than_a_rare_word() -> None:
    facts = film("X", synopsis="A lighthouse, a card table and poker.")

    found = keyword_proposals(facts, {"poker": 0.05, "spies": 0.05}, {"card table", "sea"})

    assert [p.value for p in found] == ["poker", "card table", "card", "lighthouse", "table"]
    assert [p.confidence for p in found] == sorted((p.confidence for p in found), reverse=True)


# --- nearest ---


def test_a_reference_is_not_its_own_neighbour() -> None:
    near = neighbours_among(references(), "facts")

    assert not (near.positions == np.arange(len(references()))[:, None]).any()
    assert near.weights.sum(1) == pytest.approx(1.0)


def test_a_title_that_is_a_reference_finds_itself_first() -> None:
    known = references()
    facts = list(known.facts[:5])

    near = find_neighbours(known, facts, known.embed(facts, "synopsis"), "synopsis")

    assert near.positions[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_jaccard_of_sets() -> None:
    rows = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])

    assert jaccard(rows, rows).tolist() == [[1, 1 / 3, 0], [1 / 3, 1, 0], [0, 0, 0]]


def test_a_title_without_a_synopsis_is_read_without_one() -> None:
    facts = film("X", synopsis="A lighthouse.")

    assert form_of(facts) == "synopsis"
    assert form_of(replace(facts, synopsis=" ")) == "facts"
    assert "lighthouse" not in document_of(facts, "facts")
    assert "lighthouse" in document_of(facts, "synopsis")


def test_too_few_references_say_what_to_do() -> None:
    with pytest.raises(TooFewReferences, match="import_catalogue --source starter"):
        References(described()[:10], get_embedder())


# --- mixture ---


def test_leave_one_out_is_what_leaving_one_out_gives() -> None:
    rng = np.random.default_rng(0)
    features = np.hstack([rng.normal(size=(20, 4)), np.ones((20, 1))])
    outputs = rng.normal(size=(20, 3))

    _, left_out = ridge(features, outputs)

    for row in (0, 7, 19):
        kept = np.arange(20) != row
        coefficients, _ = ridge(features[kept], outputs[kept])
        assert left_out[row] == pytest.approx(features[row] @ coefficients)


def test_the_logistic_regression_finds_the_odds() -> None:
    signals = np.array([[1.0, 0.0]] * 100 + [[1.0, 1.0]] * 100)
    outcomes = np.array([1.0] * 20 + [0.0] * 80 + [1.0] * 75 + [0.0] * 25)

    constant, slope = fit_logistic(signals, outcomes, prior=1e-9)

    assert constant == pytest.approx(np.log(20 / 80))
    assert constant + slope == pytest.approx(np.log(75 / 25))


@pytest.mark.parametrize(("grade", "sure"), [(1.0, 0.683), (1.5, 0.477), (0.0, 0.841)])
def test_confidence_of_a_grade_is_the_probability_of_rounding_right(
    grade: float, sure: float
) -> None:
    found = right_within_half(np.array([[grade]]), np.array([0.5]))

    assert found[0, 0] == pytest.approx(sure, abs=1e-3)


def test_what_was_learnt_beats_words_alone() -> None:
    """On titles that it has not seen, and few references: the exam proper is a command."""
    truth = [one.description.terms for one in unseen()]
    facts = [one.facts for one in unseen()]

    def hits(suggester: Suggester) -> int:
        found = suggester.suggest(facts)
        return sum(
            len(values(p, "term").keys() & t.keys()) for p, t in zip(found, truth, strict=True)
        )

    assert hits(MixtureSuggester(references())) > hits(KeywordSuggester())
