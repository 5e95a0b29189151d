"""Artwork: a typographic poster drawn from a title's facts, as a standalone SVG.

`palette` picks colours from genres and a stable hash, `motifs` draws the shapes, `typesetting`
fits the words, `poster` puts them together. No picture is fetched and none is stored.
"""

from catalog.artwork.poster import ARTWORK_VERSION, draw_poster

__all__ = ["ARTWORK_VERSION", "draw_poster"]
