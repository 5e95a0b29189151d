"""Artwork: a typographic poster drawn from a title's facts, as a standalone SVG.

`looks` chooses colours, motif and letters by the title's mood, `palette` mixes the colours,
`motifs`, `scenes` and `signs` draw the shapes, `typesetting` fits the words, `poster` puts them
together. No picture is fetched. What an editor uploads is kept by `uploads`; where its file is
missing or broken, the poster stands in for it.
"""

from catalog.artwork.poster import ARTWORK_VERSION, draw_poster

__all__ = ["ARTWORK_VERSION", "draw_poster"]
