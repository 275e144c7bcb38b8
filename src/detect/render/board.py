"""The board over time: one HTML file in the form of the night's report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detect.render.escape import environment

__all__ = ["BoardPage", "Part", "build"]


@dataclass(frozen=True)
class Part:
    """A titled part: sentences, a picture, a table whose first column names its rows."""

    title: str
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    picture: str = ""
    alt: str = ""


@dataclass(frozen=True)
class BoardPage:
    """Everything the page says, in one language ('en' or 'zh-Hant')."""

    language: str
    company: str
    title: str
    headline: str
    parts: Sequence[Part]
    footer: tuple[str, ...]


def build(page: BoardPage) -> str:
    """Return the page, which needs nothing beside it."""
    return environment().get_template("board.html.j2").render(board=page)
