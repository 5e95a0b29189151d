"""All language examples in one file, `language.jsonl`, checked before anything is written.

The examples are built of files in this repository and of the default catalogue's package, so no
database is read, and the same seed gives the same bytes.

The application asks for parses and reasons. The other tasks are prepared for: the text head learns
them, and nothing sends their prompts yet.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from discovery.language.clarify_examples import clarify_examples
from discovery.language.history_examples import history_examples
from discovery.language.parse_examples import parse_examples
from discovery.language.reason_examples import reason_examples
from discovery.language.record import LanguageExample
from discovery.language.taste_examples import taste_examples
from discovery.language.title_examples import title_examples

FILE_NAME = "language.jsonl"
TASKS = (
    "parse", "reason", "taste", "clarify", "title_answer", "metadata_qa", "history_answer",
)  # fmt: skip


class LeakError(ValueError):
    """The examples are not fit to train on; the message names the first that is not."""


def all_examples(*, seed: int = 0) -> list[LanguageExample]:
    """Return the examples of every task, in order of task and seed sentence.

    Args:
        seed: draws the titles, viewers and frames of reasons, tastes and questions.

    Raises:
        LeakError: a held-out prompt is trained on, an id is there twice, or a task is empty.
    """
    examples = [
        *parse_examples(),
        *reason_examples(seed=seed),
        *taste_examples(seed=seed),
        *clarify_examples(seed=seed),
        *title_examples(),
        *history_examples(seed=seed),
    ]
    check_examples(examples)
    return examples


def write_examples(examples: Iterable[LanguageExample], folder: Path) -> Path:
    """Write one JSON object a line; the folder is made. Returns the file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        lines.writelines(f"{json.dumps(one, ensure_ascii=False)}\n" for one in examples)
    return path


def count_examples(examples: Iterable[LanguageExample]) -> Counter[tuple[str, bool]]:
    """Return how many examples each task has on each side; True is held out."""
    return Counter((one["task"], one["held_out"]) for one in examples)


def check_examples(examples: Sequence[LanguageExample]) -> None:
    """Raises LeakError if what is held out is trained on in any form, or something is missing."""
    ids = Counter(one["id"] for one in examples)
    if doubled := [name for name, count in ids.items() if count > 1]:
        raise LeakError(f"{doubled[0]} is there twice: ids name an example for good.")
    trained = {prompt_of(one): one["id"] for one in examples if not one["held_out"]}
    for one in examples:
        if one["held_out"] and prompt_of(one) in trained:
            raise LeakError(
                f"{one['id']} is held out, and {trained[prompt_of(one)]} asks the same."
            )
    counts = count_examples(examples)
    for task in TASKS:
        for held_out in (False, True):
            if not counts[task, held_out]:
                raise LeakError(f"{task} has no examples that are {_side(held_out)}.")


def prompt_of(example: LanguageExample) -> str:
    """Return everything that the model reads, in any capitals: a prompt is another by its words."""
    turns = [f"{message['role']}: {message['content']}" for message in example["messages"]]
    return " ".join("\n".join(turns).lower().split())


def summary(examples: Sequence[LanguageExample]) -> str:
    """Return a table of the counts."""
    counts = count_examples(examples)
    rows = [f"{'task':<14}{'training':>10}{'held out':>10}"]
    rows += [f"{t:<14}{counts[t, False]:>10}{counts[t, True]:>10}" for t in TASKS]
    sums = [sum(n for (_, held), n in counts.items() if held is side) for side in (False, True)]
    return "\n".join([*rows, f"{'all':<14}{sums[0]:>10}{sums[1]:>10}"])


def _side(held_out: bool) -> str:
    return "held out" if held_out else "for training"
