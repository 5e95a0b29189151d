"""Database work from the event loop: in a thread of its own, with no connection kept after."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection

P = ParamSpec("P")
R = TypeVar("R")


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run synchronous database work in a thread of the pool, beside other turns' work.

    The connection is given back at the end, so that none is held while text streams. Inside a
    transaction of the caller's (tests have one) there is no other thread to see its rows: such
    callers use the functions underneath.
    """

    def work() -> R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            connection.close()

    return await sync_to_async(work, thread_sensitive=False)()
