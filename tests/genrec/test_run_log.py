"""The log of a run: every step once, whatever happened to the process."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from genrec.errors import GenRecError
from genrec.run_log import METRICS_NAME, RunLog, plot_run, read_metrics, smooth


def log_steps(log: RunLog, first: int, last: int) -> None:
    for step in range(first, last + 1):
        log.append(step=step, elapsed_s=step * 2, task="next title", loss=8 - step / 10, lr=1e-3)


def logged_steps(directory: Path) -> list[int]:
    return [int(row["step"]) for row in read_metrics(directory)]


def test_a_row_holds_what_was_reported(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    log.append(
        step=7,
        elapsed_s=61.25,
        task="wish",
        loss=6.543219,
        tokens_per_s=1234.56,
        remaining_s=3599.6,
        lr=0.00098,
    )

    assert (tmp_path / METRICS_NAME).read_text() == (
        "step,elapsed_s,task,loss,tokens_per_s,remaining_s,lr\n"
        "7,61.2,wish,6.54322,1234.6,3600,0.00098\n"
    )


def test_a_metric_gets_a_column_and_earlier_rows_leave_it_empty(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    log_steps(log, 1, 2)
    log.append(step=2, elapsed_s=5, task="validation", metrics={"NDCG@10": 0.1605, "MRR": 0.139})
    log_steps(log, 3, 3)

    rows = read_metrics(tmp_path)
    assert [row["NDCG@10"] for row in rows] == ["", "", "0.160500", ""]
    assert rows[2]["MRR"] == "0.139000"
    assert [row["loss"] for row in rows] == ["7.90000", "7.80000", "", "7.70000"]


def test_resuming_drops_the_rows_of_steps_that_come_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log_steps(RunLog(tmp_path), 1, 5)

    with caplog.at_level(logging.INFO):
        log = RunLog(tmp_path, resumed_step=3)
    log_steps(log, 4, 6)

    assert logged_steps(tmp_path) == [1, 2, 3, 4, 5, 6]
    assert "dropped 2 rows after step 3" in caplog.text


def test_a_new_run_starts_with_an_empty_log(tmp_path: Path) -> None:
    log_steps(RunLog(tmp_path), 1, 5)

    log_steps(RunLog(tmp_path), 1, 2)

    assert logged_steps(tmp_path) == [1, 2]


def test_a_row_that_a_kill_cut_off_is_dropped(tmp_path: Path) -> None:
    log_steps(RunLog(tmp_path), 1, 3)
    path = tmp_path / METRICS_NAME
    path.write_text(path.read_text()[:-12])

    assert logged_steps(tmp_path) == [1, 2]
    log_steps(RunLog(tmp_path, resumed_step=3), 3, 4)
    assert logged_steps(tmp_path) == [1, 2, 3, 4]


def test_metric_columns_survive_a_resume(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    log.append(step=1, elapsed_s=1, task="validation", metrics={"MRR": 0.1})

    RunLog(tmp_path, resumed_step=1).append(
        step=2, elapsed_s=2, task="validation", metrics={"MRR": 0.2}
    )

    assert [row["MRR"] for row in read_metrics(tmp_path)] == ["0.100000", "0.200000"]


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "\xff\n"])
def test_another_file_of_that_name_is_not_overwritten(tmp_path: Path, content: str) -> None:
    (tmp_path / METRICS_NAME).write_text(content, encoding="latin-1")

    with pytest.raises(GenRecError, match=METRICS_NAME):
        RunLog(tmp_path)
    assert (tmp_path / METRICS_NAME).read_text(encoding="latin-1") == content


def test_a_directory_without_a_log_says_so(tmp_path: Path) -> None:
    with pytest.raises(GenRecError, match="Cannot read"):
        plot_run(tmp_path)


def test_plots_show_every_task_and_metric_and_are_repeatable(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    log = RunLog(tmp_path)
    log_steps(log, 1, 9)
    log.append(step=9, elapsed_s=20, task="wish", loss=5.0)
    assert [path.name for path in plot_run(tmp_path)] == ["loss.svg"]

    log.append(step=9, elapsed_s=21, task="validation", metrics={"NDCG@10": 0.16, "MRR": 0.1})
    drawn = plot_run(tmp_path)
    first = [path.read_bytes() for path in drawn]

    assert [path.name for path in drawn] == ["loss.svg", "validation.svg"]
    assert [path.read_bytes() for path in plot_run(tmp_path)] == first
    loss, validation = (content.decode() for content in first)
    assert "<!-- next title -->" in loss
    assert "<!-- wish -->" in loss
    assert "<!-- NDCG@10 -->" in validation
    assert "<!-- MRR -->" in validation
    assert {path.name for path in tmp_path.iterdir()} == {
        "loss.svg",
        "validation.svg",
        METRICS_NAME,
    }


def test_without_matplotlib_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_steps(RunLog(tmp_path), 1, 2)
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(GenRecError, match="pip install --no-deps"):
        plot_run(tmp_path)


def test_the_running_mean_starts_at_the_first_value() -> None:
    steps, means = smooth([(1, 4.0), (2, 4.0), (5, 4.0)])
    assert steps == [1, 2, 5]
    assert means == pytest.approx([4.0, 4.0, 4.0])
    assert smooth([(1, 1.0), (2, 3.0)], weight=0.5)[1] == pytest.approx([1.0, 3.5 / 1.5])
