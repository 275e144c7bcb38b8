"""A company's folder made from the template of `detect init`, and helpers to spoil it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detect.config import load, start
from detect.errors import ConfigError, Fault

Spoil = Callable[[str, str, str], None]


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """Make a valid company's folder."""
    start(tmp_path / "company")
    return tmp_path / "company"


@pytest.fixture
def spoil(company: Path) -> Spoil:
    """Give a function that replaces a text that stands exactly once in a file of the company."""

    def replace(file: str, old: str, new: str) -> None:
        path = company / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace


@pytest.fixture
def faults(company: Path) -> Callable[..., list[Fault]]:
    """Give a function that loads the company and returns the faults told."""

    def told(**environ: str) -> list[Fault]:
        with pytest.raises(ConfigError) as caught:
            load(company, environ)
        return caught.value.faults

    return told
