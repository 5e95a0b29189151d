"""What the classifier sees of a message: its meaning, the turns before it, and its wording.

Notation: N messages, D = CONTENT_DIM, H = N_HASHED, F = len(FLAGS).

    [ this message (D) | turns before, decayed (D) | hashed words (H) | flags (F) ]

The turns before it are a sliding window: the last one counts most, each older one half as much.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from genrec.contract import CONTENT_DIM

Matrix = npt.NDArray[np.float32]

FEATURES_VERSION = 1
WINDOW = 4
DECAY = 0.5
N_HASHED = 2048
HASHED_WEIGHT = 1.0
FLAG_WEIGHT = 0.5
# What is embedded of a long message: how it opens, and how it ends. Orders hide at either.
HEAD_CHARS = 450
TAIL_CHARS = 150
MAX_HASHED_WORDS = 120

_WORD = re.compile(r"[\w']+")
_PATTERNS: Mapping[str, str] = {
    "question": r"\?",
    "film_word": r"\b(?:films?|movies?|flicks?|cinema|series|shows?|tv|telly|sitcoms?|"
    r"documentar(?:y|ies)|episodes?|watch(?:ing|ed)?)\b",
    "genre_word": r"\b(?:comed(?:y|ies)|thrillers?|horror|romcoms?|romance|westerns?|noir|"
    r"sci-?fi|science fiction|dramas?|musicals?|anim(?:e|ated|ation)|myster(?:y|ies)|crime|"
    r"war|action|adventure|fantasy)\b",
    "opens_patch": r"^\W*(?:but|and|also|only|just|not?|without|less|more|make it|instead|"
    r"what about|how about|older|newer|shorter|longer|maybe|except|actually|ok)\b",
    "opens_wish": r"^\W*(?:i(?:'m| am|'d| want| need)|something|anything|show me|give me|find|"
    r"recommend|suggest|looking for|an?|some|any)\b",
    "opens_question": r"^\W*(?:who|what|when|which|where|is|are|does|do|did|how|why|can|has|"
    r"would)\b",
    "card_word": r"\b(?:first|second|third|fourth|last|number (?:\d|one|two|three))\b",
    "opinion_word": r"\b(?:lov(?:e|ed)|hat(?:e|ed)|liked?|enjoyed|boring|bored|brilliant|awful|"
    r"seen|watched|finished|favou?rite|masterpiece|rubbish|overrated)\b",
    "me_word": r"\b(?:my|me|mine)\b",
    "you_are": r"\byou(?:'re| are| will| must)\b",
    "order_word": r"\b(?:ignore|disregard|forget|pretend|act as|role ?play|simulate|instructions?|"
    r"prompts?|rules?|system|unrestricted|filters?|policy|policies|character)\b",
    "how_to": r"\b(?:how (?:do|can|to|would)|steps?|guide|instructions? for|recipe|write|create|"
    r"explain|describe|develop|generate|compose|draft)\b",
    "code_like": r"[{}<>;|\[\]]|--|\.\./",
    "year": r"\b(?:1[89]|20)\d\d\b|\b\d0'?s\b",
    "minutes": r"\b(?:minutes?|mins?|hours?)\b",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
_COUNTED: Mapping[str, Callable[[str], float]] = {
    "length": lambda text: math.log1p(len(text.split())) / 5,
    "long": lambda text: float(len(text) > 300),
    "lines": lambda text: float("\n" in text.strip()),
}
FLAGS = (*_PATTERNS, *_COUNTED, "has_earlier", "like_the_last")
WIDTH = 2 * CONTENT_DIM + N_HASHED + len(FLAGS)

Embed = Callable[[Sequence[str]], Matrix]


def feature_rows(
    messages: Sequence[tuple[Sequence[str], str]], embed: Embed, *, window: int = WINDOW
) -> Matrix:
    """Return (N, WIDTH) float32 for (earlier turns, message) pairs; oldest turn first."""
    return np.stack(
        [feature_row(text, earlier, embed, window=window) for earlier, text in messages]
    )


def feature_row(text: str, earlier: Sequence[str], embed: Embed, *, window: int = WINDOW) -> Matrix:
    """Return (WIDTH,) float32. `embed` is asked once, for this message and its window."""
    read = list(earlier)[-window:] if window else []
    vectors = embed([shortened(text), *(shortened(turn) for turn in read)])
    before = decayed(vectors[1:])
    similar = float(vectors[0] @ vectors[-1]) if read else 0.0
    flags = [*flags_of(text), float(bool(read)), similar]
    return np.concatenate(
        [
            vectors[0],
            before,
            HASHED_WEIGHT * hashed_words(text),
            FLAG_WEIGHT * np.asarray(flags, dtype=np.float32),
        ]
    ).astype(np.float32)


def decayed(turns: Matrix) -> Matrix:
    """Return the (D,) weighted mean of (T, D) turns, oldest first; zeros without one."""
    if not len(turns):
        return np.zeros(CONTENT_DIM, dtype=np.float32)
    weights = DECAY ** np.arange(len(turns) - 1, -1, -1, dtype=np.float32)
    mean: Matrix = (weights @ turns / weights.sum()).astype(np.float32)
    return mean


def shortened(text: str) -> str:
    """Return what is embedded of a message: all of a short one, both ends of a long one."""
    text = " ".join(text.split())
    if len(text) <= HEAD_CHARS + TAIL_CHARS:
        return text
    return f"{text[:HEAD_CHARS]} ... {text[-TAIL_CHARS:]}"


def flags_of(text: str) -> list[float]:
    """Return the flags that a message's own wording sets, in the order of `FLAGS`."""
    low = text.lower()
    found = [float(bool(pattern.search(low))) for pattern in _COMPILED.values()]
    return [*found, *(count(text) for count in _COUNTED.values())]


def hashed_words(text: str) -> Matrix:
    """Return (H,) float32 of length 1: words, pairs of words, and pieces of words, hashed."""
    counts = np.zeros(N_HASHED, dtype=np.float32)
    for piece in _pieces(text.lower()):
        counts[zlib.crc32(piece.encode()) % N_HASHED] += 1
    counts = np.sqrt(counts)
    norm = float(np.linalg.norm(counts))
    return counts / norm if norm else counts


def _pieces(low: str) -> Iterator[str]:
    words = _WORD.findall(low)[:MAX_HASHED_WORDS]
    previous = "^"
    for word in words:
        yield word
        yield f"{previous} {word}"
        previous = word
        padded = f"<{word}>"
        yield from (padded[start : start + 4] for start in range(len(padded) - 3))
    yield f"{previous} $"
