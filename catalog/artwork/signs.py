"""Motifs that stand for a feeling or a turn of mind. As in `motifs`: inside y 40 to 560."""

from __future__ import annotations

import math
from random import Random

from catalog.artwork.motifs import (
    BOTTOM,
    MIDDLE_X,
    MIDDLE_Y,
    WIDTH,
    Motif,
    box,
    circle,
    line,
    path,
    polygon,
    ring,
)
from catalog.artwork.palette import Palette


def spiral(palette: Palette, random: Random) -> list[str]:
    """A spiral that draws you in."""
    start, turns = random.uniform(0, 2 * math.pi), 5.2
    points = []
    for step in range(261):
        share = step / 260
        angle, radius = start + share * turns * 2 * math.pi, 8 + share * 262
        points.append(
            f"{MIDDLE_X + radius * math.cos(angle):.0f} {MIDDLE_Y + radius * math.sin(angle):.0f}"
        )
    drawn = f"M{' L'.join(points)}"
    return [
        path(drawn, "none", stroke=palette.shape, stroke_width=24, stroke_linecap="round"),
        circle(MIDDLE_X, MIDDLE_Y, 40, palette.accent),
    ]


def checker(palette: Palette, random: Random) -> list[str]:
    """A board seen from its edge, and a piece on it."""
    shapes = []
    for row in range(6):
        near, far = 300 + row * row * 9 + row * 8, 300 + (row + 1) * (row + 1) * 9 + (row + 1) * 8
        for column in range(8):
            if (row + column) % 2:
                corners = [
                    (MIDDLE_X + (column + side - 4) * (52 + (y - 300) * 0.36), y)
                    for y, sides in ((near, (0, 1)), (far, (1, 0)))
                    for side in sides
                ]
                shapes.append(polygon(corners, palette.shape))
    x = random.randint(240, 360)
    king = [
        polygon([(x - 58, 430), (x - 26, 220), (x + 26, 220), (x + 58, 430)], palette.accent),
        circle(x, 196, 44, palette.accent),
        box(x - 72, 424, 144, 26, palette.accent, rx=10),
    ]
    return [*shapes, *king]


def eye(palette: Palette, random: Random) -> list[str]:
    """An eye that does not blink."""
    y, gaze = MIDDLE_Y, random.randint(-34, 34)
    lid = f"M50 {y} Q300 {y - 270} 550 {y} Q300 {y + 270} 50 {y} z"
    rays = [
        line(MIDDLE_X + 300 * math.cos(a), y + 235 * math.sin(a),
             MIDDLE_X + 264 * math.cos(a), y + 198 * math.sin(a), palette.shape, 8)
        for a in (math.pi * (1.18 + step * 0.128) for step in range(6))
    ]  # fmt: skip
    return [
        *rays,
        path(lid, palette.shape),
        circle(MIDDLE_X + gaze, y, 112, palette.accent),
        circle(MIDDLE_X + gaze, y, 54, palette.paper_edge),
        circle(MIDDLE_X + gaze + 26, y - 30, 15, palette.ink),
    ]


def flames(palette: Palette, random: Random) -> list[str]:
    """A fire."""
    shapes = []
    for fill, height, count in (
        (palette.shape_soft, 430, 5), (palette.shape, 320, 6), (palette.accent, 190, 7),
    ):  # fmt: skip
        wide = WIDTH / (count - 1)
        for step in range(count):
            x, tall = step * wide, height * random.uniform(0.72, 1.1)
            base = BOTTOM + 60
            shapes.append(
                path(
                    f"M{x - wide * 0.75:.0f} {base} "
                    f"Q{x - wide * 0.62:.0f} {base - tall * 0.55:.0f} "
                    f"{x + wide * 0.1:.0f} {base - tall:.0f} Q{x + wide * 0.7:.0f} "
                    f"{base - tall * 0.4:.0f} {x + wide * 0.75:.0f} {base} z",
                    fill,
                )
            )
    return shapes


def sunburst(palette: Palette, random: Random) -> list[str]:
    """A sun that laughs in all directions."""
    x, y, rays = random.randint(230, 370), random.randint(330, 470), 20
    shapes = []
    for step in range(0, rays, 2):
        angles = (step / rays * 2 * math.pi, (step + 1) / rays * 2 * math.pi)
        far = [(x + 900 * math.cos(a), y + 900 * math.sin(a)) for a in angles]
        shapes.append(polygon([(x, y), *far], palette.shape_soft))
    return [*shapes, circle(x, y, 128, palette.shape), circle(x, y, 96, palette.accent)]


def circuit(palette: Palette, random: Random) -> list[str]:
    """Tracks of a circuit."""
    shapes = []
    for step in range(9):
        x, bend = 60 + step * 60, random.choice((-60, 60, 0))
        first, second = random.randint(110, 250), random.randint(300, 470)
        track = f"M{x} 40 V{first} L{x + bend} {first + abs(bend)} V{second}"
        lit = step % 4 == 1
        fill = palette.accent if lit else palette.shape
        shapes.append(path(track, "none", stroke=fill, stroke_width=9, stroke_linejoin="round"))
        shapes.append(ring(x + bend, second + 16, 14, fill, 9))
    return shapes


def table(palette: Palette, random: Random) -> list[str]:
    """A table from above, with plates around it."""
    plates, start = random.choice((5, 6, 7)), random.uniform(0, 1)
    lit = random.randrange(plates)
    shapes = [circle(MIDDLE_X, MIDDLE_Y, 238, palette.shape_soft),
              circle(MIDDLE_X, MIDDLE_Y, 206, palette.shape)]  # fmt: skip
    for step in range(plates):
        angle = start + step / plates * 2 * math.pi
        x, y = MIDDLE_X + 140 * math.cos(angle), MIDDLE_Y + 140 * math.sin(angle)
        shapes.append(circle(x, y, 50, palette.paper))
        shapes.append(circle(x, y, 30, palette.accent if step == lit else palette.paper_edge))
    return [*shapes, circle(MIDDLE_X, MIDDLE_Y, 34, palette.accent)]


SIGNS: dict[str, Motif] = {
    sign.__name__: sign for sign in (spiral, checker, eye, flames, sunburst, circuit, table)
}
