"""Everything that is queued has somebody to do it, and waits for the transaction."""

from __future__ import annotations

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction

from worker import enqueue

NAMES = {
    enqueue.WRITE_REASON,
    enqueue.REFRESH_TITLE,
    enqueue.RECONCILE_ROWS,
    enqueue.REFRESH_STALE,
    enqueue.APPLY_SCHEDULES,
    enqueue.SUGGEST_METADATA,
    enqueue.RUN_IMPORT,
    enqueue.ADVANCE_SWITCH,
    enqueue.CLUSTER_UNREAD,
    enqueue.FORGET_VISITS,
    enqueue.REFRESH_NEIGHBOURS,
}


def test_every_name_that_is_sent_is_registered() -> None:
    current_app.loader.import_default_modules()
    assert set(current_app.tasks) >= NAMES


def test_every_name_is_in_the_list_above() -> None:
    constants = {value for name, value in vars(enqueue).items() if name.isupper()}
    assert constants == NAMES


def test_routes_and_schedule_name_registered_tasks_and_served_queues() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled | set(settings.CELERY_TASK_ROUTES) <= NAMES
    queues = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert queues <= {"default", "explain", "embed", "batch"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("send", "sent"),
    [
        (lambda: enqueue.enqueue_write_reason(7), (enqueue.WRITE_REASON, (7,))),
        (lambda: enqueue.enqueue_refresh_title(8), (enqueue.REFRESH_TITLE, (8,))),
        (enqueue.enqueue_reconcile_rows, (enqueue.RECONCILE_ROWS, ())),
        (enqueue.enqueue_refresh_stale, (enqueue.REFRESH_STALE, ())),
        (lambda: enqueue.enqueue_suggest_metadata(9), (enqueue.SUGGEST_METADATA, (9,))),
        (lambda: enqueue.enqueue_import(10), (enqueue.RUN_IMPORT, (10,))),
    ],
)
def test_nothing_is_sent_before_the_rows_are_there(
    send: object, sent: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker: list[object] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: broker.append((name, args)))
    with transaction.atomic():
        send()  # type: ignore[operator]
        assert broker == []
    assert broker == [sent]
