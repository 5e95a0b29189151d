"""Import 200,000 synthetic titles into a scratch database; then repeat the retrieval benchmark.

Prints rows a second and the importer's peak memory after a quarter of the rows and at the end:
it must not grow with the file. Then every title gets a unit vector near one of 2,000 random
centres in the place of an embedding (no embedder runs here), and `benchmarks/retrieval.py` prints
its table at that size.

    .venv/bin/python -m stack run --root /tmp/import-200k -- \\
        .venv/bin/python benchmarks/import_200k.py
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
SEED = 7
GENRES = ("Drama", "Comedy", "Western", "Documentary", "Horror", "Romance", "Action", "Crime")
COUNTRIES = ("France", "Japan", "India", "Brazil", "Nigeria", "Denmark", "Canada", "Mexico")
CENTRES = 2_000
DIMENSIONS = 384
CHUNK = 5_000
# So that the cosine of two titles of one centre is about 0.5, as of films of one sort.
NOISE = 1.0
INDEX = "title_embedding_hnsw"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--no-retrieval", action="store_true")
    options = parser.parse_args()
    manage("migrate", "-v0")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "titles.csv"
        write_titles(path, options.rows)
        print(f"{options.rows:,} rows, {path.stat().st_size / 2**20:.0f} MiB", flush=True)
        measure_import(path, options.rows)
    if not options.no_retrieval:
        started = time.perf_counter()
        fill_vectors()
        print(f"vectors and index: {time.perf_counter() - started:.0f} s\n", flush=True)
        with (ROOT / "benchmarks" / "retrieval.py").open() as script:
            subprocess.run(command("shell", "-v0"), stdin=script, check=True)


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def manage(*arguments: str) -> None:
    subprocess.run(command(*arguments), check=True)


def write_titles(path: Path, rows: int) -> None:
    """Write rows with as many people, tags and words as catalogues have. The same each time."""
    # Not for secrets: the same rows each time.
    rng = random.Random(SEED)
    words = [f"word{number}" for number in range(4_000)]
    header = (
        "id", "title", "year", "runtime", "genres", "director", "cast", "keywords", "country",
        "votes", "synopsis",
    )  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number in range(rows):
            cast = "|".join(f"Actor {rng.randrange(rows // 2)}" for _ in range(4))
            tags = "|".join(f"tag {rng.randrange(5_000)}" for _ in range(4))
            synopsis = " ".join(rng.choices(words, k=40))
            name = " ".join(rng.choices(words, k=3)).title()
            writer.writerow(
                [number, name, rng.randint(1930, 2025), rng.randint(60, 200),
                 "|".join(rng.sample(GENRES, 2)), f"Director {rng.randrange(rows // 5)}", cast,
                 tags, rng.choice(COUNTRIES), rng.randrange(10_000), synopsis]
            )  # fmt: skip


def measure_import(path: Path, rows: int) -> None:
    """Import in a process of its own; read its peak memory on the way."""
    arguments = ("--source", "generic", "--file", str(path), "--no-embed")
    started = time.perf_counter()
    process = subprocess.Popen(
        command("import_titles", *arguments), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    quarter_mib = peak = 0.0
    for line in process.stdout:
        peak = max(peak, peak_mib(process.pid))
        if line.startswith("import:") and " of " in line:
            done = int(line.split()[1])
            if done >= rows // 4 and not quarter_mib:
                quarter_mib = peak
                print(f"peak memory after {done:,} rows: {peak:.0f} MiB", flush=True)
        else:
            print(line, end="", flush=True)
    seconds = time.perf_counter() - started
    if process.wait():
        raise SystemExit("The import failed.")
    print(f"peak memory after {rows:,} rows: {peak:.0f} MiB")
    print(f"{seconds:.0f} s, {rows / seconds:.0f} rows a second", flush=True)


def peak_mib(pid: int) -> float:
    """Return the most memory that a process has held, in MiB; 0 if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    peaks = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peaks[0].split()[1]) / 1024 if peaks else 0.0


def fill_vectors() -> None:
    """Give every title a vector. The index is made afterwards: far quicker, and the same."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.db import connection

    from catalog.models import Title

    rng = np.random.default_rng(SEED)
    centres = unit(rng.standard_normal((CENTRES, DIMENSIONS)))
    index = next(index for index in Title._meta.indexes if index.name == INDEX)
    ids = list(Title.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(f"DROP INDEX {INDEX}")
        cursor.execute(f"CREATE TEMPORARY TABLE vectors (pk bigint, vector halfvec({DIMENSIONS}))")
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            noise = rng.standard_normal((len(chunk), DIMENSIONS)) / DIMENSIONS**0.5
            vectors = unit(centres[rng.integers(CENTRES, size=len(chunk))] + NOISE * noise)
            copy_vectors(cursor, chunk, vectors)
        cursor.execute(
            "UPDATE catalog_title SET embedding = vector, embedding_version = 'synthetic' "
            "FROM vectors WHERE vectors.pk = id"
        )
        cursor.execute("DROP TABLE vectors")
    with connection.schema_editor() as editor:
        editor.add_index(Title, index)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_title")


def unit(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    scaled: npt.NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def copy_vectors(cursor: Any, ids: list[int], vectors: npt.NDArray[np.float64]) -> None:
    lines = io.StringIO()
    for pk, vector in zip(ids, vectors, strict=True):
        lines.write(f"{pk}\t[{','.join(f'{value:.4f}' for value in vector)}]\n")
    with cursor.copy("COPY vectors FROM STDIN") as copy:
        copy.write(lines.getvalue())


if __name__ == "__main__":
    main()
