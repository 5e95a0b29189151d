"""Settings of a training run, changed by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from genrec.cli import main
from genrec.errors import GenRecError
from genrec.recipe import TrainConfig, changed


def test_settings_of_a_run_and_of_its_tasks_can_be_changed() -> None:
    config = TrainConfig()
    for setting in (
        "dropout=0.3",
        "seed=4",
        "next.size=16384",
        "answers.weight=2",
        "rank_minutes=7.3",
        "mode=text",
        "name=mine",
    ):
        config = changed(config, setting)

    assert (config.mode, config.name) == ("text", "mine")
    assert (config.dropout, config.seed, config.rank_minutes) == (0.3, 4, 7.3)
    assert config.rank_tasks["next"].size == 16384
    assert config.rank_tasks["next"].weight == TrainConfig().rank_tasks["next"].weight
    assert config.talk_tasks["answers"].weight == 2.0
    assert config.rank_tasks["wish"] == TrainConfig().rank_tasks["wish"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("droput=0.3", "no setting 'droput'"),
        ("rank_tasks=1", "no setting 'rank_tasks'"),
        ("nex.size=5", "no task 'nex'"),
        ("next.width=5", "no setting 'width'"),
        ("seed=1.5", "seed is a whole number, not '1.5'"),
        ("mode=sentences", "mode is entity or text, not 'sentences'"),
        ("dropout", "dropout is a number, not ''"),
    ],
)
def test_a_setting_that_is_none_is_refused(setting: str, said: str) -> None:
    with pytest.raises(GenRecError, match=said):
        changed(TrainConfig(), setting)


def test_the_command_heeds_them_before_it_reads_any_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = ("sequences", "titles", "facts", "base", "run", "out")
    command = ["train", *(word for name in paths for word in (f"--{name}", str(tmp_path / name)))]

    assert main([*command, "--set", "dropout=0.3", "mode=sentences"]) == 1
    assert "mode is entity or text, not 'sentences'" in capsys.readouterr().err
