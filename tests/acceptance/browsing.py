"""A real browser for tests: Debian's Chromium, which reaches nothing but what a test gives it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detect.render.pdf import chromium

PROGRAM = chromium()
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine: apt-get install chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip


def launched() -> Iterator[object]:
    """Start the browser for a module and close it at its end."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow, and only where there is a Chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
        yield browser
        browser.close()
