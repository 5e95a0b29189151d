"""What is said around a slate: notes, relaxations when little is left, starters for a greeting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from discovery.answers.counting import UNKNOWN, Counted
from discovery.genrec_client import ServerCondition
from discovery.retrieval.eligibility import Constraint
from discovery.types import Relaxation
from discovery.wording import listed
from genrec.contract import Intent, Query

MAX_RELAXATIONS = 4
STARTERS = (
    "Something like Alien but funnier, under two hours, nothing before 1980",
    "A feel-good comedy from the 90s",
    "A tense thriller, no horror, under 100 minutes",
    "Surprise me",
)
NOTHING_READ = (
    "I couldn't make anything of that. Say in English what you are in the mood for: a film to be "
    "like, a genre, a length, a decade, or anything you don't want."
)
_NOTES_BY_CONDITION: Mapping[ServerCondition, str] = {
    "warming_up": "GenRec is still warming up, so plain search chose and ordered these.",
    "no_rows": "GenRec is still loading the catalogue, so plain search chose and ordered these.",
    "down": "GenRec isn't answering, so plain search chose and ordered these.",
    "refused": "GenRec refused the question, so plain search chose and ordered these.",
    "ready": "GenRec was too slow this time, so plain search chose and ordered these.",
}
_NOTES_BY_INTENT: Mapping[str, str] = {
    "chitchat": "Hello! Tell me what you are in the mood for: a film to be like, a genre, "
    "a length, a decade, or anything you don't want.",
    "out_of_scope": "I only find films and series. Tell me what you feel like watching.",
    "malicious": "I can't help with that, but I'd gladly find you something to watch.",
}
# Field -> what it means that its facts are unknown.
_UNKNOWN_FACTS = {
    "year_min": "year",
    "year_max": "year",
    "runtime_min": "runtime",
    "runtime_max": "runtime",
    "runtime_total": "runtime",
    "genres_all": "genre",
    "genres_any": "genre",
    "genres_none": "genre",
    "languages": "language",
    "countries": "country",
    "people_required": "cast and crew",
    "people_none": "cast and crew",
    "age_max": "age rating",
    "availability": "availability",
}


def note_without_search(intent: Intent) -> str | None:
    """Return what to say to a message that is no wish; None for one that is."""
    return _NOTES_BY_INTENT.get(intent)


def note_without_genrec(condition: ServerCondition) -> str:
    return _NOTES_BY_CONDITION[condition]


def note_of_counts(query: Query, counted: Counted, n_picks: int, count: int) -> list[str]:
    """Say how many titles there are if there are too few, and what only unknown facts keep out."""
    notes = []
    # Who pages on has seen the others.
    more = "more " if counted.left_out.get("shown") else ""
    if n_picks == 0:
        notes.append(f"Nothing {'else' if more else 'in the catalogue'} keeps every wish.")
    elif n_picks < count:
        notes.append(
            f"Only {n_picks} {more}{'title keeps' if n_picks == 1 else 'titles keep'} every wish."
        )
    unknown = counted.left_out.get(UNKNOWN, 0)
    if unknown and not query.allow_unknown and (n_picks < count):
        facts = unknown_facts(counted.left_out)
        were = "was" if unknown == 1 else "were"
        notes.append(
            f"{unknown:,} more {'title' if unknown == 1 else 'titles'} {were} left out only "
            f"because {'its' if unknown == 1 else 'their'} {facts} isn't known."
        )
    return notes


def unknown_facts(left_out: Mapping[str, int]) -> str:
    """Name the facts whose absence keeps titles out: "runtime or gore"."""
    names = [
        _fact_name(reason.removeprefix(f"{UNKNOWN}."))
        for reason in left_out
        if reason.startswith(f"{UNKNOWN}.")
    ]
    return listed(dict.fromkeys(names), last="or")


def relaxations_for(query: Query, counted: Counted) -> list[Relaxation]:
    """Offer what would bring more titles: unknown facts, or one wish less; best first."""
    offers = []
    if not query.allow_unknown:
        gains = counted.matching_without((), allow_unknown=True) - counted.matching
        label = f"Also show titles whose {unknown_facts(counted.left_out)} isn't known"
        if gains:
            relaxed = query.model_copy(update={"allow_unknown": True})
            offers.append(Relaxation(label, relaxed, gains))
    fields = dict.fromkeys(_field_of(constraint) for constraint in counted.constraints)
    dropped = [offer for field in fields if (offer := _without_field(query, counted, field))]
    dropped.sort(key=lambda offer: -offer.gains)
    return (offers + dropped)[:MAX_RELAXATIONS]


def _without_field(query: Query, counted: Counted, field: str) -> Relaxation | None:
    names = {c.name for c in counted.constraints if _field_of(c) == field}
    gains = counted.matching_without(names) - counted.matching
    if gains <= 0:
        return None
    default = Query.model_fields[field].get_default(call_default_factory=True)
    evidence = {name: words for name, words in query.evidence.items() if name != field}
    smaller = query.model_copy(update={field: default, "evidence": evidence})
    return Relaxation(_label_without(query, field), smaller, gains)


def _label_without(query: Query, field: str) -> str:
    match field:
        case "year_min":
            return f"Also from before {query.year_min}"
        case "year_max":
            return f"Also from after {query.year_max}"
        case "runtime_min":
            return f"Also shorter than {query.runtime_min} minutes"
        case "runtime_max":
            return f"Also longer than {query.runtime_max} minutes"
        case "runtime_total":
            return "However long it takes in all"
        case "genres_all" | "genres_any":
            return f"Not only {listed(map(str.lower, getattr(query, field)), last='or')}"
        case "genres_none":
            return f"Also {listed(map(str.lower, query.genres_none))}"
        case "people_required":
            return f"Also without {listed(person.text for person in query.people_required)}"
        case "people_none":
            return f"Also with {listed(person.text for person in query.people_none)}"
        case "countries":
            return f"From anywhere, not only {listed(query.countries, last='or')}"
        case "languages":
            return f"In any language, not only {listed(query.languages, last='or')}"
        case "age_max":
            return f"Also for older than {query.age_max}"
        case "content_max":
            return f"With any amount of {listed(query.content_max, last='or')}"
        case "kinds":
            return "Films and series"
        case "collections":
            several = len(query.collections) > 1
            return f"Also outside {'these collections' if several else 'this collection'}"
        case _:
            return f"Without the wish for {field.replace('_', ' ')}"


def _field_of(constraint: Constraint) -> str:
    return constraint.name.split(".")[0]


def _fact_name(constraint_name: str) -> str:
    if constraint_name.startswith("content_max."):
        note = constraint_name.removeprefix("content_max.")
        return {"scary": "scariness", "language": "strong language", "sex": "sexual content"}.get(
            note, f"amount of {note}"
        )
    return _UNKNOWN_FACTS.get(constraint_name, constraint_name)


def all_notes(*groups: Iterable[str]) -> tuple[str, ...]:
    """Return every note once, in order."""
    return tuple(dict.fromkeys(note for group in groups for note in group if note))
