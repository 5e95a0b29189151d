"""Colours of a poster: a scheme by mood, and a nuance by a hash of the title.

The schemes are mixed by hand, because colours that go together rarely follow from arithmetic; the
nuance turns all hues of one a little, so that two bleak films are not the same grey.
"""

from __future__ import annotations

import colorsys
import hashlib
from dataclasses import dataclass, fields

# Degrees and lightness by which a nuance may leave its scheme.
HUE_SPREAD = 9
LIGHTNESS_SPREAD = 0.012


@dataclass(frozen=True, slots=True)
class Palette:
    """Six-digit hex colours. Text on `paper_edge`, its ground, has a contrast of at least 4.5."""

    paper: str
    paper_edge: str
    shape: str
    shape_soft: str
    accent: str
    ink: str
    ink_soft: str


SCHEMES: dict[str, Palette] = {
    # dark
    "noir": Palette("#1d2026", "#0c0d10", "#434853", "#2b2f37", "#e9b44c", "#f5f0e4", "#bdb7aa"),
    "neon": Palette("#241247", "#0e0722", "#63309b", "#3c1d6b", "#ff4f97", "#fbeeff", "#c9b3e6"),
    "blood": Palette("#310b0e", "#140405", "#75181c", "#4a1114", "#ec4632", "#fdeee9", "#d9aca5"),
    "sickly": Palette("#212a1b", "#0f130c", "#53653a", "#374427", "#cbd94a", "#f2f5e1", "#b8c19f"),
    "midnight": Palette(
        "#122733", "#081219", "#2f5d72", "#1e3f51", "#f4673f", "#eef5f7", "#a9c0ca"
    ),
    "dusk": Palette("#43527d", "#262f4f", "#7686b0", "#586898", "#f5a67d", "#fbf2e8", "#ccd2e2"),
    "ember": Palette("#33261f", "#17110e", "#6a4e40", "#4a372d", "#e67d31", "#f9efe6", "#cdb8a9"),
    "gold": Palette("#203762", "#0f1b36", "#42639d", "#2d4b80", "#f4c251", "#fdf6e6", "#b9c6de"),
    "flame": Palette("#d2401f", "#8f200d", "#f0832f", "#e16127", "#ffdc5e", "#fff6e4", "#ffdcb8"),
    "wine": Palette("#471233", "#210717", "#892a5f", "#5f1d45", "#f4839f", "#ffeef3", "#dcb0c5"),
    "violet": Palette("#322548", "#170f24", "#5f4888", "#443363", "#f39633", "#f6f0fd", "#c2b4d8"),
    "forest": Palette("#173c33", "#0a1f1a", "#347562", "#235648", "#f2ca5e", "#f1f7ec", "#adc8bb"),
    "cosmos": Palette("#11414c", "#072229", "#23798a", "#195b68", "#ffa356", "#edf9fa", "#a5c9cf"),
    # light
    "fog": Palette("#d9dedf", "#bcc5c9", "#8f9ca3", "#adb8bd", "#a9482f", "#1b2429", "#364248"),
    "mono": Palette("#eeeeec", "#d4d4d1", "#6e6e6b", "#a8a8a4", "#171717", "#131313", "#3b3b39"),
    "blush": Palette("#fbe0da", "#f3c3bc", "#e78f8b", "#efaea8", "#b3243f", "#46101d", "#66202f"),
    "peach": Palette("#ffe8cb", "#ffcfa2", "#f59e70", "#fabb8c", "#22807c", "#3a1e13", "#603622"),
    "sun": Palette("#ffe468", "#fcc935", "#f3873a", "#f9a938", "#1c68ad", "#2b1e05", "#4d390a"),
    "cosy": Palette("#f5e6cc", "#e6cea5", "#bb7c43", "#d3a76d", "#8d2f1f", "#32200f", "#583c21"),
    "sky": Palette("#d6eefa", "#abdaf0", "#5fb2da", "#88c8e6", "#ef6a2b", "#0c2a3c", "#1e465c"),
    "lilac": Palette("#eae1f8", "#d2c3ee", "#9f84d2", "#baa5e0", "#dd5240", "#271643", "#443069"),
    "candy": Palette("#fad2db", "#f2abbe", "#d65c80", "#e7859f", "#55277d", "#3a0c2b", "#5a1b45"),
    "sepia": Palette("#ecdec1", "#d7c196", "#a5865c", "#bfa37a", "#2f6461", "#2e2312", "#51401f"),
    "sage": Palette("#e4eadb", "#c9d5bb", "#92a680", "#aebe9c", "#c15f2a", "#1d2917", "#3a4a30"),
    "acid": Palette("#f6f1e8", "#e7e0d3", "#232323", "#b9b2a5", "#e02b20", "#171717", "#45413a"),
    "desert": Palette("#f5d5a3", "#e5ac6a", "#c4733c", "#d88f50", "#8b2a1a", "#39190b", "#58290f"),
}


def stable_seed(*parts: object) -> int:
    """Return a number that is the same in every process, unlike `hash`."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def make_palette(scheme: str, seed: int) -> Palette:
    """Return a scheme in the nuance of a seed."""
    turn = (seed % (2 * HUE_SPREAD + 1) - HUE_SPREAD) / 360
    lift = ((seed >> 8) % 3 - 1) * LIGHTNESS_SPREAD
    mixed = SCHEMES[scheme]
    # Words keep their lightness: their contrast was measured.
    return Palette(
        **{
            role.name: _turned(
                getattr(mixed, role.name), turn, 0.0 if role.name.startswith("ink") else lift
            )
            for role in fields(Palette)
        }
    )


def _turned(colour: str, turn: float, lift: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    lightness = min(1.0, max(0.0, lightness + lift))
    channels = colorsys.hls_to_rgb((hue + turn) % 1.0, lightness, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
