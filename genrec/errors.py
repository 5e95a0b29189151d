"""The one error a user of the command line or the server is meant to read."""

from __future__ import annotations


class GenRecError(Exception):
    """Something outside the code is wrong. The message says what, and what to do about it."""
