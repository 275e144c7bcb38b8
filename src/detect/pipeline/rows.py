"""Rows of a table that a person keeps, from CSV or a spreadsheet, as text; the heading tells which column is which."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from detect.errors import InputError

__all__ = ["Row", "read_rows"]


@dataclass(frozen=True)
class Row:
    """One row: its number in the file (the heading is row 1) and its values, stripped, by column name."""

    number: int
    values: Mapping[str, str]


def read_rows(path: Path, names: Mapping[str, str], needed: Sequence[str]) -> list[Row]:
    """Return the rows of a .csv (UTF-8) or .xlsx file that hold anything; `names` gives for each heading allowed the column it names.

    Raises InputError where the file cannot be read, a heading is not known or stands twice, or a needed column is not there.
    """
    lines = _lines(path)
    columns = _columns(path, [cell.strip() for cell in next(lines, [])], names, needed)
    rows = [
        Row(number, {name: cell.strip() for name, cell in zip(columns, cells, strict=False)})
        for number, cells in enumerate(lines, start=2)
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        raise InputError(
            f"{path} has no rows below its heading", f"Columns: {', '.join(dict.fromkeys(names.values()))}."
        )
    return rows


def _columns(path: Path, heading: Sequence[str], names: Mapping[str, str], needed: Sequence[str]) -> list[str]:
    allowed = f"Columns: {', '.join(dict.fromkeys(names.values()))}; needed: {', '.join(needed)}."
    unknown = [head for head in heading if head not in names]
    if unknown:
        raise InputError(f"{path}, row 1: no column is called {', '.join(map(repr, unknown[:5]))}", allowed)
    columns = [names[head] for head in heading]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    missing = [name for name in needed if name not in columns]
    if twice or missing:
        what = f"column {', '.join(twice)} stands twice" if twice else f"column {', '.join(missing)} is missing"
        raise InputError(f"{path}, row 1: {what}", allowed)
    return columns


def _lines(path: Path) -> Iterator[list[str]]:
    if not path.is_file():
        raise InputError(f"{path} is not there", "Name a CSV or XLSX file.")
    return iter(_sheet(path) if path.suffix.lower() == ".xlsx" else _text(path))


def _text(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file, strict=True))
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise InputError(f"{path} cannot be read as CSV ({error})", "Save it as CSV in UTF-8, or as XLSX.") from error


def _sheet(path: Path) -> list[list[str]]:
    from zipfile import BadZipFile  # noqa: PLC0415 - not needed for CSV

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            return [[_said(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
        finally:
            book.close()
    except (InvalidFileException, BadZipFile, KeyError, OSError) as error:
        raise InputError(f"{path} cannot be read as a spreadsheet ({error})", "Save it as XLSX or CSV.") from error


def _said(cell: object) -> str:
    """Write a cell as it would stand in a CSV file: a date without its midnight, a whole number without its point."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
