"""Where GenRec answers now: read from the database at most every two seconds, in every process.

GENREC_URL is the default, and the only address where nobody can switch. A switch moves traffic by
one row in the database (`VersionSwitch`), so all web and worker processes follow within `TTL_S`.
"""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.db import Error as DatabaseError

from discovery.models import VersionSwitch
from discovery.threads import in_database

logger = logging.getLogger(__name__)

TTL_S = 2.0
_known: tuple[str, float] | None = None


def can_change() -> bool:
    """Whether there is anything to choose from."""
    return settings.GENREC_CONTROL is not None or len(settings.GENREC_URLS) > 1


async def current_address() -> str:
    """Return the address in force. Never raises: without the database the last one known stays."""
    global _known
    if not can_change():
        return settings.GENREC_URL
    known, now = _known, time.monotonic()
    if known is not None and now - known[1] < TTL_S:
        return known[0]
    try:
        address = await in_database(address_in_force)
    except DatabaseError as error:
        address = known[0] if known else settings.GENREC_URL
        logger.warning("GenRec's address is not known for sure: %s", type(error).__name__)
    if known is not None and known[0] != address:
        logger.info("GenRec now answers on %s", address)
    _known = (address, now)
    return address


def forget_address() -> None:
    """Read the database at the next use: a connection failed, or a switch has just moved."""
    global _known
    _known = None


def address_in_force() -> str:
    """Return the address of the last switch, if it is still one that this machine may use.

    An address of an earlier start of the machine means nothing now: the version that was chosen
    is started under GENREC_URL again.
    """
    last = last_moved()
    if last is None:
        return settings.GENREC_URL
    if settings.GENREC_CONTROL is not None:
        is_valid = last.control == settings.GENREC_CONTROL.name and bool(last.address)
    else:
        is_valid = last.address in settings.GENREC_URLS
    return last.address if is_valid else settings.GENREC_URL


def last_moved() -> VersionSwitch | None:
    """Return the switch that made what serves now, or None: nobody ever switched."""
    moved = VersionSwitch.objects.filter(moved_at__isnull=False)
    return moved.order_by("-moved_at", "-pk").first()
