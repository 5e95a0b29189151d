"""Make and fill the two Python environments, and do nothing when they are as they should be.

Standard library only: the system's Python runs this. `.venv` holds the web application, the
worker and the tests; `.venv-genrec` holds vLLM and torch, which pin other versions of much of it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError
from stack.layout import CHECKOUT, Layout

# Asked only where pip's own sources lack the CPU build of torch.
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
ADVICE = "Is the network up? Set PIP_INDEX_URL or PIP_EXTRA_INDEX_URL if you use a mirror."
SHOWN = ("Collecting ", "Downloading ", "Installing ")
BUILD_TOOLS = ("setuptools>=77", "wheel")


@dataclass(frozen=True)
class Environment:
    """One virtual environment and the files that decide what is in it."""

    directory: Path
    requirements: tuple[Path, ...]
    extra: str | None = None

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.directory / "filled.sha256"

    def fingerprint(self) -> str:
        """Return a hash of all that should lead to a new installation when it changes."""
        digest = hashlib.sha256(f"{self.directory}\n{self.extra}\n".encode())
        for file in self.requirements:
            digest.update(file.read_bytes())
        # It holds the entry points by which vLLM finds GenRec; the tools' settings don't matter.
        project = (CHECKOUT / "pyproject.toml").read_text().partition("\n[tool.")[0]
        digest.update(project.encode())
        return digest.hexdigest()

    def is_filled(self) -> bool:
        return (
            self.stamp.exists()
            and self.stamp.read_text() == self.fingerprint()
            and self.python.exists()  # follows the link: False when its Python was removed
        )


def wanted(layout: Layout, *, genrec: str, tests: bool) -> list[Environment]:
    """Return the environments to fill. `genrec` is "cpu", "gpu" or "none"."""
    pins = layout.checkout / "requirements"
    found = [Environment(layout.checkout / ".venv", (pins / "web.txt",))]
    more = (pins / "genrec-dev.txt",) if tests else ()
    directory = layout.checkout / ".venv-genrec"
    if genrec == "cpu":
        found.append(Environment(directory, (pins / "genrec.txt", *more)))
    elif genrec == "gpu":
        found.append(Environment(directory, more, extra="genrec-gpu"))
    elif genrec != "none":
        raise StackError(f"MOODREEL_GENREC must be cpu or gpu, not {genrec!r}.")
    return found


def fill(environment: Environment) -> None:
    """Make the environment if need be, and install exactly what its files pin."""
    if environment.is_filled():
        return
    name = environment.directory.name
    started = time.monotonic()
    say(f"{name}: installing (minutes at the first start, nothing later)")
    make(environment)
    if environment.extra:
        pip(environment, [*BUILD_TOOLS])
        pip(environment, ["--editable", f"{CHECKOUT}[{environment.extra}]"])
    for file in environment.requirements:
        install_torch(environment, file)
        pip(environment, ["--no-deps", "--requirement", str(file)])
    # "compat" puts the checkout itself on the path: a package added later needs no new install.
    editable = ["--no-deps", "--no-build-isolation", "--config-settings", "editable_mode=compat"]
    pip(environment, [*editable, "--editable", str(CHECKOUT)])
    environment.stamp.write_text(environment.fingerprint())
    say(f"{name}: ready after {time.monotonic() - started:.0f} s")


def make(environment: Environment) -> None:
    """Create the environment; one whose Python is gone or too old is made anew."""
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    if environment.python.exists():
        if subprocess.run([environment.python, "-c", probe], capture_output=True).returncode == 0:
            return
        shutil.rmtree(environment.directory)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(environment.directory)], capture_output=True, text=True
    )
    if made.returncode:
        raise StackError(
            f"python -m venv failed:\n{made.stdout}{made.stderr}\n"
            "On Debian and Ubuntu: apt install python3-venv."
        )


def install_torch(environment: Environment, requirements: Path) -> None:
    """Install the CPU build of torch, from pip's own sources or else from PyTorch's index."""
    pins = [line for line in requirements.read_text().splitlines() if line.startswith("torch==")]
    for pin in pins:
        try:
            pip(environment, ["--no-deps", pin], quiet_failure=True)
        except StackError:
            say(f"{pin} is not in pip's own sources, asking {TORCH_INDEX}")
            pip(environment, ["--no-deps", pin, "--extra-index-url", TORCH_INDEX])


def pip(environment: Environment, arguments: Sequence[str], *, quiet_failure: bool = False) -> None:
    """Run pip install, showing what it fetches; its warnings only when it fails."""
    command = [str(environment.python), "-m", "pip", "install", "--progress-bar", "off"]
    lines: list[str] = []
    with subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONWARNINGS": "ignore"},
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if line.lstrip().startswith(SHOWN):
                say(f"  {line.strip()[:110]}")
    if process.returncode:
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-10:]
        if not quiet_failure:
            print("".join(lines[-30:]), file=sys.stderr)
        raise StackError(f"pip install {arguments[-1]} failed: {''.join(errors)}{ADVICE}")


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Fill the environments; arguments of `bin/up` that don't matter here are ignored."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--no-genrec", action="store_true")
    parser.add_argument("--tests", action="store_true")
    options, _ = parser.parse_known_args()
    layout = Layout(CHECKOUT / "var")
    try:
        for environment in wanted(layout, genrec=choose_genrec(layout), tests=options.tests):
            fill(environment)
    except (StackError, OSError) as error:
        print(f"Setting up failed: {error}", file=sys.stderr)
        return 1
    return 0


def choose_genrec(layout: Layout) -> str:
    """Return which GenRec environment is needed.

    Without a model server of our own it still exports the text embedder, once.
    """
    served_elsewhere = "GENREC_URL" in os.environ or "--no-genrec" in sys.argv[1:]
    if served_elsewhere and (layout.models / "embedder").exists():
        return "none"
    return os.environ.get("MOODREEL_GENREC", "cpu")


if __name__ == "__main__":
    sys.exit(main())
