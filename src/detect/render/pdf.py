"""Prints a page of ours to PDF with the Chromium that the machine has."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from detect.errors import UsageError

__all__ = ["chromium", "print_pdf"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PATIENCE = 90  # seconds


def chromium() -> str | None:
    """Return the path of the machine's Chromium, None where there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def print_pdf(page: Path) -> Path:
    """Print an HTML file beside itself; raises UsageError where there is no Chromium or it does not print."""
    program, target = chromium(), page.with_suffix(".pdf")
    if program is None:
        raise UsageError(f"There is no Chromium to print {target.name} with", "Install it, or take the HTML page.")
    with tempfile.TemporaryDirectory() as profile:
        # The page is ours and holds no script; the sandbox needs rights that a service account seldom has.
        command = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--no-pdf-header-footer", f"--user-data-dir={profile}", f"--print-to-pdf={target}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603 - a fixed command
        except subprocess.TimeoutExpired as error:
            raise UsageError(f"Chromium did not print {target.name} in {_PATIENCE} s", "Take the HTML page.") from error
    if done.returncode or not target.is_file():
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise UsageError(f"Chromium did not print {target.name} ({' '.join(said)})", "Take the HTML page.")
    return target
