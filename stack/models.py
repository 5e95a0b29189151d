"""The models' files: what must be made before the text embedder and GenRec can run.

GenRec's own commands make them, in its environment, and are idempotent; the stamps here only
spare the second start from loading torch to find that out.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError
from stack.layout import Layout
from stack.versions import SHIPPED, artefact_directory, model_directory

SLOTS = 20480
MODEL_SOURCES = (
    "base.py",
    "embedder.py",
    "assembly.py",
    "adapter.py",
    "checkpoint.py",
    "tensor_files.py",
    "prior.py",
    "towers.py",
    "vocabulary.py",
    "files.py",
)


@dataclass(frozen=True)
class Preparation:
    """One command that makes one directory, and the files that decide what it makes."""

    name: str
    title: str
    command: tuple[str, ...]
    out: Path
    inputs: tuple[Path, ...]

    @property
    def stamp(self) -> Path:
        return self.out.with_name(f"{self.out.name}.sha256")

    def fingerprint(self) -> str:
        digest = hashlib.sha256("\0".join(self.command).encode())
        for file in files_in(self.inputs):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def is_done(self) -> bool:
        return (
            self.out.is_dir()
            and self.stamp.exists()
            and self.stamp.read_text() == self.fingerprint()
        )

    def mark_done(self) -> None:
        self.stamp.write_text(self.fingerprint())


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and those in the directories named, in a fixed order."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.is_file())
        elif path.exists():
            found.append(path)
    return found


def preparations(layout: Layout, *, genrec: bool, version: str = SHIPPED) -> list[Preparation]:
    """Return what must be made, in order. Without GenRec only the text embedder.

    Raises:
        StackError: there is no such version of GenRec.
    """
    package = layout.checkout / "genrec"
    artefact = artefact_directory(layout, version)
    sources = tuple(package / name for name in MODEL_SOURCES)
    pins = (layout.checkout / "requirements" / "genrec.txt",)
    base, embedder = layout.models / "base", layout.models / "embedder"
    model = model_directory(layout, version)

    def make(
        name: str, title: str, out: Path, *arguments: str, more: tuple[Path, ...] = ()
    ) -> Preparation:
        command = (str(layout.genrec_python), "-m", "genrec", name, *arguments, "--out", str(out))
        return Preparation(name, title, command, out, (*pins, *sources, *more))

    steps = [make("export-embedder", "exporting the text embedder", embedder)]
    if genrec:
        source = ("--base", str(base), "--artefact", str(artefact), "--slots", str(SLOTS))
        steps += [
            make("prepare-base", "unpacking the base language model", base),
            make("assemble", "assembling GenRec", model, *source, more=(artefact,)),
        ]
    return steps


def prepare_models(layout: Layout) -> None:
    """Make everything that is missing, one after the other, in the foreground.

    Raises:
        StackError: a command failed; it has said why.
    """
    layout.make_directories()
    for step in preparations(layout, genrec=True):
        if step.is_done():
            continue
        print(f"{step.title} ...", flush=True)
        if subprocess.run(step.command, cwd=layout.checkout).returncode:
            raise StackError(f"{step.title} failed: {' '.join(step.command)}")
        step.mark_done()
