"""The taste summary: its prompt, and what the text head may say of a viewer.

A summary speaks of films, never of the person. Terms that touch health, religion, politics,
sexuality or descent are left out of the prompt, so that nothing can be concluded from them, and a
summary that says such a word all the same is refused. The text head is trained on this prompt;
the application does not send it yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate

from catalog.facts import TitleFacts
from catalog.ontology import load_ontology
from catalog.text import fold
from discovery.reasons.genre_words import genre_phrase
from discovery.understanding.lexicon import ALL_GENRES

# The newest of each kind: what somebody liked long ago says less, and every title is read.
MAX_LIKED = 6
MAX_DISLIKED = 3
MAX_TERMS = 3
MAX_TASTE_CHARS = 240

# Terms of the ontology from which nobody should conclude anything about a viewer.
SENSITIVE_TERMS = frozenset(
    {
        "addiction", "american south", "class divide", "cults", "eastern bloc", "faith",
        "forbidden love", "grief", "hospital or asylum", "illness", "immigrants", "mental health",
        "money", "outraging", "politics", "possession", "queer love", "racism", "sexy",
        "women at the centre", "breakup", "growing old", "provocative",
    }
)  # fmt: skip
# Words (their beginnings, where they end in *) that no summary may hold, unless a title does.
_SENSITIVE_WORDS = (
    "gay", "lesbian", "queer", "bisexual", "trans", "transgender", "lgbt*", "sexual*", "sex",
    "sexy", "erotic", "religio*", "christian*", "muslim*", "jew*", "hindu*", "buddhis*",
    "atheis*", "faith", "church", "believer*", "politic*", "liberal*", "conservative*",
    "left-wing", "right-wing", "communis*", "socialis*", "feminis*", "immigra*", "refugee*",
    "race", "racial*", "racis*", "ethnic*", "black", "white", "asian", "african", "latino",
    "latina", "depress*", "anxiety", "anxious", "autis*", "adhd", "illness*", "ill", "sick",
    "disab*", "addict*", "alcohol*", "therapy", "trauma*", "grie*", "divorce*", "pregnan*",
    "disease", "diagnos*", "health*", "rich", "poor", "gender*", "masculine", "feminine",
    "male", "female",
)  # fmt: skip
_SENSITIVE = re.compile(
    r"\b(?:" + "|".join(word.replace("*", r"\w*") for word in _SENSITIVE_WORDS) + r")\b"
)

_PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", "Say in one or two short sentences what this viewer likes to watch."),
        ("human", "{titles}"),
    ]
)


def taste_messages(
    liked: Sequence[TitleFacts], disliked: Sequence[TitleFacts]
) -> list[BaseMessage]:
    """Return the prompt for a viewer's titles, the newest last, as a history has them."""
    return _PROMPT.format_messages(titles=taste_lines(liked, disliked))


def taste_lines(liked: Sequence[TitleFacts], disliked: Sequence[TitleFacts]) -> str:
    """Return a line a title: "+ Heat: crime drama, gritty, tense"; "-" for a disliked one."""
    signed = [
        *(("+", t) for t in liked[-MAX_LIKED:]),
        *(("-", t) for t in disliked[-MAX_DISLIKED:]),
    ]
    return "\n".join(
        f"{sign} {title.name}: {', '.join((what_kind(title), *shown_terms(title)))}"
        for sign, title in signed
    )


def what_kind(title: TitleFacts) -> str:
    """Return "crime drama": the first two genres, as a phrase."""
    return genre_phrase(title.genres, title.kind)


def shown_terms(title: TitleFacts) -> list[str]:
    """Return the title's strongest terms that may stand in the prompt."""
    known = load_ontology().terms
    shown = [tag for tag in title.tags if tag in known and tag not in SENSITIVE_TERMS]
    return shown[:MAX_TERMS]


def check_taste(
    summary: str, liked: Sequence[TitleFacts], disliked: Sequence[TitleFacts] = ()
) -> str:
    """Say what is wrong with a summary; empty if it may be shown.

    Every term of the ontology and every genre in it must be in the prompt, every name a title's.
    """
    titles = [*liked[-MAX_LIKED:], *disliked[-MAX_DISLIKED:]]
    if not 20 <= len(summary) <= MAX_TASTE_CHARS or summary[-1] not in ".!?":
        return "has no fit length or was cut off"
    rest = _without_names(summary, titles)
    if word := sensitive_word(rest):
        return f"says {word!r} of a viewer"
    if names := re.findall(r"(?<![.!?] )(?<!^)\b[A-Z]\w+", rest):
        return f"names {names[0]!r}"
    backed = f" {fold(taste_lines(liked, disliked))} "
    for term in _claims(rest):
        if f" {fold(term)} " not in backed and not _shares_genre(term, titles):
            return f"nothing backs {term!r}"
    return ""


def sensitive_word(text: str) -> str:
    """Return the first word that says something private of a person, or ""."""
    # Terms of style that hold such a word, and say nothing of a person.
    plain = re.sub(r"black comed(?:y|ies)|black-and-white", " ", text.lower())
    match = _SENSITIVE.search(plain)
    return match[0] if match else ""


def _without_names(summary: str, titles: Iterable[TitleFacts]) -> str:
    for name in sorted((title.name for title in titles), key=len, reverse=True):
        summary = summary.replace(name, "it")
    return summary


def _claims(text: str) -> Iterator[str]:
    """Yield the terms and genres that a text says, a longer one before those inside it."""
    left = f" {fold(text)} "
    forms = {fold(name): name for name in load_ontology().terms}
    forms |= {word: word for word in ALL_GENRES}
    for form in sorted(forms, key=len, reverse=True):
        if f" {form} " in left:
            left = left.replace(f" {form} ", "  ")
            yield forms[form]


def _shares_genre(word: str, titles: Sequence[TitleFacts]) -> bool:
    genres = set(ALL_GENRES.get(fold(word), ()))
    return any(genres & set(title.genres) for title in titles)
