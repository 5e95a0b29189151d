"""Fill the scratch database as the product would: its importer, documents, slots, histories.

Nothing here computes what the product computes: titles come through the MovieLens importer, search
vectors and embeddings through `catalog.embedding`, and ratings become imported histories of
viewers. Only vectors are remembered on disk, by document and embedding version.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from pgvector.django import HnswIndex

from catalog.embedding import embedding_version, refresh_stale
from catalog.importing.base import SourceUnavailable
from catalog.importing.files import find_file, read_rows
from catalog.importing.movielens import MovieLens
from catalog.importing.run import finish_run, source_lock
from catalog.models import ExternalId, ImportRun, Title
from catalog.progress import ProgressLines
from catalog.slots import assign_slots
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.vector_cache import VectorCache
from discovery.histories.reading.base import Watched
from discovery.models import HistoryEntry, HistoryImport, Viewer

Write = Callable[[str], object]

# Raise it when the same files would now fill the database otherwise.
FILLING_VERSION = 2
# Ratings are in stars.
MAX_STARS = 5.0
_BATCH = 5000


def contents_of(catalogue: Path, ratings: Path | None) -> str:
    """Identify what a scratch database is filled with: the files, and the code that reads them.

    Raises:
        EvaluationError: a file is missing.
    """
    parts = [str(FILLING_VERSION), str(MovieLens.importer_version), embedding_version()]
    parts += [_digest(path) for path in (catalogue, ratings) if path]
    parts.append(_newest_migrations())
    return hashlib.sha256(":".join(parts).encode()).hexdigest()[:32]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EvaluationError(f"{path} can't be read: {error.strerror}.") from error


def _newest_migrations() -> str:
    """Identify the tables: a database of before a migration is no use."""
    loader = MigrationLoader(None)
    leaves = [key for app in ("catalog", "discovery") for key in loader.graph.leaf_nodes(app)]
    return ",".join(sorted("/".join(key) for key in leaves))


def fill_catalogue(
    catalogue: Path, ratings: Path | None, vectors: VectorCache, write: Write
) -> None:
    """Import titles and ratings, give slots, and make every title searchable.

    Raises:
        EvaluationError: a file is not of its form.
        EmbedderUnavailable: its files are missing.
    """
    with _without_vector_index():
        import_titles(catalogue, ratings, write)
        assign_slots()
        embed_titles(vectors, write)
    if ratings:
        import_ratings(ratings, write)
    with connection.cursor() as cursor:
        # Otherwise the planner knows nothing of tables that were just filled.
        cursor.execute("ANALYZE")


def embed_titles(vectors: VectorCache, write: Write) -> None:
    """Make every title searchable, with the vectors that are known."""
    filled = vectors.fill()
    write(f"embedding: {filled} vectors from {vectors.path}")
    try:
        refresh_stale(ProgressLines("embedding", write))
    finally:
        # It takes minutes: what was embedded before an interruption is not lost.
        vectors.save()


@contextmanager
def _without_vector_index() -> Iterator[None]:
    """Build the index of the vectors once, at the end: each write would cost it a search."""
    index = next(index for index in Title._meta.indexes if isinstance(index, HnswIndex))
    with connection.schema_editor() as editor:
        editor.remove_index(Title, index)
    yield
    with connection.schema_editor() as editor:
        editor.add_index(Title, index)


def import_titles(catalogue: Path, ratings: Path | None, write: Write) -> None:
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder)
        # The importer takes what lies beside the titles; here only what was named.
        (staged / f"titles{catalogue.suffix}").symlink_to(catalogue.absolute())
        if ratings:
            (staged / f"ratings{ratings.suffix}").symlink_to(ratings.absolute())
        try:
            source = MovieLens(staged)
            # The report stays in the folder: it is no run of the product's.
            run = ImportRun.objects.create(
                source=source.name,
                digest=source.digest(),
                report_path=str(staged / "report.csv"),
            )
            with source_lock(source.name):
                finish_run(source, run, limit=None, progress=ProgressLines("titles", write))
        except SourceUnavailable as error:
            raise EvaluationError(f"{catalogue} is no catalogue: {error}") from error
    n_titles = Title.objects.published().count()
    if not n_titles:
        raise EvaluationError(f"{catalogue} has no titles.")
    write(f"titles: {n_titles} published, {run.errors} cells or rows left out")


def import_ratings(ratings: Path, write: Write) -> None:
    """Keep every rating as an entry of its viewer's imported history.

    Raises:
        EvaluationError: the file lacks userId, movieId or rating.
    """
    titles = titles_by(ExternalId.Source.MOVIELENS)
    batches: dict[str, HistoryImport] = {}
    entries: list[HistoryEntry] = []
    n_rows = 0
    for user, movie, stars, at in _rated(ratings):
        if (title_id := titles.get(movie)) is None:
            continue
        if user not in batches:
            batches[user] = HistoryImport.objects.create(
                viewer=Viewer.objects.create(),
                source=HistoryImport.Source.MOVIELENS,
                file_name=ratings.name[-200:],
            )
        entries.append(_entry(batches[user], title_id, stars, at))
        n_rows += 1
        if len(entries) >= _BATCH:
            HistoryEntry.objects.bulk_create(entries)
            entries = []
    HistoryEntry.objects.bulk_create(entries)
    write(f"ratings: {n_rows} of {len(batches)} viewers")


def titles_by(source: ExternalId.Source) -> dict[str, int]:
    """Return the title of each id that a source gives."""
    return dict(ExternalId.objects.filter(source=source).values_list("value", "title_id"))


def _rated(ratings: Path) -> Iterator[tuple[str, str, float, datetime | None]]:
    try:
        for row in read_rows(find_file(ratings)):
            user, movie = str(int(row["userId"])), str(int(row["movieId"]))
            seconds = row.get("timestamp")
            at = datetime.fromtimestamp(int(seconds), UTC) if seconds else None
            yield user, movie, float(row["rating"]), at
    except (KeyError, TypeError, ValueError, SourceUnavailable) as error:
        raise EvaluationError(
            f"{ratings} is no file of ratings (userId, movieId, rating, timestamp): {error!r}"
        ) from error


def _entry(batch: HistoryImport, title_id: int, stars: float, at: datetime | None) -> HistoryEntry:
    watched = Watched("", rating=stars / MAX_STARS, watched_at=at)
    return HistoryEntry(
        batch=batch,
        name="",
        kind=watched.kind,
        rating=watched.rating,
        watched_at=at,
        title_id=title_id,
        confidence=1.0,
        status=HistoryEntry.Status.MATCHED,
    )
