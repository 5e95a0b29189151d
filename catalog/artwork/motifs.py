"""Simple shapes that say the genre, in the upper part of a poster (600 x 900).

Each motif draws inside y 40 to 560 and returns SVG elements. The seed moves things a little, so
that two westerns differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

from catalog.artwork.palette import Palette

WIDTH, HEIGHT = 600, 900
TOP, BOTTOM = 40, 560
MIDDLE_X, MIDDLE_Y = 300, 290

Motif = Callable[[Palette, Random], list[str]]


def circle(x: float, y: float, radius: float, fill: str, **more: object) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="{fill}"{_more(more)}/>'


def ring(x: float, y: float, radius: float, stroke: str, width: float) -> str:
    return circle(x, y, radius, "none", stroke=stroke, stroke_width=width)


def box(x: float, y: float, width: float, height: float, fill: str, **more: object) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}"'
    return f'<rect x="{x:.0f}" y="{y:.0f}" {size} fill="{fill}"{_more(more)}/>'


def polygon(points: Sequence[tuple[float, float]], fill: str, **more: object) -> str:
    corners = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return f'<polygon points="{corners}" fill="{fill}"{_more(more)}/>'


def path(drawn: str, fill: str, **more: object) -> str:
    return f'<path d="{drawn}" fill="{fill}"{_more(more)}/>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float) -> str:
    ends = f'x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="{width}" stroke-linecap="round"/>'


def _more(attributes: dict[str, object]) -> str:
    pairs = ((name.replace("_", "-"), value) for name, value in attributes.items())
    return "".join(f' {name}="{value}"' for name, value in pairs)


def moon(palette: Palette, random: Random) -> list[str]:
    """A moon with a bite out of it, over teeth."""
    x, y, radius = 300 + random.randint(-90, 90), random.randint(210, 270), random.randint(110, 175)
    teeth = [
        polygon([(i * 100, 560), (i * 100 + 50, 560 - random.randint(70, 170)),
                 (i * 100 + 100, 560)], palette.shape_soft)
        for i in range(6)
    ]  # fmt: skip
    side = random.choice((-1, 1)) * radius * random.uniform(0.35, 0.9)
    bite = circle(x + side, y - random.randint(10, 60), radius, palette.paper)
    return [circle(x, y, radius, palette.accent), bite, *teeth]


def horizon(palette: Palette, random: Random) -> list[str]:
    """A low sun over stripes of land."""
    sun = circle(random.randint(210, 390), 300, 150, palette.accent)
    stripes = [
        box(0, y, WIDTH, 26 + step * 6, palette.shape if step % 2 else palette.shape_soft)
        for step, y in enumerate(range(340, 540, 46))
    ]
    return [sun, *stripes]


def orbits(palette: Palette, random: Random) -> list[str]:
    """A planet, its orbits and moons, and stars."""
    shapes = [
        circle(random.randint(30, 570), random.randint(50, 550), random.choice((2, 3, 4)),
               palette.ink_soft)
        for _ in range(24)
    ]  # fmt: skip
    for radius in (130, 185, 240):
        angle = random.uniform(0, 2 * math.pi)
        shapes.append(ring(MIDDLE_X, MIDDLE_Y, radius, palette.shape, 3))
        x, y = MIDDLE_X + radius * math.cos(angle), MIDDLE_Y + radius * math.sin(angle)
        shapes.append(circle(x, y, random.randint(9, 20), palette.shape_soft, stroke=palette.ink))
    return [*shapes, circle(MIDDLE_X, MIDDLE_Y, 82, palette.accent)]


def blinds(palette: Palette, random: Random) -> list[str]:
    """Light through blinds."""
    slant = random.choice((-1, 1)) * random.randint(30, 90)
    return [
        polygon(
            [(40, y + slant), (560, y - slant), (560, y - slant + 24), (40, y + slant + 24)],
            palette.accent if step == 4 else palette.shape,
        )
        for step, y in enumerate(range(110, 500, 46))
    ]


def balloons(palette: Palette, random: Random) -> list[str]:
    """Balloons that got away."""
    fills = (palette.shape, palette.accent, palette.shape_soft)
    shapes = []
    for step, column in enumerate(random.sample(range(6), 5)):
        x, y = 75 + column * 90 + random.randint(-14, 14), random.randint(130, 390)
        radius, sway = random.randint(48, 84), random.randint(-40, 40)
        string = f"M{x} {y + radius} q{sway} 70 0 {170 - radius} t0 90"
        shapes.append(path(string, "none", stroke=palette.ink_soft, stroke_width=2))
        shapes.append(circle(x, y, radius, fills[step % 3], fill_opacity=0.92))
        shapes.append(circle(x - radius * 0.34, y - radius * 0.36, radius * 0.16, palette.paper))
    return shapes


def chevrons(palette: Palette, random: Random) -> list[str]:
    """Marks of rank."""
    offset = random.randint(-20, 20)
    return [
        polygon([(80, y + 110), (300, y), (520, y + 110), (520, y + 160), (300, y + 50),
                 (80, y + 160)], palette.accent if step == 1 else palette.shape)
        for step, y in enumerate(range(90 + offset, 380 + offset, 95))
    ]  # fmt: skip


def bars(palette: Palette, random: Random) -> list[str]:
    """The bars of a level meter."""
    shapes = []
    for step in range(11):
        height = random.randint(70, 440)
        fill = palette.accent if step % 4 == 1 else palette.shape
        shapes.append(box(66 + step * 43, MIDDLE_Y - height / 2, 26, height, fill, rx=13))
    return shapes


def peaks(palette: Palette, random: Random) -> list[str]:
    """Mountains under a star."""
    shapes = [circle(random.randint(120, 480), random.randint(110, 180), 56, palette.accent)]
    for fill, base in ((palette.shape_soft, 330), (palette.shape, 240)):
        left = random.randint(-60, 40)
        for step in range(3):
            x = left + step * 230
            summit = 560 - base - random.randint(-50, 60)
            shapes.append(polygon([(x - 90, 560), (x + 130, summit), (x + 350, 560)], fill))
    return shapes


def keyhole(palette: Palette, random: Random) -> list[str]:
    """A keyhole with light behind it."""
    rings = [ring(MIDDLE_X, 250, radius, palette.shape_soft, 4) for radius in range(150, 300, 36)]
    flare = random.randint(70, 100)
    ward = [(270, 280), (330, 280), (300 + flare, 490), (300 - flare, 490)]
    return [*rings, circle(MIDDLE_X, 240, 84, palette.accent), polygon(ward, palette.accent)]


def converging(palette: Palette, random: Random) -> list[str]:
    """Everything rushes to one point."""
    x, y = random.randint(200, 400), random.randint(200, 340)
    shapes = []
    for step in range(18):
        start, end = step / 18 * 2 * math.pi, (step + 0.45) / 18 * 2 * math.pi
        far = [(x + 720 * math.cos(a), y + 720 * math.sin(a)) for a in (start, end)]
        shapes.append(polygon([(x, y), *far], palette.shape if step % 2 else palette.shape_soft))
    return [*shapes, circle(x, y, 62, palette.accent)]


def circles(palette: Palette, random: Random) -> list[str]:
    """Two that overlap."""
    gap, tilt = random.randint(70, 115), random.randint(-70, 70)
    first, second = (300 - gap, MIDDLE_Y + tilt), (300 + gap, MIDDLE_Y - tilt)
    return [
        circle(*first, 155, palette.shape),
        circle(*second, 155, palette.accent, fill_opacity=0.82),
    ]


def hills(palette: Palette, random: Random) -> list[str]:
    """Round hills and a friendly sun."""
    return [
        circle(random.randint(150, 450), 180, 86, palette.accent),
        circle(110, 590, 230, palette.shape_soft),
        circle(480, 610, 260, palette.shape),
        circle(290, 690, 230, palette.shape_soft, stroke=palette.shape, stroke_width=4),
    ]


def frames(palette: Palette, random: Random) -> list[str]:
    """Frames of film, one of them lit."""
    lit = random.randrange(6)
    return [
        box(78 + step % 2 * 234, 90 + step // 2 * 156, 210, 132,
            palette.accent if step == lit else palette.shape, rx=10)
        for step in range(6)
    ]  # fmt: skip


def lanes(palette: Palette, random: Random) -> list[str]:
    """Lanes of a track, and one ahead."""
    ahead = random.randrange(5)
    shapes = []
    for step in range(5):
        y = 120 + step * 82
        shapes.append(box(60, y, 480, 44, palette.shape_soft, rx=22))
        reach = 400 if step == ahead else random.randint(120, 330)
        fill = palette.accent if step == ahead else palette.shape
        shapes.append(box(60, y, reach, 44, fill, rx=22))
    return shapes


def columns(palette: Palette, random: Random) -> list[str]:
    """A temple front; one column is marked."""
    marked = random.randrange(5)
    shafts = [
        box(106 + step * 82, 225, 44, 265, palette.accent if step == marked else palette.shape)
        for step in range(5)
    ]
    roof = polygon([(70, 205), (300, 95), (530, 205)], palette.shape)
    return [roof, *shafts, box(80, 500, 440, 30, palette.shape)]


def portrait(palette: Palette, random: Random) -> list[str]:
    """Head and shoulders in a round frame."""
    turn = random.randint(-18, 18)
    return [
        circle(MIDDLE_X, MIDDLE_Y, 225, palette.shape_soft),
        circle(MIDDLE_X + turn, 230, 82, palette.accent),
        f'<path d="M{150 + turn} 470 a150 172 0 0 1 {300 - turn} 0 z" fill="{palette.shape}"/>',
        ring(MIDDLE_X, MIDDLE_Y, 238, palette.ink_soft, 4),
    ]


def suns(palette: Palette, random: Random) -> list[str]:
    """Half suns in rows, like a scalloped awning."""
    lit = random.randrange(12)
    shapes = []
    for step in range(12):
        x, y = 120 + step % 3 * 180, 180 + step // 3 * 115
        fill = palette.accent if step == lit else (palette.shape, palette.shape_soft)[step % 2]
        shapes.append(f'<path d="M{x - 84} {y} a84 84 0 0 1 168 0 z" fill="{fill}"/>')
    return shapes


def panes(palette: Palette, random: Random) -> list[str]:
    """A window: light on one side, shadow on the other."""
    split = random.randint(210, 390)
    return [
        box(70, 90, split - 80, 430, palette.shape),
        box(split + 10, 90, 520 - split, 430, palette.shape_soft),
        circle(split, random.randint(230, 380), 74, palette.accent),
    ]


MOTIFS: dict[str, Motif] = {
    motif.__name__: motif
    for motif in (
        moon, horizon, orbits, blinds, balloons, chevrons, bars, peaks, keyhole, converging,
        circles, hills, frames, lanes, columns, portrait, suns, panes,
    )
}  # fmt: skip
