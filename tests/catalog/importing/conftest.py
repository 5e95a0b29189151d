"""Reports in a folder of the test's own, and files of rows."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from tests.catalog.importing.rows import WriteCsv


@pytest.fixture(autouse=True)
def reports(settings: LazySettings, tmp_path: Path) -> None:
    settings.REPORTS_DIR = tmp_path / "reports"


@pytest.fixture
def write_csv(tmp_path: Path) -> WriteCsv:
    def write(rows: Sequence[Mapping[str, Any]], name: str = "file.csv", **options: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding=options.pop("encoding", "utf-8")) as file:
            writer = csv.DictWriter(file, list(rows[0]), **options)
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write
