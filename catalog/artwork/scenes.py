"""Motifs that show a place. As in `motifs`: inside y 40 to 560.

Grounds (water, roads, houses) reach down to the lower edge, where the words begin.
"""

from __future__ import annotations

from random import Random

from catalog.artwork.motifs import (
    BOTTOM,
    MIDDLE_X,
    WIDTH,
    Motif,
    box,
    circle,
    line,
    path,
    polygon,
)
from catalog.artwork.palette import Palette

WHITE = "#ffffff"


def waves(palette: Palette, random: Random) -> list[str]:
    """A sea under a low sun."""
    shapes = [circle(random.randint(170, 430), random.randint(170, 240), 95, palette.accent)]
    for row, fill in enumerate(
        (palette.shape_soft, palette.shape, palette.shape_soft, palette.shape)
    ):
        y, shift = 300 + row * 66, random.randint(-180, 0)
        swell = f" q 50 {-34 - row * 6} 100 0" + " t 100 0" * 8
        shapes.append(path(f"M{shift} {y}{swell} V{BOTTOM + 120} H{shift} z", fill))
    return shapes


def road(palette: Palette, random: Random) -> list[str]:
    """A road to the horizon."""
    x = random.randint(220, 380)
    sun = circle(x, 250, random.randint(80, 120), palette.accent)
    land = box(0, 260, WIDTH, BOTTOM - 140, palette.shape_soft)
    tar = polygon([(x - 8, 260), (x + 8, 260), (560, 680), (40, 680)], palette.shape)
    dashes = []
    for step in range(5):
        near, far = 290 + step**1.6 * 34, 290 + step**1.6 * 34 + 14 + step * 9
        wide = 3 + step * 3
        dashes.append(
            polygon(
                [(_along(x, near) - wide / 2, near), (_along(x, near) + wide / 2, near),
                 (_along(x, far) + wide * 0.7, far), (_along(x, far) - wide * 0.7, far)],
                palette.accent,
            )
        )  # fmt: skip
    return [sun, land, tar, *dashes]


def _along(vanishing_x: float, y: float) -> float:
    """Return the x of the middle of the road at a height."""
    return vanishing_x + (MIDDLE_X - vanishing_x) * (y - 260) / 420


def skyline(palette: Palette, random: Random) -> list[str]:
    """A city at night, some windows lit."""
    shapes = [circle(random.randint(130, 470), 150, 62, palette.accent)]
    for fill, low, high, lit in (
        (palette.shape_soft, 200, 350, False),
        (palette.shape, 110, 270, True),
    ):
        x = random.randint(-40, 0)
        while x < WIDTH:
            width, height = random.randint(58, 104), random.randint(low, high)
            top = BOTTOM - height
            shapes.append(box(x, top, width, height + 140, fill))
            if lit:
                shapes += _windows(palette, random, x, top, width, height)
            x += width + (random.choice((0, 0, 14)) if lit else 0)
    return shapes


