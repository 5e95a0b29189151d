"""Fit words into a box without knowing the font: by estimated widths, on the safe side.

A viewer's browser picks the font, so widths are estimated by class of letter, a little wide. A
line that comes near the edge is also held to its estimate, so that no font makes it overflow.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_NARROW = frozenset("iljtfrI.,:;'!|()[]/ ")
_WIDE = frozenset("mwMW@%&—")
NARROW_EM, LOWER_EM, UPPER_EM, WIDE_EM, FULL_EM = 0.36, 0.57, 0.70, 0.92, 1.04
ELLIPSIS = "…"
# Letters that join the one before them: never the start of a line.
_JOINING = frozenset({"Mn", "Mc", "Me", "Cf"})
ZERO_WIDTH_JOINER = "\u200d"
_NO_SPACE_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclass(frozen=True, slots=True)
class Setting:
    """Lines of text at one size, in SVG units."""

    lines: tuple[str, ...]
    size: float
    tracking: float = 0.0

    def width(self, line: str) -> float:
        """Return the estimated width of a line in SVG units."""
        return text_width(line, self.tracking) * self.size


def text_width(text: str, tracking: float = 0.0) -> float:
    """Return the estimated width in em, with `tracking` em after each letter that has a width."""
    widths = list(map(_letter_width, text))
    return sum(widths) + tracking * sum(width > 0 for width in widths)


def fit_text(
    text: str, *, width: float, sizes: Sequence[float], max_lines: int, max_height: float,
    leading: float = 1.08, tracking: float = 0.0,
) -> Setting:  # fmt: skip
    """Set `text` as large as fits; at the smallest size, cut it with an ellipsis.

    A word is broken only where no size fits it whole, and only if the text still fits.

    Args:
        sizes: font sizes to try, largest first.
        leading: line height over font size.
        tracking: what is added to each letter, in em.
    """
    clean = " ".join(text.split())
    for size in sizes:
        lines = wrap_words(clean, width / size, tracking)
        fits = len(lines) <= max_lines and len(lines) * size * leading <= max_height
        if fits and all(text_width(line, tracking) * size <= width for line in lines):
            return Setting(tuple(lines), size, tracking)
    size = sizes[-1]
    room = max(1, min(max_lines, int(max_height / (size * leading))))
    lines = wrap_letters(clean, width / size, tracking)
    return Setting(tuple(cut_lines(lines, room, width / size, tracking)), size, tracking)


def wrap_words(text: str, width_em: float, tracking: float = 0.0) -> list[str]:
    """Break between words, greedily; scripts without spaces break between letters."""
    lines: list[str] = []
    for chunk in _breakable(text):
        joined = (lines[-1] + chunk) if lines else chunk
        if lines and text_width(joined.rstrip(), tracking) <= width_em:
            lines[-1] = joined
        else:
            lines.append(chunk)
    return [line.strip() for line in lines if line.strip()]


def wrap_letters(text: str, width_em: float, tracking: float = 0.0) -> list[str]:
    """Break between words, and inside the words that are wider than a line."""
    lines: list[str] = []
    for line in wrap_words(text, width_em, tracking):
        current = ""
        for cluster in _clusters(line):
            if current and text_width(current + cluster, tracking) > width_em:
                lines.append(current)
                current = ""
            current += cluster
        lines.append(current)
    return lines


def cut_lines(lines: list[str], room: int, width_em: float, tracking: float = 0.0) -> list[str]:
    """Return at most `room` lines; the last ends with an ellipsis if any was cut."""
    if len(lines) <= room:
        return lines
    clusters = _clusters(lines[room - 1])
    while clusters and text_width("".join(clusters) + ELLIPSIS, tracking) > width_em:
        clusters.pop()
    return [*lines[: room - 1], "".join(clusters).rstrip() + ELLIPSIS]


def _breakable(text: str) -> list[str]:
    """Split into chunks with a break allowed after each: words with their space, or letters."""
    chunks = [""]
    for cluster in _clusters(text):
        chunks[-1] += cluster
        if cluster in " -\u2013" or _is_spaceless(cluster):
            chunks.append("")
    return [chunk for chunk in chunks if chunk]


def _clusters(text: str) -> list[str]:
    """Split into letters with all that joins them."""
    clusters: list[str] = []
    for letter in text:
        joins = unicodedata.category(letter) in _JOINING
        if clusters and (joins or clusters[-1].endswith(ZERO_WIDTH_JOINER)):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters


def _is_spaceless(cluster: str) -> bool:
    return unicodedata.name(cluster[0], "").startswith(_NO_SPACE_SCRIPTS)


def _letter_width(letter: str) -> float:
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return FULL_EM
    if letter in _NARROW:
        return NARROW_EM
    if letter in _WIDE:
        return WIDE_EM
    if letter.isupper() or letter.isdigit():
        return UPPER_EM
    # Scripts that we have no measure of may be wider than Latin.
    return LOWER_EM if ord(letter) < 0x0500 else WIDE_EM
