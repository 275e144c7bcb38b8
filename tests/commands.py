"""The command line in this process, for a company whose tables are few: what a person types, without the start of a program."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.company import Company

from detect.cli.app import run

Detect = Callable[..., Any]


def bare_company(fresh: Path, folder: Path, files: dict[str, str]) -> Company:
    """Copy Harbour Tea without its metrics and suites, and put `files` in their places."""
    shutil.copytree(fresh, folder)
    for path in [*(folder / "config" / "metrics").iterdir(), *(folder / "expectations").iterdir()]:
        path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Company(folder)


def command_line(company: Company) -> Detect:
    """Return a function that runs `detect` with --json and gives the document, or what stands on stderr where that is an error."""

    def call(*words: str, code: int = 0) -> Any:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run([*words, "--config", str(company.folder), "--json"])
        assert ended == code, (ended, out.getvalue(), err.getvalue())
        return json.loads(out.getvalue()) if code in {0, 3} else err.getvalue()

    return call
