"""Read what training and evaluation need: histories, titles with embeddings, title facts.

A row is a title's position in the catalogue read here; it stands for a slot in prompts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from genrec.contract import CONTENT_DIM
from genrec.errors import GenRecError

Rows = list[int]


@dataclass(frozen=True)
class Catalogue:
    """Titles with their content embeddings, (N, CONTENT_DIM) float32 of unit length.

    `full` embeds the whole document, `facts` the document without synopsis, keywords and tags.
    """

    movie_ids: tuple[int, ...]
    full: npt.NDArray[np.float32]
    facts: npt.NDArray[np.float32]
    embedding_version: str

    @property
    def rows(self) -> dict[int, int]:
        return {movie_id: row for row, movie_id in enumerate(self.movie_ids)}

    def __len__(self) -> int:
        return len(self.movie_ids)

    def only(self, movie_ids: set[int]) -> Catalogue:
        """Return the catalogue of these titles, in the same order.

        Raises:
            GenRecError: one of them has no embedding.
        """
        missing = movie_ids - set(self.movie_ids)
        if missing:
            raise GenRecError(f"{len(missing)} titles have no embedding, such as {min(missing)}.")
        keep = [row for row, movie_id in enumerate(self.movie_ids) if movie_id in movie_ids]
        return Catalogue(
            tuple(self.movie_ids[row] for row in keep),
            self.full[keep],
            self.facts[keep],
            self.embedding_version,
        )


def read_catalogue(path: Path) -> Catalogue:
    """Read the embeddings that `manage.py embed_titles` writes.

    Raises:
        GenRecError: not such a file, or with vectors of the wrong shape or not finite.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as tensors:
            metadata = tensors.metadata() or {}
            full, facts = (tensors.get_tensor(name) for name in ("full", "facts"))
        movie_ids = tuple(int(value) for value in json.loads(metadata["movie_ids"]))
        version = metadata["embedding_version"]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise GenRecError(
            f"{path} is not a file of title embeddings ({error}): make one with "
            f"`manage.py embed_titles --titles titles.parquet --out {path.stem}.safetensors`."
        ) from error
    for name, values in (("full", full), ("facts", facts)):
        if values.shape != (len(movie_ids), CONTENT_DIM) or not np.isfinite(values).all():
            raise GenRecError(
                f"{path}: {name} has shape {values.shape} or values that are not finite; expected "
                f"({len(movie_ids)}, {CONTENT_DIM})."
            )
    return Catalogue(movie_ids, full.astype(np.float32), facts.astype(np.float32), version)


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file with these columns.

    Raises:
        GenRecError: the file cannot be read or lacks a column.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path, columns=list(columns))
    except (OSError, pyarrow.ArrowException) as error:
        raise GenRecError(f"Cannot read {path}: {error}") from error
    absent = set(columns) - set(table.schema.names)
    if absent:
        raise GenRecError(f"{path} has no column {', '.join(sorted(absent))}.")
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def read_histories(path: Path) -> dict[int, list[int]]:
    """Return each user's movie ids, oldest first, from columns user_id, pos and movie_id."""
    events = read_table(path, ["user_id", "pos", "movie_id"])
    events.sort(key=lambda event: (event["user_id"], event["pos"]))
    histories: dict[int, list[int]] = {}
    for event in events:
        histories.setdefault(int(event["user_id"]), []).append(int(event["movie_id"]))
    return histories


def read_targets(path: Path) -> dict[int, int]:
    """Return each user's target movie id, from columns user_id and movie_id."""
    return {
        int(row["user_id"]): int(row["movie_id"])
        for row in read_table(path, ["user_id", "movie_id"])
    }


@dataclass(frozen=True)
class TitleFacts:
    """What wishes are made of. `words` names the title for the start of the content tower.

    `terms` are words of the ontology, `logline` says in a sentence or two what it is about.
    """

    words: str
    imdb: str = ""
    title: str = ""
    genres: tuple[str, ...] = ()
    year: int | None = None
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    logline: str = ""


FACT_COLUMNS = ("title", "year", "genres", "director", "cast_top3", "keywords", "ml_tags")


def read_title_facts(
    path: Path, catalogue: Catalogue, described: Path | None = None
) -> list[TitleFacts]:
    """Return the facts of every title of the catalogue, in its order.

    Lists are separated by "|". A title that the file lacks has no facts, and so no wishes.
    `described` is a directory of JSONL files with terms and loglines by imdb id.

    Raises:
        GenRecError: the file can't be read, or has none of the titles.
    """
    rows = read_table(path, ["movieId", "imdbId", *FACT_COLUMNS])
    by_id = {int(row["movieId"]): row for row in rows}
    if by_id.keys().isdisjoint(catalogue.movie_ids):
        raise GenRecError(f"{path} has none of the titles: its column movieId is of others.")
    facts = [title_facts(by_id.get(movie_id)) for movie_id in catalogue.movie_ids]
    if described is None:
        return facts
    records = read_descriptions(described)
    return [with_description(title, records.get(title.imdb)) for title in facts]


def read_imdb_ids(path: Path) -> dict[int, str]:
    """Return the imdb id of every movie id that has one, from columns movieId and imdbId."""
    rows = read_table(path, ["movieId", "imdbId"])
    return {int(row["movieId"]): imdb_key(row["imdbId"]) for row in rows if row["imdbId"]}


def imdb_key(value: Any) -> str:
    """Return "tt" and at least seven digits, of a number or of such a string; "" for nothing."""
    if not value or value != value:  # NaN is how a Parquet column of numbers says nothing
        return ""
    text = str(value)
    return text if text.startswith("tt") else f"tt{int(float(text)):07d}"


def read_descriptions(directory: Path) -> dict[str, dict[str, Any]]:
    """Return the records of a directory of JSONL files by their imdb id.

    Raises:
        GenRecError: no such files, or a line that is not JSON.
    """
    paths = sorted(directory.glob("*.jsonl"))
    if not paths:
        raise GenRecError(f"{directory} holds no .jsonl files of descriptions.")
    records: dict[str, dict[str, Any]] = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                record = json.loads(line)
            except ValueError as error:
                raise GenRecError(f"{path}, line {number} is not JSON: {error}.") from error
            if record.get("imdb"):
                records[record["imdb"]] = record
    return records


def with_description(title: TitleFacts, record: dict[str, Any] | None) -> TitleFacts:
    if record is None:
        return title
    # 1 of 3 is a hint of something: what nobody would name when asking for it.
    terms = tuple(term for term, strength in record.get("vibes", {}).items() if strength > 1)
    return replace(title, terms=terms, logline=record.get("logline", ""))


def title_facts(row: dict[str, Any] | None) -> TitleFacts:
    if row is None:
        return TitleFacts(words="")
    genres = split_list(row["genres"])
    directors, cast = split_list(row["director"]), split_list(row["cast_top3"])
    keywords = split_list(row["keywords"]) + split_list(row["ml_tags"])
    return TitleFacts(
        words=" ".join((str(row["title"]), *genres, *directors, *cast, *keywords)),
        imdb=imdb_key(row["imdbId"]),
        title=str(row["title"]),
        genres=genres,
        year=int(row["year"]) if row["year"] else None,
        directors=directors,
        cast=cast,
        keywords=keywords,
    )


def split_list(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split("|") if part.strip())
