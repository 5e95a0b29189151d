"""What the application and the GenRec server agree on: the Query and the wire types.

Free of torch and of Django, so both environments import it. The language prompts are in
`discovery`, next to the stages that send them; the ranking prompt never crosses the wire: a
`RankRequest` carries structure and the server verbalizes it with the code training used
(`genrec.verbalization`), so there is no train/serve skew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

# 2 added `collections`, 3 `runtime_total`, 4 `people_none`. Every field has a default: older
# ones still load.
QUERY_VERSION = 4

Intent = Literal[
    "discover",
    "refine",
    "more_like",
    "surprise",
    "ask_title",
    "feedback",
    "taste",
    "chitchat",
    "out_of_scope",
    "malicious",
]
Kind = Literal["film", "series"]
EventKind = Literal["liked", "disliked", "seen", "saved", "played"]
Scorer = Literal["blend", "genrec"]
ContentNote = Literal["violence", "gore", "sex", "language", "scary"]

MAX_WISH_CHARS = 500
# People paste whole posts into a chat; what a prompt says of one is shorter.
MAX_MESSAGE_CHARS = 2000
MAX_HISTORY = 200
MAX_CANDIDATES = 2048
CONTENT_DIM = 384


class TitleRef(BaseModel):
    """A title somebody mentioned: the words, and after linking the catalogue's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mention: str = Field(max_length=200)
    title_id: int | None = None
    label: str = ""

    @property
    def text(self) -> str:
        return self.label or self.mention


class PersonRef(BaseModel):
    """A person somebody mentioned: the words, and after linking the catalogue's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mention: str = Field(max_length=200)
    person_id: int | None = None
    role: Literal["any", "director", "cast", "writer"] = "any"
    label: str = ""

    @property
    def text(self) -> str:
        return self.label or self.mention


def _mention(value: Any) -> Any:
    """Accept a bare string where a reference is meant: that is how the model writes one."""
    return {"mention": value} if isinstance(value, str) else value


Title = Annotated[TitleRef, BeforeValidator(_mention)]
Person = Annotated[PersonRef, BeforeValidator(_mention)]


class Query(BaseModel):
    """What one turn means. Only what was said is set; see `HARD_FIELDS` for what must hold.

    `evidence` maps a field to the viewer's words (or "chip") behind it. A hard field without
    evidence is never enforced: `discovery.understanding` drops it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = QUERY_VERSION
    intent: Intent = "discover"

    # soft: they move the ranking
    moods: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    like: tuple[Title, ...] = ()
    unlike: tuple[Title, ...] = ()
    people: tuple[Person, ...] = ()
    text: str = ""

    # hard: a title that breaks one is never shown
    kinds: tuple[Kind, ...] = ()
    # Slugs of editors' collections: a title of any of them will do.
    collections: tuple[Annotated[str, Field(max_length=60)], ...] = Field(default=(), max_length=20)
    genres_all: tuple[str, ...] = ()
    genres_any: tuple[str, ...] = ()
    genres_none: tuple[str, ...] = ()
    year_min: int | None = Field(default=None, ge=1870, le=2100)
    year_max: int | None = Field(default=None, ge=1870, le=2100)
    runtime_min: int | None = Field(default=None, ge=0, le=1000)
    runtime_max: int | None = Field(default=None, ge=1, le=1000)
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    people_required: tuple[Person, ...] = ()
    people_none: tuple[Person, ...] = ()
    age_max: int | None = Field(default=None, ge=0, le=21)
    content_max: Mapping[ContentNote, Annotated[int, Field(ge=0, le=3)]] = Field(
        default_factory=dict
    )
    availability: tuple[str, ...] = ()
    exclude_titles: tuple[Title, ...] = ()

    # shape of the answer
    count: int | None = Field(default=None, ge=1, le=20)
    quotas: Mapping[str, Annotated[int, Field(ge=1, le=20)]] = Field(default_factory=dict)
    novelty: Literal["usual", "unusual"] | None = None
    # Minutes for the whole slate, where it is an evening's programme: "two films in four hours".
    runtime_total: int | None = Field(default=None, ge=1, le=3000)

    allow_unknown: bool = False
    evidence: Mapping[str, str] = Field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """Return only the fields that were said, as JSON types: for traces and the batch door."""
        return self.model_dump(mode="json", exclude_defaults=True)


