"""The command line as people and schedulers use it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.company import Company

Detect = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def detect() -> Detect:
    """Give a function that runs `detect` with arguments, for a company where one is given, and returns what it came to."""

    def run(*words: str, company: Company | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("DETECT_")}
        config = [] if company is None else ["--config", str(company.folder)]
        return subprocess.run(
            [Path(sys.executable).with_name("detect"), *words, *config],
            env={**own, "OMP_NUM_THREADS": "1", "COLUMNS": "120", **(company.environ if company else {}), **environ},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
