"""Colours of a poster: the genre sets the mood, a hash of the title the nuance."""

from __future__ import annotations

import colorsys
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mood:
    """How a genre looks: its motif, hue (degrees), and whether the paper is dark."""

    motif: str
    hue: int
    accent_hue: int
    dark: bool = True
    saturation: float = 0.45
    serif: bool = False


# In order of what says most about how a film looks: a horror comedy is dark, a family western
# is not. The first that a title has decides.
MOODS: dict[str, Mood] = {
    "Horror": Mood("moon", 355, 8, saturation=0.4),
    "Western": Mood("horizon", 36, 14, dark=False, saturation=0.62),
    "Science Fiction": Mood("orbits", 225, 175, saturation=0.5),
    "Film Noir": Mood("blinds", 215, 45, saturation=0.12),
    "Animation": Mood("blobs", 190, 330, dark=False, saturation=0.6),
    "War": Mood("chevrons", 75, 20, saturation=0.25),
    "Musical": Mood("bars", 320, 45, saturation=0.5),
    "Music": Mood("bars", 275, 45, saturation=0.5),
    "Fantasy": Mood("peaks", 265, 45, saturation=0.42),
    "Mystery": Mood("keyhole", 205, 45, saturation=0.35, serif=True),
    "Thriller": Mood("converging", 200, 5, saturation=0.35),
    "Crime": Mood("blinds", 218, 30, saturation=0.3),
    "Romance": Mood("circles", 345, 20, dark=False, saturation=0.5, serif=True),
    "Family": Mood("hills", 140, 45, dark=False, saturation=0.45),
    "Adventure": Mood("peaks", 170, 35, dark=False, saturation=0.45),
    "Action": Mood("converging", 12, 45, saturation=0.5),
    "Documentary": Mood("frames", 50, 200, dark=False, saturation=0.18),
    "Sport": Mood("lanes", 150, 50, saturation=0.4),
    "History": Mood("columns", 38, 10, dark=False, saturation=0.35, serif=True),
    "Biography": Mood("portrait", 30, 195, dark=False, saturation=0.3, serif=True),
    "Comedy": Mood("suns", 46, 350, dark=False, saturation=0.7),
    "Drama": Mood("panes", 210, 25, saturation=0.28, serif=True),
}
DEFAULT_MOOD = Mood("panes", 245, 40, saturation=0.25)
HUE_SPREAD = 16


@dataclass(frozen=True, slots=True)
class Palette:
    """Six-digit hex colours. Text on `paper` has a contrast of at least 4.5."""

    paper: str
    paper_edge: str
    shape: str
    shape_soft: str
    accent: str
    ink: str
    ink_soft: str


def stable_seed(*parts: object) -> int:
    """Return a number that is the same in every process, unlike `hash`."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def mood_of(genres: Sequence[str]) -> Mood:
    return next((mood for genre, mood in MOODS.items() if genre in genres), DEFAULT_MOOD)


def make_palette(mood: Mood, seed: int) -> Palette:
    hue = mood.hue + seed % (2 * HUE_SPREAD + 1) - HUE_SPREAD
    accent_hue = mood.accent_hue + (seed >> 8) % 31 - 15
    depth = (seed >> 16) % 5 / 100
    s = mood.saturation
    if mood.dark:
        return Palette(
            paper=_hex(hue, s, 0.13 + depth),
            paper_edge=_hex(hue + 12, s, 0.07 + depth),
            shape=_hex(hue, s, 0.30 + depth),
            shape_soft=_hex(hue + 10, s * 0.8, 0.21 + depth),
            accent=_hex(accent_hue, 0.72, 0.60),
            ink=_hex(hue, 0.25, 0.95),
            ink_soft=_hex(hue, 0.18, 0.78),
        )
    return Palette(
        paper=_hex(hue, s, 0.90 - depth),
        paper_edge=_hex(hue - 12, s, 0.84 - depth),
        shape=_hex(hue, s, 0.68 - depth),
        shape_soft=_hex(hue + 10, s, 0.78 - depth),
        accent=_hex(accent_hue, 0.70, 0.52),
        ink=_hex(hue, 0.45, 0.12),
        ink_soft=_hex(hue, 0.35, 0.24),
    )


def _hex(hue: float, saturation: float, lightness: float) -> str:
    red, green, blue = colorsys.hls_to_rgb(hue % 360 / 360, lightness, min(saturation, 1.0))
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in (red, green, blue))
