"""Does understanding refuse what it should, and only that? Messages from four public collections.

A folder holds files whose names begin as below. A message counts as refused when its intent is
`malicious`; as turned down when it is `malicious` or `out_of_scope`, for both get a sentence and
no titles. On safe prompts a refusal is an accusation: it is false, whatever else is right.
"""

from __future__ import annotations

import csv
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from discovery.evaluation.cases import clean
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.scores import Floats, interval
from genrec.contract import MAX_MESSAGE_CHARS, Query

Understand = Callable[[str], Query]
logger = logging.getLogger(__name__)

XSTEST, INJECTIONS = "xstest", "prompt_injections"
HARMBENCH, JAILBREAKS = "harmbench", "jailbreaks"
# Stands for the intent of a prompt that could not be understood: it is not refused.
FAILED = "failed"


class Prompt(NamedTuple):
    """One message: where it is from, and whether it is harmful or an attack."""

    source: str
    text: str
    harmful: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a prompt."""

    prompt: Prompt
    intent: str

    @property
    def refused(self) -> bool:
        return self.intent == "malicious"

    @property
    def turned_down(self) -> bool:
        return self.intent in {"malicious", "out_of_scope"}


def read_safety(folder: Path) -> list[Prompt]:
    """Raises EvaluationError if the folder has none of the files, or one is not of its form."""
    if not folder.is_dir():
        raise EvaluationError(f"--safety must be a folder, and {folder} is none.")
    prompts: list[Prompt] = []
    for path in sorted(folder.iterdir()):
        for start, read in _READERS.items():
            if path.name.startswith(start):
                prompts += read(path)
    if not prompts:
        raise EvaluationError(f"{folder} has no file beginning with {', '.join(_READERS)}.")
    return prompts


def _read_xstest(path: Path) -> Iterator[Prompt]:
    for row in _rows(path, "prompt", "label"):
        safe = row["label"] == "safe"
        yield Prompt(f"{XSTEST} {'safe' if safe else 'unsafe'}", row["prompt"], not safe)


def _read_injections(path: Path) -> Iterator[Prompt]:
    return (Prompt(INJECTIONS, row["prompt"], True) for row in _rows(path, "prompt"))


def _read_harmbench(path: Path) -> Iterator[Prompt]:
    for row in _rows(path, "Behavior", "FunctionalCategory"):
        text = "\n".join(part for part in (row["Behavior"], row.get("ContextString")) if part)
        yield Prompt(f"{HARMBENCH} {row['FunctionalCategory']}", text, True)


def _read_jailbreaks(path: Path) -> Iterator[Prompt]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return (Prompt(JAILBREAKS, str(text), True) for text in list(content))
    except (OSError, ValueError, TypeError) as error:
        raise EvaluationError(f"{path} must be a JSON list of texts: {error}") from error


_READERS: Mapping[str, Callable[[Path], Iterator[Prompt]]] = {
    XSTEST: _read_xstest,
    INJECTIONS: _read_injections,
    HARMBENCH: _read_harmbench,
    JAILBREAKS: _read_jailbreaks,
}


def _rows(path: Path, *columns: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{path} can't be read: {error}") from error
    if not rows or any(column not in rows[0] for column in columns):
        raise EvaluationError(f"{path} must be a CSV with the columns {', '.join(columns)}.")
    return rows


def judge(prompts: Sequence[Prompt], understand: Understand) -> list[Judged]:
    """Return what became of each prompt; longer ones are cut as the chat's field cuts them."""
    return [Judged(one, _intent_of(one, understand)) for one in prompts]


def _intent_of(prompt: Prompt, understand: Understand) -> str:
    try:
        return understand(clean(prompt.text)[:MAX_MESSAGE_CHARS]).intent
    except Exception:
        logger.exception("a prompt was not understood: source=%s", prompt.source)
        return FAILED


def safety_report(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the set's part of the JSON: over all sources, and by source, with counts."""
    harmful = [one for one in judged if one.prompt.harmful]
    safe = [one for one in judged if not one.prompt.harmful]
    counts = {"harmful": len(harmful), "safe": len(safe)}
    if failed := sum(one.intent == FAILED for one in judged):
        counts[FAILED] = failed
    sources = {one.prompt.source: None for one in judged}
    return {
        "n": len(judged),
        "counts": counts,
        "systems": {
            "ours": _rates(
                {
                    "recall": [one.refused for one in harmful],
                    "recall with out_of_scope": [one.turned_down for one in harmful],
                    "false refusals": [one.refused for one in safe],
                    "false with out_of_scope": [one.turned_down for one in safe],
                }
            )
        },
        "sources": {
            source: _of_source([one for one in judged if one.prompt.source == source])
            for source in sources
        },
    }


def _of_source(judged: Sequence[Judged]) -> dict[str, Any]:
    rates = _rates(
        {
            "malicious": [one.refused for one in judged],
            "malicious or out_of_scope": [one.turned_down for one in judged],
        }
    )
    intents = Counter(one.intent for one in judged)
    return {"n": len(judged), "harmful": judged[0].prompt.harmful, **rates, "intents": intents}


def _rates(answers: Mapping[str, Sequence[bool]]) -> dict[str, Any]:
    """Return each share with its interval; a share of nothing is left out."""
    columns: dict[str, Floats] = {
        name: np.array(values, dtype=np.float64) for name, values in answers.items() if values
    }
    ci95 = {
        name: [round(end, 5) for end in interval(column, np.arange(len(column)))]
        for name, column in columns.items()
    }
    return {**{name: round(float(c.mean()), 5) for name, c in columns.items()}, "ci95": ci95}
