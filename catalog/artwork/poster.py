"""Draw the poster of a title: 600 x 900, presentation attributes only.

No style element, no script and nothing fetched: it passes the strictest Content-Security-Policy,
also when opened by itself.
"""

from __future__ import annotations

from random import Random
from xml.sax.saxutils import escape

from catalog.artwork.motifs import HEIGHT, MOTIFS, WIDTH
from catalog.artwork.palette import Palette, make_palette, mood_of, stable_seed
from catalog.artwork.typesetting import Setting, fit_text
from catalog.facts import TitleFacts

# Part of the ETag: raise it with every change of the drawing.
ARTWORK_VERSION = 1

MARGIN = 44
TEXT_WIDTH = WIDTH - 2 * MARGIN
TITLE_SIZES = (92, 80, 70, 62, 54, 47, 41, 36)
TITLE_LEADING = 1.08
TITLE_HEIGHT = 205
TITLE_BOTTOM = 790
HELD_FROM = 0.8
SMALL_SIZES = (27, 24, 21)
SANS = "Helvetica Neue, Helvetica, Arial, Noto Sans, Noto Sans CJK JP, sans-serif"
SERIF = "Georgia, Times New Roman, Noto Serif, Noto Serif CJK JP, serif"


def draw_poster(facts: TitleFacts) -> str:
    """Return a standalone SVG document; the same facts give the same bytes."""
    mood = mood_of(facts.genres)
    seed = stable_seed(facts.name, facts.year)
    palette = make_palette(mood, seed)
    # Shapes, not secrets: a seeded generator is the point.
    shapes = MOTIFS[mood.motif](palette, Random(seed))  # noqa: S311
    family = SERIF if mood.serif else SANS
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img">',
            f"<title>{_text(facts.label)}</title>",
            *_paper(palette),
            *shapes,
            *_plate(palette),
            f'<g font-family="{family}">',
            *_words(facts, palette),
            "</g></svg>",
        ]
    )


def _paper(palette: Palette) -> list[str]:
    return [
        '<linearGradient id="paper" x1="0" y1="0" x2="0" y2="1">',
        f'<stop offset="0" stop-color="{palette.paper}"/>',
        f'<stop offset="1" stop-color="{palette.paper_edge}"/></linearGradient>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#paper)"/>',
    ]


def _plate(palette: Palette) -> list[str]:
    """Return the ground under the words, so that no shape comes between them and the paper."""
    top = TITLE_BOTTOM - TITLE_HEIGHT - 25
    return [
        f'<rect y="{top}" width="{WIDTH}" height="{HEIGHT - top}" fill="{palette.paper_edge}"/>',
        f'<rect x="{MARGIN}" y="{top + 18}" width="64" height="5" fill="{palette.accent}"/>',
    ]


def _words(facts: TitleFacts, palette: Palette) -> list[str]:
    title = fit_text(
        facts.name, width=TEXT_WIDTH, sizes=TITLE_SIZES, max_lines=4, max_height=TITLE_HEIGHT - 15,
        leading=TITLE_LEADING,
    )  # fmt: skip
    elements = []
    first = TITLE_BOTTOM - (len(title.lines) - 1) * title.size * TITLE_LEADING - title.size * 0.22
    for number, line in enumerate(title.lines):
        y = first + number * title.size * TITLE_LEADING
        elements.append(_line(title, line, y, palette.ink, weight=700))
    for y, text in ((822, _byline(facts)), (860, " / ".join(facts.genres[:3]))):
        small = fit_text(text, width=TEXT_WIDTH, sizes=SMALL_SIZES, max_lines=1, max_height=40)
        elements += [_line(small, line, y, palette.ink_soft, weight=400) for line in small.lines]
    return elements


def _byline(facts: TitleFacts) -> str:
    parts = [str(facts.year)] if facts.year else []
    if facts.directors:
        parts.append(" & ".join(facts.directors[:2]))
    return "  \u00b7  ".join(parts)


def _line(setting: Setting, line: str, y: float, fill: str, *, weight: int) -> str:
    """Return one line of text. Near the edge it is held to its estimated width, whatever the font.

    Farther from it, a font would have to be a quarter wider than estimated to overflow.
    """
    length = setting.width(line)
    held = f' textLength="{length:.0f}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text x="{MARGIN}" y="{y:.0f}" font-size="{setting.size}" font-weight="{weight}" '
        f'fill="{fill}"{held if length > HELD_FROM * TEXT_WIDTH else ""}>{_text(line)}</text>'
    )


def _text(text: str) -> str:
    """Escape for XML, without the control characters that it can't hold at all."""
    return escape("".join(letter for letter in text if letter.isprintable() or letter == "\u200d"))
