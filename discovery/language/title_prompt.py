"""The prompt for a question about one title, answered from its row in the catalogue or not at all.

The row is all that may be said: what the text head remembers of a title is often wrong. Training
examples (`title_examples`) are built with this function; the application does not call it yet.
"""

from __future__ import annotations

from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate

from catalog.facts import TitleFacts

NOT_KNOWN = "Not known."
MAX_QUESTION_CHARS = 200
MAX_NAME_CHARS = 120

# A row is read for every question, and on a CPU every token of it counts.
MAX_DIRECTORS = 2
MAX_CAST = 3
MAX_GENRES = 3
MAX_PLACES = 2
MAX_TERMS = 3

_PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", "Answer from the facts alone. If they don't say, answer: Not known."),
        ("human", "{facts}\nQuestion: {question}"),
    ]
)


def title_messages(facts: TitleFacts, question: str) -> list[BaseMessage]:
    """Return the prompt that asks a question about a title."""
    asked = " ".join(question.split())[:MAX_QUESTION_CHARS]
    return _PROMPT.format_messages(facts="\n".join(fact_lines(facts)), question=asked)


def fact_lines(facts: TitleFacts) -> list[str]:
    """Return the row as lines "Label: value"; what isn't known has no line."""
    made_by = "Creator" if facts.kind == "series" else "Director"
    values = (
        ("Title", facts.name[:MAX_NAME_CHARS]),
        ("Kind", facts.kind),
        ("Year", str(facts.year or "")),
        (made_by, ", ".join(facts.directors[:MAX_DIRECTORS])),
        ("Cast", ", ".join(facts.cast[:MAX_CAST])),
        ("Genre", ", ".join(facts.genres[:MAX_GENRES])),
        ("Country", ", ".join(facts.countries[:MAX_PLACES])),
        ("Language", ", ".join(facts.languages[:MAX_PLACES])),
        ("Runtime", f"{facts.runtime_min} minutes" if facts.runtime_min else ""),
        ("Words", ", ".join(facts.tags[:MAX_TERMS])),
    )
    # One line each: a line break in a name can't forge another fact.
    return [f"{label}: {' '.join(value.split())}" for label, value in values if value]
