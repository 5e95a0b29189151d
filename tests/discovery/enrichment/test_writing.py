"""Suggestions in the catalogue: in order of worth, once a version, never over a decision."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.documents import title_document
from catalog.facts import TitleFacts, load_facts
from catalog.models import Suggestion, Tag, Title, TitleTag
from catalog.suggestions import accept, reject
from discovery.enrichment.references import FEWEST, load_described
from discovery.enrichment.types import Proposal
from discovery.enrichment.writing import Written, suggest_for_queue, write
from discovery.retrieval.vibes import load_vibes

pytestmark = pytest.mark.django_db

TENSE = Proposal("term", "tense", 3, 0.8)
FAINT = Proposal("term", "funny", 1, 0.05)
GORE = Proposal("content", "gore", 2, 0.6)
SHIP = Proposal("keyword", "ship", 1, 0.1)


class Scripted:
    """Says the same of every title, and remembers which it was asked about."""

    name = "scripted"

    def __init__(self, *proposals: Proposal, version: str = "scripted-1") -> None:
        self.proposals = proposals
        self.version = version
        self.asked: list[str] = []

    def suggest(self, titles: Sequence[TitleFacts]) -> list[list[Proposal]]:
        self.asked += [facts.name for facts in titles]
        return [list(self.proposals) for _ in titles]


def pending(title: Title) -> set[str]:
    waiting = Suggestion.objects.filter(title=title, status=Suggestion.Status.PENDING)
    return set(waiting.values_list("value", flat=True))


def test_the_best_known_undescribed_titles_come_first(catalogue: dict[str, Title]) -> None:
    scripted = Scripted(TENSE)

    assert suggest_for_queue(scripted, limit=2) == Written(2, 2)

    best = sorted(catalogue.values(), key=lambda t: (-t.popularity, t.pk))[:2]
    assert scripted.asked == [title.name for title in best]


def test_running_twice_changes_nothing(catalogue: dict[str, Title]) -> None:
    suggest_for_queue(Scripted(TENSE, GORE))
    again = Scripted(TENSE, GORE)

    assert suggest_for_queue(again) == Written(0, 0)
    assert again.asked == []
    assert Suggestion.objects.count() == 2 * len(catalogue)


def test_what_is_described_or_withdrawn_is_not_read(catalogue: dict[str, Title]) -> None:
    alien, aliens = catalogue["Alien"], catalogue["Aliens"]
    TitleTag.objects.create(title=alien, tag=Tag.objects.create(name="tense", group="mood"))
    Title.objects.filter(pk=aliens.pk).update(status=Title.Status.WITHDRAWN)
    scripted = Scripted(TENSE)

    suggest_for_queue(scripted)

    assert len(scripted.asked) == len(catalogue) - 2
    assert not {"Alien", "Aliens"} & set(scripted.asked)


def test_a_keyword_is_no_description(catalogue: dict[str, Title]) -> None:
    keyword = Tag.objects.create(name="ship", group="keyword")
    TitleTag.objects.create(title=catalogue["Alien"], tag=keyword)
    scripted = Scripted(SHIP, TENSE)

    suggest_for_queue(scripted)

    assert pending(catalogue["Alien"]) == {"tense"}


def test_faint_terms_and_known_notes_are_left_out(catalogue: dict[str, Title]) -> None:
    alien = catalogue["Alien"]
    Title.objects.filter(pk=alien.pk).update(content_notes={"gore": 1})

    rare = Proposal("keyword", "corridor", 1, 0.03)
    witty = Proposal("term", "witty", 1, 0.3)
    write({alien.pk: [TENSE, witty, FAINT, GORE, rare]}, "scripted-1")

    assert pending(alien) == {"tense", "witty"}


def test_of_a_title_that_is_hard_to_read_the_surest_terms_are_said(
    catalogue: dict[str, Title],
) -> None:
    faint = [Proposal("term", name, 1, 0.05) for name in ("funny", "sad", "dark")]

    write({catalogue["Alien"].pk: faint}, "scripted-1")

    assert pending(catalogue["Alien"]) == {"funny", "sad"}


def test_a_decision_is_not_asked_again_by_another_version(
    catalogue: dict[str, Title], editor: User
) -> None:
    alien = catalogue["Alien"]
    write({alien.pk: [TENSE, GORE, SHIP]}, "scripted-1")
    accept([Suggestion.objects.get(value="gore").pk], editor)
    reject([Suggestion.objects.get(value="tense").pk], editor)

    assert write({alien.pk: [TENSE, GORE, SHIP]}, "scripted-2") == 1

    assert pending(alien) == {"ship"}
    statuses = dict(Suggestion.objects.values_list("value", "status"))
    assert statuses == {"tense": "rejected", "gore": "accepted", "ship": "pending"}


def test_a_newer_version_replaces_what_waits(catalogue: dict[str, Title]) -> None:
    alien = catalogue["Alien"]
    write({alien.pk: [TENSE, SHIP]}, "scripted-1")

    write({alien.pk: [GORE]}, "scripted-2")

    assert pending(alien) == {"gore"}
    assert not Suggestion.objects.filter(model_version="scripted-1").exists()


def test_a_title_deleted_meanwhile_is_left_out(catalogue: dict[str, Title]) -> None:
    assert write({10**9: [TENSE]}, "scripted-1") == 0


def test_no_answer_uses_a_suggestion_before_it_is_accepted(
    catalogue: dict[str, Title], editor: User
) -> None:
    alien = catalogue["Alien"]
    before = title_document(load_facts([alien.pk])[alien.pk])
    write({alien.pk: [TENSE, GORE, SHIP]}, "scripted-1")

    alien.refresh_from_db()
    assert title_document(load_facts([alien.pk])[alien.pk]) == before
    assert load_vibes([alien.pk]) == {}
    assert alien.content_notes == {}

    accept(Suggestion.objects.values_list("pk", flat=True), editor)
    assert load_vibes([alien.pk]) == {alien.pk: {"tense": 3}}
    assert "tense" in title_document(load_facts([alien.pk])[alien.pk])


# --- references in the catalogue ---


def tag(title: Title, *names: str, provenance: str = "import") -> None:
    for name in names:
        found, _ = Tag.objects.get_or_create(name=name, defaults={"group": "mood"})
        TitleTag.objects.create(title=title, tag=found, weight=3, provenance=provenance)


def test_described_titles_are_read_with_facts_notes_and_keywords(
    catalogue: dict[str, Title],
) -> None:
    alien = catalogue["Alien"]
    tag(alien, "tense", "dark", "claustrophobic")
    keyword = Tag.objects.create(name="space freighter")
    TitleTag.objects.create(title=alien, tag=keyword, provenance="import")
    Title.objects.filter(pk=alien.pk).update(content_notes={"gore": 2})

    (one,) = load_described()

    assert one.facts.name == "Alien"
    assert one.facts.genres == ("Horror", "Science Fiction")
    assert one.description.terms == {"tense": 3, "dark": 3, "claustrophobic": 3}
    assert one.description.notes == {"gore": 2}
    assert one.description.keywords == ("space freighter",)


def test_a_models_own_words_and_single_clicks_teach_nothing(
    catalogue: dict[str, Title],
) -> None:
    tag(catalogue["Alien"], "tense", "dark", "claustrophobic", provenance="model")
    tag(catalogue["Aliens"], "tense", "dark", provenance="editor")

    assert load_described() == []


# --- commands ---


def test_the_command_says_what_is_missing(catalogue: dict[str, Title]) -> None:
    with pytest.raises(CommandError, match=f"{FEWEST} are needed"):
        call_command("suggest_metadata")


@pytest.mark.parametrize("limit", [0, -3])
def test_the_command_refuses_no_titles(limit: int) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        call_command("suggest_metadata", limit=limit)


def many_described(n: int) -> None:
    terms = ["tense", "dark", "funny", "sad", "weird", "noir"]
    for number in range(n):
        title = Title.objects.create(name=f"Described {number}", year=1950 + number % 60)
        tag(title, *(terms[(number + step) % len(terms)] for step in range(3)))


def test_the_command_suggests_for_as_many_titles_as_it_is_told(
    catalogue: dict[str, Title],
) -> None:
    many_described(FEWEST)
    out = StringIO()

    call_command("suggest_metadata", limit=3, stdout=out, stderr=StringIO())

    read: Any = Suggestion.objects.values_list("title__name", flat=True).distinct()
    assert len(set(read)) == 3
    assert not any(name.startswith("Described") for name in read)
    assert "for 3 titles" in out.getvalue()
    assert out.getvalue().startswith("mixture-1, ontology")