HARD_FIELDS = frozenset(
    {
        "kinds",
        "collections",
        "genres_all",
        "genres_any",
        "genres_none",
        "year_min",
        "year_max",
        "runtime_min",
        "runtime_max",
        "languages",
        "countries",
        "people_required",
        "people_none",
        "age_max",
        "content_max",
        "availability",
        "exclude_titles",
    }
)


class HistoryEvent(BaseModel):
    """One event of a viewer's history, as the ranking prompt sees it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slot: int = Field(ge=0)
    kind: EventKind = "played"
    days_ago: int | None = Field(default=None, ge=0)


class RankRequest(BaseModel):
    """POST /genrec/rank: score catalogue slots for a wish and a history (oldest first).

    `slots` None ranks the whole catalogue less the history, dislikes too, and returns the best
    `k`; otherwise every slot in `slots` comes back. `scorer` "blend" mixes the catalog head with
    the artefact's sequential prior, if it has one; "genrec" is the head alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wish: str = Field(default="", max_length=MAX_WISH_CHARS)
    history: tuple[HistoryEvent, ...] = Field(default=(), max_length=MAX_HISTORY)
    slots: tuple[Annotated[int, Field(ge=0)], ...] | None = Field(
        default=None, min_length=1, max_length=MAX_CANDIDATES
    )
    k: int = Field(default=50, ge=1, le=MAX_CANDIDATES)
    scorer: Scorer = "blend"


class RankResponse(BaseModel):
    """Slots, best first, with log-probabilities over the slots that were asked for.

    `scored_by` is "genrec" where no prior took part, whatever was asked for.
    """

    slots: list[int]
    logprobs: list[float]
    prompt_tokens: int
    cached_tokens: int
    engine_ms: float
    rows_version: int
    scored_by: Scorer = "genrec"


class CatalogRow(BaseModel):
    """What the server needs to make one title rankable: its slot and its content embedding.

    The server projects `content` with the artefact's own matrices into an input row (the
    title's entity token) and an output row (its column of the catalog head), and adds the
    residual of `imdb` if the artefact has one. `stamp` identifies the content: the
    application compares stamps to find the rows that are out of date.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slot: int = Field(ge=0)
    imdb: str = Field(default="", max_length=16)
    stamp: str = Field(min_length=1, max_length=32)
    content: str = Field(description="base64 of CONTENT_DIM little-endian float16 values")


class RowsRequest(BaseModel):
    """PUT /genrec/rows: set rows, and clear slots that no longer hold a title."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedding_version: str
    rows: tuple[CatalogRow, ...] = Field(default=(), max_length=1000)
    clear: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(), max_length=20_000)


class RowsResponse(BaseModel):
    """How many rows changed, and the version that rankings carry from now on."""

    updated: int
    cleared: int
    rows_version: int


class ServerState(BaseModel):
    """GET /genrec/state. `boot_id` changes with every start: rows must be pushed again.

    `residual_rows` counts the loaded rows with a residual of the artefact, `prior` tells whether
    rankings are blended with a sequential prior.
    """

    boot_id: str
    model: str
    base: str
    artefact: str
    embedding_version: str
    n_slots: int
    rows_loaded: int
    rows_version: int
    artefact_format: int = 1
    residual_rows: int = 0
    prior: bool = False


class RowStamps(BaseModel):
    """GET /genrec/rows: the stamp of every loaded slot."""

    boot_id: str
    rows_version: int
    stamps: dict[int, str]


_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain_text(text: str, *, max_chars: int = 2000) -> str:
    """Return `text` safe to place in a prompt: no chat tokens, controls or invisible characters.

    Chat templates are tokenized as one string, so a title containing "<|im_end|>" would
    otherwise end the turn. The markers are broken up, not removed: the words stay readable.
    """
    text = unicodedata.normalize("NFC", text)
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    text = text.replace("<|", "< |").replace("|>", "| >").replace("</s>", "< /s>")
    return text[:max_chars]
