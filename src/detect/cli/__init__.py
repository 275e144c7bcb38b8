"""The command `detect`: a thin skin over `detect.pipeline`."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave with its exit code."""
    from detect.cli.app import run

    raise SystemExit(run())
