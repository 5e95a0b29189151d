"""The titles of a slate: a small linear programme, an order, and draws of known probability.

`choosing` asks `programme` for the best slate of the shape wanted and puts it in order;
`conflicts` says which wishes can't hold together; `surprise` draws. `discovery.exploration` may
then give the last card to one of the next best.
"""

from discovery.selection.choosing import Selected, Selection, select, select_surprise
from discovery.selection.conflicts import Conflict
from discovery.selection.likeness import same_series, similarity
from discovery.selection.shape import Shape, shape_of

__all__ = [
    "Conflict",
    "Selected",
    "Selection",
    "Shape",
    "same_series",
    "select",
    "select_surprise",
    "shape_of",
    "similarity",
]
