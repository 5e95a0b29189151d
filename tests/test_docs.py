"""The docs name what exists: every setting has a heading, every link leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def test_every_setting_has_a_heading() -> None:
    source = (ROOT / "config" / "settings.py").read_text()
    names = set(re.findall(r'env_\w+\(\s*"([A-Z_]+)"', source))

    headings = set(re.findall(r"^## (\w+)$", (DOCS / "settings.md").read_text(), re.MULTILINE))

    assert names
    assert names == headings


@pytest.mark.parametrize("page", sorted([*DOCS.rglob("*.md"), ROOT / "README.md"]), ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)", page.read_text())

    local = [target for target in targets if "://" not in target]

    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_management_command_is_documented() -> None:
    commands = {path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")}
    text = "\n".join(page.read_text() for page in DOCS.rglob("*.md"))

    assert commands
    assert {name for name in commands if f"manage.py {name}" not in text} == set()
