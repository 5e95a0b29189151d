"""What goes wrong in an evaluation."""

from __future__ import annotations


class EvaluationError(Exception):
    """A file, a name or a server that can't be used. The message says what to do about it."""
