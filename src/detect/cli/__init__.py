"""The command `detect`: a thin skin over `detect.pipeline`."""

from __future__ import annotations

import os

__all__ = ["main"]

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Read when numpy is first imported. Sums in another order would have other last digits, and threads of linear algebra cost a night
    # of small products more than they give; large Panels are walked in threads of their own.
    for name in _THREADS:
        os.environ.setdefault(name, "1")

    from detect.cli.app import run

    raise SystemExit(run())
