"""A table before anyone has decided how it is shown."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """A titled table of texts; `numeric` names the columns that stand right, `empty` says what no row means."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    empty: str = ""
    lines: tuple[str, ...] = ()
