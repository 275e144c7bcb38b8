"""Reads a file of feedback, CSV, Parquet or JSON lines, row by row; every row that cannot be read is named."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from detect.errors import InputError

__all__ = ["COLUMNS", "OPTIONAL", "Heard", "Said", "read_feedback"]

COLUMNS, OPTIONAL = ("channel", "time", "text"), ("score", "customer", "id")
_WANTED = (
    f"Give a CSV, Parquet or JSON lines file with {', '.join(COLUMNS)}, and if there are any {', '.join(OPTIONAL)}."
)
_LONGEST_NAME = 100
_EARLIEST = date(1990, 1, 1)
_NOTHING = {"", "nan", "null", "none", "na", "n/a"}


@dataclass(frozen=True)
class Said:
    """One row as read; `at` has a zone; `id` and `customer` are '' where the file has none."""

    row: int
    channel: str
    at: datetime
    text: str
    score: float | None = None
    customer: str = ""
    id: str = ""


@dataclass(frozen=True)
class Heard:
    """What a file holds: the rows that can be read, and why the others cannot (each with its row)."""

    said: list[Said] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


class _Bad(Exception):
    """One row cannot be read; the text says which column, what was found and what is wanted."""


def read_feedback(
    path: Path, zone: ZoneInfo, now: datetime, *, channel: str | None = None, names: Mapping[str, str] | None = None
) -> Heard:
    """Read `path`; `channel` is that of rows without one, `names` says what the file calls a column (text: comment).

    Times without a zone are the company's. Raises InputError where the file as a whole is not what was expected.
    """
    heard = Heard()
    for number, row in _rows(path):
        if isinstance(row, str):
            heard.bad.append(f"row {number}: {row}")
            continue
        _check_columns(path, row, channel, names or {})
        try:
            heard.said.append(_said(number, row, zone, now, channel, names or {}))
        except _Bad as bad:
            heard.bad.append(f"row {number}, {bad}")
    return heard


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield (row, values by column), or a reason for what is no row; rows are counted as the file shows them."""
    reader = {".csv": _csv, ".jsonl": _json, ".ndjson": _json, ".parquet": _parquet}.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path} ends in {path.suffix or 'nothing'}", "It must end in .csv, .parquet, .jsonl or .ndjson."
        )
    try:
        yield from reader(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read ({error})", _WANTED) from error


def _csv(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        header = [name.strip() for name in next(lines, [])]
        if not header:
            raise InputError(f"{path} is empty", _WANTED)
        for number, line in enumerate(lines, start=2):
            if not line:
                continue
            if len(line) != len(header):
                yield number, f"found {len(line)} values, {len(header)} are expected"
            else:
                yield number, dict(zip(header, line, strict=True))


def _json(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (json.JSONDecodeError, RecursionError):
                row = None
            yield number, row if isinstance(row, dict) else f"found {line.strip()[:40]!r}, one JSON object is expected"


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(path).to_pylist()
    except pa.ArrowInvalid as error:
        raise InputError(f"{path} is not a readable Parquet file ({error})", _WANTED) from error
    yield from enumerate(rows, start=1)


def _check_columns(path: Path, row: Mapping[str, Any], channel: str | None, names: Mapping[str, str]) -> None:
    wanted = {names.get(column, column) for column in COLUMNS if not (column == "channel" and channel)}
    wanted |= set(names.values())
    if missing := sorted(wanted - row.keys()) if path.suffix.lower() not in {".jsonl", ".ndjson"} else []:
        found = ", ".join(str(name)[:40] for name in row) or "none"
        raise InputError(
            f"{path} has no column {', '.join(missing)}; it has {found}",
            f"{_WANTED} Or say what it is called there: --column text=NAME.",
        )


def _said(
    number: int, row: Mapping[str, Any], zone: ZoneInfo, now: datetime, channel: str | None, names: Mapping[str, str]
) -> Said:
    given = {column: row.get(names.get(column, column)) for column in (*COLUMNS, *OPTIONAL)}
    words = {c: "" if given[c] is None else str(given[c]).strip() for c in ("channel", "text", "customer", "id")}
    score = _score(given["score"])
    if not words["text"] and score is None:
        raise _Bad("text: it is empty and there is no score; one of the two is expected")
    words["channel"] = words["channel"] or (channel or "")
    if not words["channel"]:
        raise _Bad("channel: it is empty; a name such as hotline is expected, or --channel")
    for name in ("channel", "customer", "id"):
        if len(words[name]) > _LONGEST_NAME or not words[name].isprintable():
            raise _Bad(f"{name}: found {words[name][:40]!r}; at most {_LONGEST_NAME} printable characters are expected")
    return Said(
        number, words["channel"], _at(given["time"], zone, now), words["text"], score, words["customer"], words["id"]
    )


def _score(value: Any) -> float | None:
    if value is None or (isinstance(value, float) and math.isnan(value)) or str(value).strip().lower() in _NOTHING:
        return None
    try:
        score = math.inf if isinstance(value, bool) else float(str(value).strip())
    except ValueError:
        score = math.inf
    if not math.isfinite(score):
        raise _Bad(f"score: found {str(value)[:40]!r}; a number is expected")
    return score


def _at(value: Any, zone: ZoneInfo, now: datetime) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        text = "" if value is None else str(value).strip().replace("/", "-")
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise _Bad(f"time: found {text[:40]!r}; a time such as 2026-03-31T14:05 or a day is expected") from None
    at: datetime = value if value.tzinfo else value.replace(tzinfo=zone)
    if at > now + timedelta(days=1) or at.date() < _EARLIEST:
        raise _Bad(f"time: found {at.isoformat()}; a time from {_EARLIEST} to now is expected")
    return at.astimezone(zone)
