"""Where things lie: the checkout, its two environments, and the run-time state under `var/`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Layout:
    """The paths of one running product. `state` is `var/`, or a test's own directory."""

    state: Path
    checkout: Path = CHECKOUT

    @property
    def web_python(self) -> Path:
        return self.checkout / ".venv" / "bin" / "python"

    @property
    def genrec_python(self) -> Path:
        return self.checkout / ".venv-genrec" / "bin" / "python"

    @property
    def run(self) -> Path:
        """Locks, the list of started processes, the environment: private to us."""
        return self.state / "run"

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def models(self) -> Path:
        return self.state / "models"

    @property
    def postgres(self) -> Path:
        return self.state / "postgres"

    @property
    def valkey(self) -> Path:
        return self.state / "valkey"

    @property
    def secrets(self) -> Path:
        return self.state / "secrets.json"

    @property
    def artefacts(self) -> Path:
        """Artefacts of GenRec beside the shipped one, one directory each."""
        return Path(os.environ.get("MOODREEL_ARTEFACTS") or self.state / "artefacts").absolute()

    @property
    def choice(self) -> Path:
        """Which artefact serves after a restart."""
        return self.state / "genrec.json"

    @property
    def control(self) -> Path:
        """Where the application asks for GenRec servers."""
        return self.run / "genrec"

    @property
    def env_file(self) -> Path:
        return self.run / "env.json"

    @property
    def ledger(self) -> Path:
        return self.run / "processes.json"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    def make_directories(self) -> None:
        """Create the state directories: private ones for us only, the rest enterable.

        `var/` itself stays enterable because PostgreSQL may have to run as another user.
        """
        self.state.mkdir(parents=True, exist_ok=True, mode=0o755)
        self.postgres.mkdir(exist_ok=True)
        self.models.mkdir(exist_ok=True)
        for private in (self.run, self.logs, self.valkey):
            private.mkdir(exist_ok=True)
            private.chmod(0o700)
