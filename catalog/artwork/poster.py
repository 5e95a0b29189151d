"""Draw the poster of a title: 600 x 900, presentation attributes only.

No style element, no script and nothing fetched: it passes the strictest Content-Security-Policy,
also when opened by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from xml.sax.saxutils import escape

from catalog.artwork.looks import Look, look_of
from catalog.artwork.motifs import BOTTOM, HEIGHT, MOTIFS, WIDTH
from catalog.artwork.palette import Palette, make_palette, stable_seed
from catalog.artwork.scenes import SCENES
from catalog.artwork.signs import SIGNS
from catalog.artwork.typesetting import Setting, fit_text
from catalog.facts import TitleFacts

# Part of the ETag: raise it with every change of the drawing.
ARTWORK_VERSION = 2

MARGIN = 44
TEXT_WIDTH = WIDTH - 2 * MARGIN
TITLE_SIZES = (128, 108, 92, 80, 70, 62, 54, 47, 41, 36)
TITLE_LEADING = 1.06
TITLE_HEIGHT = 205
TITLE_BOTTOM = 790
# Words at the head: the first line hangs from here, the motif moves down to the lower edge.
HEAD_TOP = 62
MOTIF_DROP = HEIGHT - BOTTOM
# Where the ground of the words begins to be solid, and over how much the motif fades into it.
GROUND_TOP = 560
FADE = 130
HELD_FROM = 0.92
SMALL_SIZES = (27, 24, 21)
SMALL_STEP = 38
SANS = "Avenir Next, Helvetica Neue, Helvetica, Arial, Noto Sans, Noto Sans CJK JP, sans-serif"
NARROW = "Impact, Haettenschweiler, Oswald, Roboto Condensed, Arial Narrow, " + SANS
SERIF = "Georgia, Times New Roman, Noto Serif, Noto Serif CJK JP, serif"
ALL_MOTIFS = MOTIFS | SCENES | SIGNS


@dataclass(frozen=True, slots=True)
class Lettering:
    """How a title is set. `tracking` is what is added to each letter, in em."""

    family: str
    weight: int
    capitals: bool = False
    tracking: float = 0.0


LETTERS: Mapping[str, Lettering] = {
    "sans": Lettering(SANS, 800),
    "serif": Lettering(SERIF, 700),
    "caps": Lettering(NARROW, 900, capitals=True),
    "wide": Lettering(SANS, 500, capitals=True, tracking=0.1),
}


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One poster on its way: what it is of, its colours, and whether the words are at the head."""

    facts: TitleFacts
    look: Look
    palette: Palette
    at_head: bool


def draw_poster(facts: TitleFacts) -> str:
    """Return a standalone SVG document; the same facts give the same bytes."""
    look = look_of(facts.genres, facts.tags)
    seed = stable_seed(facts.name, facts.year)
    palette = make_palette(look.scheme, seed)
    sheet = _Sheet(facts, look, palette, at_head=(seed >> 24) % 3 == 0)
    # Shapes, not secrets: a seeded generator is the point.
    shapes = ALL_MOTIFS[look.motif](palette, Random(seed))  # noqa: S311
    drop = f' transform="translate(0 {MOTIF_DROP})"' if sheet.at_head else ""
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img">',
            f"<title>{_text(facts.label)}</title>",
            *_paper(sheet),
            f"<g{drop}>",
            *shapes,
            "</g>",
            *_ground(sheet),
            *_words(sheet),
            "</svg>",
        ]
    )


def _paper(sheet: _Sheet) -> list[str]:
    first, second = ("1", "0") if sheet.at_head else ("0", "1")
    return [
        f'<linearGradient id="paper" x1="0" y1="{first}" x2="0" y2="{second}">',
        f'<stop offset="0" stop-color="{sheet.palette.paper}"/>',
        f'<stop offset="1" stop-color="{sheet.palette.paper_edge}"/></linearGradient>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#paper)"/>',
    ]


