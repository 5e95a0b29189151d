"""How old an event is, whatever zone its time was written in.

The cases are golden ones; what the ranking prompt makes of their ages is GenRec's half.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from discovery.history import ranking_history
from discovery.types import Event

GOLDEN = Path(__file__).parents[2] / "genrec" / "golden" / "zones.json"
ZONES: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))


def moment(case: dict[str, Any]) -> datetime | None:
    if "at" not in case:
        return None
    local = datetime.fromisoformat(case["at"]).replace(fold=case.get("fold", 0))
    return local.replace(tzinfo=ZoneInfo(case["zone"]))


@pytest.fixture(params=["UTC", "Europe/Berlin", "Pacific/Auckland"])
def now(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The golden now, as a server of that zone would write it."""
    found = datetime.fromisoformat(ZONES["now"]).astimezone(ZoneInfo(request.param))
    monkeypatch.setattr("discovery.history.timezone.now", lambda: found)
    return found


def test_ages_are_whole_days_that_have_passed(now: datetime) -> None:
    cases = ZONES["events"]
    history = [Event(title_id=n, kind="liked", at=moment(case)) for n, case in enumerate(cases)]
    slots = {n: n for n in range(len(cases))}

    events = ranking_history(history, (), slots)

    found = {case["why"]: event.days_ago for case, event in zip(cases, events, strict=True)}
    assert found == {case["why"]: case["days_ago"] for case in cases}
