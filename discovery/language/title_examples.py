"""Training examples about titles: answers from a row, and knowledge without one.

Made of the starter metadata, which is ours. What is held out are titles: no question about them
is trained on, in any wording.
"""

from __future__ import annotations

from collections.abc import Iterator

from discovery.language.record import LanguageExample
from discovery.language.title_questions import title_questions
from discovery.language.title_recall import title_recall
from discovery.language.title_rows import rows_of_side

N_TRAINING = 1500
N_HELD_OUT = 250


def title_examples() -> Iterator[LanguageExample]:
    """Yield the examples of both tasks, always the same ones.

    Raises:
        catalog.starter.records.StarterError: the starter metadata can't be read.
    """
    for held_out, n in ((False, N_TRAINING), (True, N_HELD_OUT)):
        rows = rows_of_side(held_out)
        yield from title_questions(rows, n, held_out=held_out)
        yield from title_recall(rows, n, held_out=held_out)
