"""Embeddings for a Parquet file of titles: made once by the application's embedder, then kept.

GenRec must see the very content that it is served, so `manage.py embed_titles` makes it, in the
application's environment. It opens no connection: the services it is told of need not exist.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genrec.data import Catalogue, read_catalogue, read_imdb_ids
from genrec.errors import GenRecError
from genrec.files import file_sha256

logger = logging.getLogger(__name__)

CHECKOUT = Path(__file__).resolve().parent.parent
NO_SERVICES = {
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "GENREC_URL": "http://127.0.0.1:9",
    "GENREC_API_KEY": "not-a-key-for-a-command-that-asks-no-server",
    "MOODREEL_SECRET_KEY": "no-secret-is-kept-by-a-command-that-only-embeds-titles",
    "MOODREEL_ALLOWED_HOSTS": "localhost",
    "MOODREEL_ORIGINS": "http://localhost",
    "MOODREEL_SECURE": "0",
}


@dataclass(frozen=True)
class Titles:
    """A catalogue with its titles' imdb ids, "" where unknown."""

    catalogue: Catalogue
    keys: tuple[str, ...]

    def only(self, movie_ids: set[int]) -> Titles:
        """Return these titles. Raises GenRecError if one of them has no embedding."""
        by_id = dict(zip(self.catalogue.movie_ids, self.keys, strict=True))
        catalogue = self.catalogue.only(movie_ids)
        return Titles(catalogue, tuple(by_id[movie_id] for movie_id in catalogue.movie_ids))


def read_titles(path: Path, *, embedding_version: str, checkout: Path = CHECKOUT) -> Titles:
    """Return titles from a Parquet file, or from a safetensors file that `embed_titles` wrote.

    Raises:
        GenRecError: the file is neither, embedding fails, or the embedder's version is not
            `embedding_version`, the one that the artefact was trained with.
    """
    if path.suffix == ".safetensors":
        titles = Titles(read_catalogue(path), imdb_ids(path))
    else:
        catalogue = embedded(path, embedding_version, checkout)
        keys = read_imdb_ids(path)
        titles = Titles(catalogue, tuple(keys.get(row, "") for row in catalogue.movie_ids))
    found = titles.catalogue.embedding_version
    if found != embedding_version:
        raise GenRecError(
            f"The titles were embedded with version {found!r}, the artefact was trained with "
            f"{embedding_version!r}: embed them again, or train again."
        )
    return titles


def imdb_ids(path: Path) -> tuple[str, ...]:
    """Return the imdb ids in a file of embeddings. Raises GenRecError if it has none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as tensors:
            values = json.loads((tensors.metadata() or {})["imdb"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise GenRecError(
            f"{path} has no imdb ids ({error!r}), by which residuals and the prior find their "
            f"titles: make it again with `manage.py embed_titles`, or give the Parquet file."
        ) from error
    return tuple(str(value) for value in values)


def embedded(path: Path, embedding_version: str, checkout: Path) -> Catalogue:
    """Return the titles' embeddings from the cache, made first if it has none that fit."""
    if not path.is_file():
        raise GenRecError(f"There is no file {path}.")
    cache = checkout / "var" / "embeddings" / f"{file_sha256(path)[:24]}.safetensors"
    if cache.exists():
        catalogue = read_catalogue(cache)
        if catalogue.embedding_version == embedding_version:
            return catalogue
    logger.info("embedding the titles of %s, once: %s keeps them", path, cache)
    embed(path, cache, checkout)
    return read_catalogue(cache)


def embed(path: Path, out: Path, checkout: Path) -> None:
    """Write the embeddings of a Parquet file's titles to `out`.

    Raises:
        GenRecError: there is no application environment, or the command fails.
    """
    python = checkout / ".venv" / "bin" / "python"
    if not python.exists():
        raise GenRecError(
            f"Embedding titles needs the application's environment, {python}: run bin/up once, or "
            "give embeddings made by `manage.py embed_titles`."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    stage = out.with_name(f".{out.stem}.{os.getpid()}.safetensors")
    command = [str(python), "manage.py", "embed_titles"]
    files = ["--titles", str(path.absolute()), "--out", str(stage)]
    try:
        run_quietly([*command, *files], checkout)
        stage.replace(out)
    finally:
        stage.unlink(missing_ok=True)


def run_quietly(command: Sequence[str], directory: Path) -> None:
    """Run a command; what it printed is shown only if it fails."""
    environment = {**NO_SERVICES, **os.environ}
    done = subprocess.run(  # noqa: S603  (no shell, our own interpreter)
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise GenRecError("Embedding the titles failed: " + "".join(said))