def _windows(
    palette: Palette, random: Random, x: int, top: int, width: int, height: int
) -> list[str]:
    spots = [
        (x + 12 + column * 22, top + 18 + row * 30)
        for column in range((width - 16) // 22)
        for row in range((height - 20) // 30)
    ]
    lit = [spot for spot in spots if random.random() < 0.3]
    return [box(left, upper, 10, 15, palette.accent) for left, upper in lit]


def snow(palette: Palette, random: Random) -> list[str]:
    """Firs on a hill while it snows."""
    hill = path(f"M0 470 q 300 -110 600 -10 V{BOTTOM + 120} H0 z", palette.ink_soft, opacity=0.35)
    trees = [
        _fir(palette.shape, 90 + step * 140 + random.randint(-30, 30), random.uniform(0.7, 1.3))
        for step in range(4)
    ]
    flakes = [
        circle(random.randint(10, 590), random.randint(50, 540), random.choice((3, 4, 6, 8)),
               WHITE, fill_opacity=0.85)
        for _ in range(46)
    ]  # fmt: skip
    moon = circle(random.randint(150, 450), 160, 64, palette.accent)
    return [moon, *(shape for tree in trees for shape in tree), hill, *flakes]


def _fir(fill: str, x: float, size: float) -> list[str]:
    y = 470
    tiers = [(70, 0, 90), (54, 60, 80), (38, 112, 70)]
    return [
        polygon(
            [(x - half * size, y - low * size), (x, y - (low + high) * size),
             (x + half * size, y - low * size)],
            fill,
        )
        for half, low, high in tiers
    ]  # fmt: skip


def house(palette: Palette, random: Random) -> list[str]:
    """A house alone, one window lit."""
    x, lit = random.randint(150, 220), random.randrange(4)
    walls = box(x, 300, 260, 400, palette.shape)
    roof = polygon([(x - 34, 304), (x + 130, 170), (x + 294, 304)], palette.shape_soft)
    chimney = box(x + 190, 190, 36, 90, palette.shape_soft)
    windows = [
        box(x + 44 + step % 2 * 112, 340 + step // 2 * 112, 60, 76,
            palette.accent if step == lit else palette.paper_edge)
        for step in range(4)
    ]  # fmt: skip
    moon = circle(random.choice((90, 500)), 130, 44, palette.shape_soft)
    return [moon, chimney, walls, roof, *windows]


def trees(palette: Palette, random: Random) -> list[str]:
    """A wood, and light between the trunks."""
    light = circle(random.randint(200, 400), random.randint(230, 320), 92, palette.accent)
    shapes = [light]
    for fill, count, low, high in ((palette.shape_soft, 9, 14, 22), (palette.shape, 6, 26, 44)):
        for step in range(count):
            x = WIDTH / count * (step + 0.5) + random.randint(-26, 26)
            wide, lean = random.randint(low, high), random.randint(-14, 14)
            shapes.append(
                polygon([(x + lean - wide / 3, 0), (x + lean + wide / 3, 0),
                         (x + wide / 2, BOTTOM + 120), (x - wide / 2, BOTTOM + 120)], fill)
            )  # fmt: skip
    return shapes


def arch(palette: Palette, random: Random) -> list[str]:
    """Pointed arches, one behind the other, to a light."""
    shapes = []
    fills = (palette.shape_soft, palette.shape, palette.shape_soft, palette.accent)
    for step, fill in enumerate(fills):
        half, top = 230 - step * 52, 70 + step * 62
        left, right = MIDDLE_X - half, MIDDLE_X + half
        shapes.append(
            path(
                f"M{left} {BOTTOM + 120} V{top + half} Q{left} {top + half * 0.35:.0f} "
                f"{MIDDLE_X} {top} Q{right} {top + half * 0.35:.0f} {right} {top + half} "
                f"V{BOTTOM + 120} z",
                fill,
            )
        )
    return [*shapes, circle(MIDDLE_X, random.randint(410, 450), 20, palette.paper_edge)]


def rain(palette: Palette, random: Random) -> list[str]:
    """A street lamp in the rain."""
    x = random.choice((220, 380))
    side = 1 if x > MIDDLE_X else -1
    shapes = [
        polygon(
            [(x - 14, 150), (x + 14, 150), (x + 200, 640), (x - 200, 640)],
            palette.accent,
            fill_opacity=0.2,
        ),
        path(
            f"M{x + side * 110} {BOTTOM + 120} V150 Q{x + side * 110} 96 {x} 96",
            "none",
            stroke=palette.shape,
            stroke_width=12,
        ),
        path(f"M{x - 52} 150 a52 52 0 0 1 104 0 z", palette.shape),
        circle(x, 152, 20, palette.accent),
    ]
    for _ in range(44):
        top, left = random.randint(40, 500), random.randint(-10, 600)
        long = random.randint(34, 84)
        shapes.append(line(left, top, left - long * 0.24, top + long, palette.shape, 3))
    return shapes


def spotlight(palette: Palette, random: Random) -> list[str]:
    """Two beams on a stage."""
    x = random.randint(250, 350)
    beams = [
        polygon([(40, 40), (80, 40), (x + 120, 520), (x - 120, 520)], palette.shape_soft),
        polygon([(560, 40), (520, 40), (x - 110, 520), (x + 110, 520)], palette.shape,
                fill_opacity=0.75),
    ]  # fmt: skip
    disc = f'<ellipse cx="{x}" cy="520" rx="150" ry="38" fill="{palette.accent}"/>'
    figure = [circle(x, 380, 26, palette.paper_edge),
              polygon([(x - 34, 522), (x - 20, 410), (x + 20, 410), (x + 34, 522)],
                      palette.paper_edge)]  # fmt: skip
    return [*beams, disc, *figure]


SCENES: dict[str, Motif] = {
    scene.__name__: scene
    for scene in (waves, road, skyline, snow, house, trees, arch, rain, spotlight)
}
