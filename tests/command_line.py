"""The real commands in this process: their parser is built once, and a folder's configuration is read again only when it changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from tests.company import Company

from detect.cli import app, opening
from detect.config import Book

CommandLine = Callable[..., Any]
_BOOKS: dict[tuple[Path, tuple[int, ...]], Book] = {}


@cache
def _parser() -> Any:
    return typer.main.get_command(app.build())


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[Company], CommandLine]]:
    """Give a function that gives a company's command line: `detect(*words, code=0)` returns the document or, of a refusal, stderr."""
    parser, read = _parser(), opening.book_of

    def book_of(config: Path | None) -> Book:
        if config is None:
            return read(config)
        files = sorted(path for part in ("config", "expectations") for path in (config / part).rglob("*.yaml"))
        return _cached(config, tuple(path.stat().st_mtime_ns for path in files))

    def _cached(config: Path, stamp: tuple[int, ...]) -> Book:
        if (config, stamp) not in _BOOKS:
            _BOOKS[config, stamp] = read(config)
        return _BOOKS[config, stamp]

    def of(company: Company) -> CommandLine:
        def call(*words: str, code: int = 0, json_: bool = True) -> Any:
            capsys.readouterr()
            asked = [*words, "--config", str(company.folder), *(["--json"] if json_ else [])]
            found = app.run(asked)
            written = capsys.readouterr()
            assert found == code, (words, found, written.err)
            if found not in {0, 3, 4}:
                return written.err
            return json.loads(written.out) if json_ else written.out

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "build", lambda: parser)
        patch.setattr(opening, "book_of", book_of)
        yield of
