"""The launcher's side of the control directory, played by the test."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from catalog.embedding import embedding_version
from discovery.models import VersionSwitch
from discovery.versions.machine import Server
from discovery.versions.requests import request_switch
from discovery.versions.switching import advance
from tests.genrec_fake import FakeGenRec


@dataclass
class Launcher:
    """Reports what a test says, and reads what the application wants."""

    control: Path
    serving: str = "default"
    servers: dict[str, Server] = field(default_factory=dict)

    def report(self, *, problem: str = "", **servers: Server) -> None:
        self.servers |= servers
        value = {
            "serving": self.serving,
            "servers": {name: asdict(server) for name, server in self.servers.items()},
            "problem": problem,
        }
        (self.control / "servers.json").write_text(json.dumps(value))

    def wanted(self) -> tuple[str, str | None] | None:
        """Return what is wanted: the version that serves, and the one beside it."""
        file = self.control / "wanted.json"
        if not file.exists():
            return None
        value: dict[str, Any] = json.loads(file.read_text())
        return value["serving"], value["beside"]


def write_artefact(directory: Path, **changes: Any) -> Path:
    """Write an artefact's description, and an empty file where its tensors would be.

    It fits the catalogue, unless `changes` say otherwise.
    """
    directory.mkdir(parents=True, exist_ok=True)
    value = {
        "format": 2,
        "name": "genrec",
        "base": {"name": "Some-135M", "weights_sha256": "b" * 64},
        "created": "2026-11-22T01:10:20+00:00",
        "embedding_version": embedding_version(),
        "heads_sha256": "a" * 64,
        "hashes": {"heads.safetensors": "a" * 64},
        "metrics": {
            "rankers": {
                "popularity": {"NDCG@10": 0.018},
                "genrec": {"MRR": 0.14, "NDCG@10": 0.16512, "ci95": {"NDCG@10": [0.158, 0.1723]}},
            },
            "users": 6040,
            "cold": {"two_tower": {"MRR": 0.04321}},
        },
        **changes,
    }
    (directory / "artefact.json").write_text(json.dumps(value))
    (directory / "heads.safetensors").write_bytes(b"")
    return directory


def later(switch: VersionSwitch, **ago: float) -> None:
    """Pretend that the switch came into its stage some time ago."""
    VersionSwitch.objects.filter(pk=switch.pk).update(stage_since=timezone.now() - timedelta(**ago))


def switch_to_v2(launcher: Launcher, user: User, new: FakeGenRec) -> VersionSwitch:
    """Go all the way until traffic has moved."""
    switch = request_switch("v2", user)
    advance()
    launcher.report(v2=Server("ready", new.url))
    advance()
    switch.refresh_from_db()
    assert switch.stage == "moved", switch.note
    launcher.serving = "v2"
    launcher.report()
    return switch
