"""The project says which version it is in two places."""

import re
import tomllib
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def test_the_version_is_that_of_the_newest_section_of_the_changelog() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (_ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    told = re.findall(r"^## (\d+)\.(\d+)\.(\d+) \(\d{4}-\d\d-\d\d\)$", changelog, re.MULTILINE)
    newest_first = [tuple(map(int, version)) for version in told]
    assert newest_first == sorted(set(newest_first), reverse=True)
    assert project["version"] == ".".join(map(str, newest_first[0]))
