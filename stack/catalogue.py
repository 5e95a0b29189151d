"""Whether this database holds the default catalogue, as the present code would import it.

The import is idempotent, but finding out that nothing changed reads 17,000 films: a start that
knows so already need not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import psycopg

from stack.errors import StackError
from stack.layout import Layout
from stack.models import files_in

DATA_PACKAGE = "bokeh-sampledata=="


@dataclass(frozen=True)
class ImportMark:
    """A file that names the state in which a database got the catalogue."""

    layout: Layout
    database_url: str

    @property
    def path(self) -> Path:
        database = hashlib.sha256(self.database_url.encode()).hexdigest()[:12]
        return self.layout.postgres / f"imported-{database}"

    def exists(self) -> bool:
        """Whether the database got the catalogue at all, so that the page needn't wait."""
        return self.path.exists()

    def is_current(self) -> bool:
        """Whether importing again would change nothing."""
        return self.exists() and self.path.read_text() == self.fingerprint()

    def set(self) -> None:
        self.path.write_text(self.fingerprint())

    def holds_titles(self) -> bool:
        """Ask the database itself, once it is migrated, whether there is any title.

        Raises:
            StackError: it can't be asked.
        """
        try:
            with psycopg.connect(self.database_url, connect_timeout=10) as connection:
                row = connection.execute("SELECT 1 FROM catalog_title LIMIT 1").fetchone()
        except psycopg.Error as error:
            raise StackError(f"The database can't be asked for its titles: {error}") from error
        return row is not None

    def forget(self) -> None:
        """Drop the mark: somebody made this database anew."""
        self.path.unlink(missing_ok=True)

    def fingerprint(self) -> str:
        """Return a hash of the data's version, the importing code and the embedder."""
        checkout = self.layout.checkout
        pins = (checkout / "requirements" / "web.txt").read_text().splitlines()
        digest = hashlib.sha256("".join(p for p in pins if p.startswith(DATA_PACKAGE)).encode())
        code = sorted((checkout / "catalog").glob("*.py"))
        importing = sorted((checkout / "catalog" / "importing").glob("*.py"))
        starter = sorted((checkout / "catalog" / "starter").glob("*"))
        ontology = checkout / "catalog" / "ontology.toml"
        embedder = self.layout.models / "embedder" / "embedder.json"
        for file in files_in([*code, *importing, *starter, ontology, embedder]):
            digest.update(file.read_bytes())
        return digest.hexdigest()


def forget_imports(layout: Layout) -> None:
    """Drop all marks: the database they speak of was just made anew."""
    for mark in layout.postgres.glob("imported-*"):
        mark.unlink()
