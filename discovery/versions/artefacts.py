"""The versions on this machine: the shipped artefact, and those under MOODREEL_ARTEFACTS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.embedding import EmbedderUnavailable, embedding_version

SHIPPED = "default"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
MAX_BYTES = 1_000_000
MAX_FACTS = 60
_DECISIVE = (
    "towers",
    "adapter",
    "residuals",
    "blend",
    "hashes",
    "embedding_version",
    "markers",
    "format",
)
# Shown first, in this order, where a ranker has them.
MAIN_METRICS = ("NDCG@10", "HR@10", "MRR", "Recall@20")


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure with its 95% interval, if the evaluation gave one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Ranker:
    """One line of a table of metrics; `metrics` follows the table's columns."""

    name: str
    metrics: tuple[Metric | None, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """An artefact as its own file describes it. `problem` says why it can't serve."""

    name: str
    identity: str = ""
    base: str = ""
    created: datetime | None = None
    embedding_version: str = ""
    columns: tuple[str, ...] = ()
    rankers: tuple[Ranker, ...] = ()
    # Everything else that was measured, by dotted name.
    facts: tuple[tuple[str, str], ...] = field(default=())
    problem: str = ""


def list_versions() -> list[Version]:
    """Return every version, the shipped one first, the others from new to old."""
    found = [read_version(name) for name in _names()]
    found.sort(key=lambda version: version.created.timestamp() if version.created else 0.0)
    found.reverse()
    return [read_version(SHIPPED), *found]


def find_version(name: str) -> Version | None:
    """Return the version of this name, or None; the name may be anything."""
    return read_version(name) if name == SHIPPED or name in set(_names()) else None


def _names() -> Iterator[str]:
    root = settings.ARTEFACTS_DIR
    if not root.is_dir():
        return
    for entry in sorted(root.iterdir()):
        if NAME.fullmatch(entry.name) and entry.name != SHIPPED and _is_artefact(entry):
            yield entry.name


def _is_artefact(directory: Path) -> bool:
    """A link may lead anywhere: only real directories count."""
    return not directory.is_symlink() and (directory / "artefact.json").is_file()


def directory_of(name: str) -> Path:
    """Return a listed version's directory."""
    if name == SHIPPED:
        return Path(settings.BASE_DIR) / "genrec" / "artefacts" / SHIPPED
    return Path(settings.ARTEFACTS_DIR) / name


def read_version(name: str) -> Version:
    """Read `artefact.json`. What can't be read is said in the version's `problem`."""
    file = directory_of(name) / "artefact.json"
    try:
        if file.stat().st_size > MAX_BYTES:
            return Version(name, problem="artefact.json is larger than 1 MB")
        value = json.loads(file.read_text(encoding="utf-8"))
        return _version(name, value)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        return Version(name, problem=f"artefact.json can't be read: {type(error).__name__} {error}")


def _version(name: str, value: Mapping[str, Any]) -> Version:
    metrics = value.get("metrics") or {}
    rankers = metrics.get("rankers") or {}
    columns = _columns(rankers)
    rest = {key: entry for key, entry in metrics.items() if key != "rankers"}
    embedding = str(value["embedding_version"])
    return Version(
        name=name,
        identity=_identity(value),
        base=str(value["base"]["name"]),
        created=datetime.fromisoformat(str(value["created"])),
        embedding_version=embedding,
        columns=columns,
        rankers=tuple(
            Ranker(ranker, tuple(_metric(figures, column) for column in columns))
            for ranker, figures in rankers.items()
        ),
        facts=tuple(_facts(rest))[:MAX_FACTS],
        problem=_missing_file(name, value) or _mismatch(embedding),
    )


def _identity(value: Mapping[str, Any]) -> str:
    """Return the name that the server's state and the logs know the artefact by.

    As `genrec.checkpoint.Artefact.identity`, which the web application does not import.
    """
    decisive = json.dumps({part: value.get(part) for part in _DECISIVE}, sort_keys=True)
    return f"{value['name']}-{sha256(decisive.encode()).hexdigest()[:12]}"


def _missing_file(name: str, value: Mapping[str, Any]) -> str:
    wanted = value.get("hashes") or {"heads.safetensors": ""}
    missing = [file for file in wanted if not (directory_of(name) / Path(file).name).is_file()]
    return f"incomplete: {', '.join(missing)} is missing" if missing else ""


def _mismatch(version: str) -> str:
    try:
        ours = embedding_version()
    except EmbedderUnavailable as error:
        return f"the catalogue's embedding version is unknown: {error}"
    if version == ours:
        return ""
    return f"trained with embedding version {version}, the catalogue is embedded with {ours}"


def _columns(rankers: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the metrics that any ranker has, the usual ones first."""
    seen = {
        key: None
        for figures in rankers.values()
        for key, value in figures.items()
        if isinstance(value, int | float)
    }
    main = [name for name in MAIN_METRICS if name in seen]
    return (*main, *(name for name in seen if name not in main))


def _metric(figures: Mapping[str, Any], name: str) -> Metric | None:
    value = figures.get(name)
    if not isinstance(value, int | float):
        return None
    interval = (figures.get("ci95") or {}).get(name)
    low, high = interval if interval else (None, None)
    return Metric(float(value), low, high)


def _facts(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Flatten what else was measured: "cold.MRR" and its value."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _facts(entry, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list):
        yield prefix, " to ".join(_readable(entry) for entry in value)[:200]
    else:
        yield prefix, _readable(value)[:200]


def _readable(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
