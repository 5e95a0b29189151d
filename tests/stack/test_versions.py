"""Versions as the launcher sees them: names, files of the control directory, the choice."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from stack.errors import StackError
from stack.layout import Layout
from stack.models import preparations
from stack.services import make_plan
from stack.versions import (
    ServerReport,
    Wanted,
    artefact_directory,
    make_control,
    model_directory,
    read_choice,
    read_wanted,
    remove_models,
    write_choice,
    write_servers,
)


@pytest.fixture(autouse=True)
def _ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GENREC_URL", "MOODREEL_ARTEFACTS"):
        monkeypatch.delenv(name, raising=False)


def add_artefact(layout: Layout, name: str) -> Path:
    directory = layout.artefacts / name
    directory.mkdir(parents=True)
    (directory / "artefact.json").write_text("{}")
    return directory


@pytest.mark.parametrize(
    "name",
    ["..", "../default", "a/b", "/etc", ".hidden", "-o", "", "a b", "a;b", "$(id)", "é", "x" * 61],
)
def test_a_name_can_lead_nowhere_else(layout: Layout, name: str) -> None:
    with pytest.raises(StackError, match="not the name"):
        artefact_directory(layout, name)
    with pytest.raises(StackError, match="not the name"):
        write_choice(layout, name)


def test_a_version_is_a_real_directory(layout: Layout, tmp_path: Path) -> None:
    assert artefact_directory(layout, "default").joinpath("artefact.json").is_file()
    assert artefact_directory(layout, "default").parent.name == "artefacts"
    found = add_artefact(layout, "v2")
    assert artefact_directory(layout, "v2") == found

    (layout.artefacts / "link").symlink_to(found)
    for name in ("link", "absent"):
        with pytest.raises(StackError, match="no artefact"):
            artefact_directory(layout, name)


def test_every_version_has_a_model_of_its_own(layout: Layout) -> None:
    add_artefact(layout, "v2")
    step = preparations(layout, genrec=True, version="v2")[-1]

    assert step.out == layout.models / "genrec-v2"
    assert str(layout.artefacts / "v2") in step.command
    assert model_directory(layout, "default") == layout.models / "genrec"


def test_nothing_is_wanted_until_the_application_says_so(layout: Layout) -> None:
    control = make_control(layout, "first")
    assert read_wanted(control) is None

    (control / "wanted.json").write_text('{"serving": "v2", "beside": "default"}')
    assert read_wanted(control) == Wanted("v2", "default")
    assert Wanted("v2", "default").names == ("v2", "default")
    assert Wanted("v2").names == Wanted("v2", "v2").names == ("v2",)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"serving": "../x"}', '{"serving": "a", "beside": "../b"}', "{"]
)
def test_nonsense_is_refused(layout: Layout, text: str) -> None:
    control = make_control(layout, "first")
    (control / "wanted.json").write_text(text)

    with pytest.raises(StackError):
        read_wanted(control)


def test_a_start_reads_nothing_of_the_start_before(layout: Layout) -> None:
    first = make_control(layout, "first")
    (first / "wanted.json").write_text('{"serving": "v2"}')

    second = make_control(layout, "second")

    assert not first.exists()
    assert read_wanted(second) is None
    assert stat.S_IMODE(second.stat().st_mode) == 0o700


def test_the_report_is_json(layout: Layout) -> None:
    control = make_control(layout, "first")
    write_servers(control, "v2", {"v2": ServerReport("ready", "http://127.0.0.1:1")}, "")

    assert json.loads((control / "servers.json").read_text()) == {
        "serving": "v2",
        "servers": {"v2": {"phase": "ready", "url": "http://127.0.0.1:1", "problem": ""}},
        "problem": "",
    }


def test_a_restart_serves_what_was_chosen(layout: Layout) -> None:
    assert read_choice(layout) == "default"
    write_choice(layout, "v2")

    plan = make_plan(layout, port=8000, genrec=True)

    assert plan.version == "v2"
    services = {service.name: service for service in plan.services()}
    assert f"--model={layout.models / 'genrec-v2'}" in services["genrec-v2"].command
    assert "genrec" not in services


def test_a_damaged_choice_is_said(layout: Layout) -> None:
    layout.choice.write_text("{")
    with pytest.raises(StackError, match="delete it"):
        make_plan(layout, port=8000, genrec=True)


def test_the_application_is_told_where_to_ask(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOODREEL_GENREC_CONTROL", "/of/another/start")
    ours = make_plan(layout, port=8000, genrec=True)
    assert ours.control is not None
    assert ours.variables["MOODREEL_GENREC_CONTROL"] == str(ours.control)
    assert ours.variables["MOODREEL_ARTEFACTS"] == str(layout.artefacts)

    without = make_plan(layout, port=8000, genrec=False)
    assert without.variables["MOODREEL_GENREC_CONTROL"] == ""


def test_models_of_versions_long_gone_are_removed(layout: Layout) -> None:
    for name in ("genrec", "genrec-v1", "genrec-v2", "base"):
        (layout.models / name).mkdir()
    (layout.models / "genrec-v1.sha256").write_text("x")

    assert remove_models(layout, keep={"default", "v2"}) == ["v1"]
    assert sorted(entry.name for entry in layout.models.iterdir()) == [
        "base",
        "genrec",
        "genrec-v2",
    ]
