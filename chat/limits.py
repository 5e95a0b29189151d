"""How much one viewer, and one address, may ask: fixed windows of a minute, in the cache.

Guests get half of what accounts get. An address gets several accounts' worth, because people
share one; it bounds what a script gains from throwing its session away.
"""

from __future__ import annotations

import hashlib
import time

from django.conf import settings
from django.core.cache import cache

WINDOW_S = 60
ACCOUNTS_PER_ADDRESS = 4
# A typing error or two, not a list of passwords.
SIGN_INS_PER_ADDRESS = 10
SIGN_INS_PER_NAME = 30


class TooManyMessages(Exception):
    """The window's share is used up; `wait_s` says when the next begins."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many messages: wait {wait_s} s")
        self.wait_s = wait_s


def count_message(viewer_id: int, *, is_guest: bool, address: str | None) -> None:
    """Count one message of this viewer.

    Args:
        address: as `chat.addresses` says it; None if the server knows none.

    Raises:
        TooManyMessages: this message is over a limit. It was not taken, but it counts.
    """
    full = settings.RATE_LIMIT_PER_MINUTE
    _count(f"viewer:{viewer_id}", max(1, full // 2) if is_guest else full)
    if address:
        _count(f"address:{address}", full * ACCOUNTS_PER_ADDRESS)


def count_use(what: str, viewer_id: int | None, limit: int, *, address: str | None = None) -> None:
    """Count one use of something else than messages, at most `limit` a minute.

    Args:
        viewer_id: None for who is nobody yet: then only the address says who asks.

    Raises:
        TooManyMessages: this use is over the limit of the viewer or of the address.
    """
    if viewer_id is not None:
        _count(f"{what}:viewer:{viewer_id}", limit)
    if address or viewer_id is None:
        _count(f"{what}:address:{address or 'unknown'}", limit * ACCOUNTS_PER_ADDRESS)


def count_sign_in(name: str, *, address: str | None) -> None:
    """Count one try to sign in as `name`, right or wrong.

    An address that is over its limit uses up nothing of the name's: to lock somebody out takes
    several.

    Raises:
        TooManyMessages: this try is over the limit of the address or of the name.
    """
    _count(f"sign-in:address:{address or 'unknown'}", SIGN_INS_PER_ADDRESS)
    digest = hashlib.sha256(name.strip().casefold().encode()).hexdigest()[:32]
    _count(f"sign-in:name:{digest}", SIGN_INS_PER_NAME)


def _count(who: str, limit: int) -> None:
    now = time.time()
    key = f"limit:{who}:{int(now // WINDOW_S)}"
    # `add` before `incr`: only the first of a window sets when the key expires.
    cache.add(key, 0, timeout=WINDOW_S * 2)
    if cache.incr(key) > limit:
        raise TooManyMessages(WINDOW_S - int(now % WINDOW_S))


class FrameBudget:
    """How many frames one socket may send, whatever they ask for: a few seconds' clicking."""

    FRAMES = 40
    PER_S = 10.0

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._left = self.FRAMES

    def spend(self) -> bool:
        """Take one frame from the budget; False if it is used up."""
        now = time.monotonic()
        if now - self._since > self.PER_S:
            self._since, self._left = now, self.FRAMES
        self._left -= 1
        return self._left >= 0
