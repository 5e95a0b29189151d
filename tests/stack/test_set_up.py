"""Set-up happens once: stamps tell what is done, and any change of its inputs undoes that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from catalog.models import Title
from stack.arguments import parser
from stack.catalogue import ImportMark, forget_imports
from stack.environments import TORCH_INDEX, Environment, install_torch, pip, wanted
from stack.errors import StackError
from stack.layout import CHECKOUT, Layout
from stack.models import Preparation, preparations


@pytest.fixture
def preparation(tmp_path: Path) -> Preparation:
    source = tmp_path / "artefact"
    source.mkdir()
    (source / "head.safetensors").write_bytes(b"weights")
    out = tmp_path / "genrec"
    out.mkdir()
    return Preparation("assemble", "assembling", ("make", str(out)), out, (source,))


def test_a_model_is_made_once(preparation: Preparation) -> None:
    assert not preparation.is_done()

    preparation.mark_done()

    assert preparation.is_done()


def test_new_weights_make_it_anew(preparation: Preparation) -> None:
    preparation.mark_done()

    (preparation.inputs[0] / "head.safetensors").write_bytes(b"better weights")

    assert not preparation.is_done()


def test_a_removed_model_is_made_anew(preparation: Preparation) -> None:
    preparation.mark_done()

    preparation.out.rmdir()

    assert not preparation.is_done()


def test_only_the_embedder_is_made_without_genrec(layout: Layout) -> None:
    def steps(genrec: bool) -> list[str]:
        return [step.name for step in preparations(layout, genrec=genrec)]

    assert steps(False) == ["export-embedder"]
    assert steps(True) == ["export-embedder", "prepare-base", "assemble"]


def test_an_environment_is_filled_until_a_pin_changes(tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("django==5.2\n")
    environment = Environment(tmp_path / "venv", (pins,))
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    assert not environment.is_filled()

    environment.stamp.write_text(environment.fingerprint())
    assert environment.is_filled()

    pins.write_text("django==5.2.1\n")
    assert not environment.is_filled()


def test_the_extra_for_a_gpu_replaces_the_pins_for_a_cpu(layout: Layout) -> None:
    cpu = wanted(layout, genrec="cpu", tests=False)[1]
    gpu = wanted(layout, genrec="gpu", tests=False)[1]

    assert cpu.requirements == (CHECKOUT / "requirements" / "genrec.txt",)
    assert (gpu.requirements, gpu.extra) == ((), "genrec-gpu")


def test_an_unknown_kind_of_genrec_is_refused(layout: Layout) -> None:
    with pytest.raises(StackError, match="cpu or gpu, not 'tpu'"):
        wanted(layout, genrec="tpu", tests=False)


def test_every_pin_is_exact() -> None:
    for name in ("web.txt", "genrec.txt", "genrec-dev.txt"):
        lines = (CHECKOUT / "requirements" / name).read_text().splitlines()
        loose = [line for line in lines if line and line[0] != "#" and "==" not in line]
        assert loose == [], name


@pytest.fixture
def fake_pip(tmp_path: Path) -> Environment:
    """An environment whose Python notes its arguments, and knows torch only from PyTorch."""
    environment = Environment(tmp_path / "venv", ())
    environment.python.parent.mkdir(parents=True)
    environment.python.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n'
        'case "$*" in *--extra-index-url*) exit 0 ;; *torch*) exit 1 ;; esac\n'
    )
    environment.python.chmod(0o755)
    return environment


def test_torch_comes_from_pytorch_where_pip_does_not_know_it(
    tmp_path: Path, fake_pip: Environment
) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("numpy==2.3.5\ntorch==2.13.0+cpu\n")

    install_torch(fake_pip, pins)

    plain, fallback = (tmp_path / "calls").read_text().splitlines()
    assert plain.endswith("--no-deps torch==2.13.0+cpu")
    assert fallback.endswith(f"torch==2.13.0+cpu --extra-index-url {TORCH_INDEX}")


def test_a_failed_install_leaves_no_stamp_and_says_what_failed(
    tmp_path: Path, fake_pip: Environment
) -> None:
    with pytest.raises(StackError, match=r"pip install torch==9 failed"):
        pip(fake_pip, ["--no-deps", "torch==9"])

    assert not fake_pip.is_filled()


@pytest.fixture
def mark(tmp_path: Path) -> ImportMark:
    checkout = tmp_path / "checkout"
    (checkout / "requirements").mkdir(parents=True)
    (checkout / "requirements" / "web.txt").write_text("bokeh-sampledata==1\ndjango==5.2\n")
    (checkout / "catalog" / "importing").mkdir(parents=True)
    (checkout / "catalog" / "importing" / "omdb_sample.py").write_text("version = 1\n")
    layout = Layout(tmp_path / "var", checkout)
    layout.make_directories()
    return ImportMark(layout, "postgresql://one")


def test_the_catalogue_is_imported_once_for_each_database(mark: ImportMark) -> None:
    assert not mark.exists()

    mark.set()

    assert mark.is_current()
    assert not replace(mark, database_url="postgresql://another").exists()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements/web.txt", "bokeh-sampledata==2\ndjango==5.2\n"),
        ("catalog/importing/omdb_sample.py", "version = 2\n"),
    ],
)
def test_new_data_or_code_imports_again_beside_the_page(
    mark: ImportMark, file: str, text: str
) -> None:
    mark.set()

    (mark.layout.checkout / file).write_text(text)

    assert mark.exists()
    assert not mark.is_current()


def test_a_database_elsewhere_that_was_made_anew_is_forgotten_alone(mark: ImportMark) -> None:
    other = replace(mark, database_url="postgresql://another")
    mark.set()
    other.set()

    other.forget()

    assert mark.exists()
    assert not other.exists()


def test_a_new_database_forgets_what_the_old_one_held(mark: ImportMark) -> None:
    mark.set()

    forget_imports(mark.layout)

    assert not mark.exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_elsewhere_is_asked_whether_it_holds_titles(mark: ImportMark) -> None:
    """Dropped and made anew, it is at the address that our file names."""
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in ("dbname", "user", "password", "host", "port")
    }
    mark = replace(mark, database_url=make_conninfo(**parameters))
    assert not mark.holds_titles()

    Title.objects.create(name="Alien")
    assert mark.holds_titles()

    with pytest.raises(StackError, match="can't be asked"):
        replace(mark, database_url="postgresql://127.0.0.1:9/none").holds_titles()


@pytest.mark.parametrize("value", ["0", "-1", "65536", "80000", "http", "", "8 0"])
def test_what_is_no_port_is_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["up", f"--port={value}"])
    assert "choose one from 1 to 65535" in capsys.readouterr().err


def test_a_port_is_taken() -> None:
    assert parser().parse_args(["up", "--port", "8123"]).port == 8123