def _ground(sheet: _Sheet) -> list[str]:
    """Return the ground under the words: the motif fades out, so that no shape crosses them."""
    edge, depth = sheet.palette.paper_edge, HEIGHT - GROUND_TOP
    clear, solid = ("1", "0") if sheet.at_head else ("0", "1")
    fade_top, solid_top = (depth, 0) if sheet.at_head else (GROUND_TOP - FADE, GROUND_TOP)
    return [
        f'<linearGradient id="fade" x1="0" y1="{clear}" x2="0" y2="{solid}">',
        f'<stop offset="0" stop-color="{edge}" stop-opacity="0"/>',
        f'<stop offset="1" stop-color="{edge}"/></linearGradient>',
        f'<rect y="{fade_top}" width="{WIDTH}" height="{FADE}" fill="url(#fade)"/>',
        # One unit over the fade: two edges that only meet leave a hairline.
        f'<rect y="{solid_top - 1}" width="{WIDTH}" height="{depth + 2}" fill="{edge}"/>',
    ]


def _words(sheet: _Sheet) -> list[str]:
    """Return title, byline and genres, and a rule beside them: one bar for a film."""
    facts, lettering = sheet.facts, LETTERS[sheet.look.letters]
    name = facts.name.upper() if lettering.capitals else facts.name
    title = fit_text(
        name, width=TEXT_WIDTH, sizes=TITLE_SIZES, max_lines=4, max_height=TITLE_HEIGHT - 15,
        leading=TITLE_LEADING, tracking=lettering.tracking,
    )  # fmt: skip
    step = title.size * TITLE_LEADING
    if sheet.at_head:
        first = HEAD_TOP + 24 + title.size * 0.8
        small = first + (len(title.lines) - 1) * step + title.size * 0.22 + 44
        rule = HEAD_TOP - 12.0
    else:
        first = TITLE_BOTTOM - (len(title.lines) - 1) * step - title.size * 0.22
        small, rule = 826.0, first - title.size * 0.8 - 28
    palette = sheet.palette
    elements = _rule(sheet, rule)
    for number, words in enumerate(title.lines):
        elements.append(_line(title, words, first + number * step, palette.ink, lettering))
    plain = Lettering(SERIF if lettering.family == SERIF else SANS, 400)
    for number, text in enumerate((_byline(facts), " / ".join(facts.genres[:3]))):
        setting = fit_text(text, width=TEXT_WIDTH, sizes=SMALL_SIZES, max_lines=1, max_height=40)
        y = small + number * SMALL_STEP
        elements += [_line(setting, words, y, palette.ink_soft, plain) for words in setting.lines]
    return elements


def _rule(sheet: _Sheet, y: float) -> list[str]:
    """Return one bar for a film, three short ones for a series."""
    bars = [(MARGIN + step * 26, 18) for step in range(3)]
    if sheet.facts.kind != "series":
        bars = [(MARGIN, 70)]
    return [
        f'<rect x="{x}" y="{y:.0f}" width="{width}" height="6" rx="3" '
        f'fill="{sheet.palette.accent}"/>'
        for x, width in bars
    ]


def _byline(facts: TitleFacts) -> str:
    parts = ["Series"] if facts.kind == "series" else []
    parts += [str(facts.year)] if facts.year else []
    if facts.directors:
        parts.append(" & ".join(facts.directors[:2]))
    return "  \u00b7  ".join(parts)


def _line(setting: Setting, words: str, y: float, fill: str, lettering: Lettering) -> str:
    """Return one line of text. A title near the edge is held to its estimated width in any font.

    Farther from the edge, and in the lighter letters of small lines, a font would have to be a
    fifth wider than estimated to leave the poster.
    """
    length = setting.width(words)
    spaced = f' letter-spacing="{lettering.tracking}em"' if lettering.tracking else ""
    if lettering.weight > 400 and length > HELD_FROM * TEXT_WIDTH:
        # Between the letters: stretched letters look broken.
        spaced = f' textLength="{length:.0f}" lengthAdjust="spacing"'
    return (
        f'<text x="{MARGIN}" y="{y:.0f}" font-family="{lettering.family}" '
        f'font-size="{setting.size}" font-weight="{lettering.weight}" '
        f'fill="{fill}"{spaced}>{_text(words)}</text>'
    )


def _text(text: str) -> str:
    """Escape for XML, without the control characters that it can't hold at all."""
    return escape("".join(letter for letter in text if letter.isprintable() or letter == "\u200d"))
