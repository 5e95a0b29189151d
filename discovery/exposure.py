"""Exposures: which picks were really shown, by which policy, with what propensity."""

from __future__ import annotations

from discovery.models import Exposure, Pick


def record_exposures(slate_id: int) -> int:
    """Record that a slate's picks reached an open page; return how many were new.

    Safe to call again: a pick is exposed once, however often a page is reloaded.
    """
    unshown = Pick.objects.filter(slate_id=slate_id, exposure__isnull=True)
    # The slate comes with each of them: not its trace, which is large.
    picks = unshown.select_related("slate").defer("slate__trace")
    exposures = [
        Exposure(
            pick=pick,
            position=pick.position,
            policy_version=pick.slate.policy_version,
            propensity=pick.propensity,
            request_id=pick.slate.request_id,
        )
        for pick in picks
    ]
    # Two pages may report at once: the second finds the rows there.
    Exposure.objects.bulk_create(exposures, ignore_conflicts=True)
    return len(exposures)
