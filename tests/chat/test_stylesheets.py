"""Colours are of the palette, which has one for light and one for dark: none stands elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "static"
# The admin has a palette of its own, which Django brings.
SHEETS = sorted(path for path in STATIC.glob("*.css") if not path.name.startswith("admin-"))
_PALETTE = re.compile(r":root\s*\{[^}]*\}")
_COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(|(?<![-\w])(?:black|white|gr[ae]y)(?![-\w])",
    re.IGNORECASE,
)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_no_colour_outside_the_palette(sheet: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    values = re.findall(r":([^;{}]+);", _PALETTE.sub("", rules))
    assert [value.strip() for value in values if _COLOUR.search(value)] == []


def test_dark_changes_every_colour_of_the_palette() -> None:
    light, dark = _PALETTE.findall((STATIC / "moodreel.css").read_text())[:2]
    coloured = {name for name, value in re.findall(r"--([\w-]+):([^;]+);", light) if "#" in value}
    assert len(coloured) > 10
    assert coloured <= set(re.findall(r"--([\w-]+):", dark))
