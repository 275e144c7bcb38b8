"""Reading a tidy file of daily series: every fault named by file, row and column, nothing guessed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from detect.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_series"]

COLUMNS: Final = ("series", "date", "value")
_WANTED: Final = "A tidy file has the columns series, date (YYYY-MM-DD) and value (a number)."


def read_series(path: Path) -> pd.DataFrame:
    """Return a frame [series (str), date (datetime64, no time zone, midnight), value (float)] of a CSV (also .gz) or Parquet file.

    Rows keep their order and repeats. An empty value is NaN; infinities stay and are judged as non-finite. Raises InputError.
    """
    import pandas as pd

    if not path.is_file():
        raise InputError(f"{path} is not there", "Name a CSV or Parquet file.")
    raw = _parquet(path) if path.suffix == ".parquet" else _text(path)
    missing = [c for c in COLUMNS if c not in raw.columns]
    if missing:
        raise InputError(
            f"{path}, row 1: no column {', '.join(missing)}; found {', '.join(map(str, raw.columns)) or 'none'}",
            _WANTED,
        )
    if raw.empty:
        raise InputError(f"{path} has no rows below its heading", _WANTED)
    frame = pd.DataFrame(index=raw.index)
    frame["series"] = _column(path, raw["series"], "series", _names, "a name")
    frame["date"] = _column(path, raw["date"], "date", _dates, "a date such as 2026-01-31")
    frame["value"] = _column(path, raw["value"], "value", _numbers, "a number")
    return frame


def _parquet(path: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    try:
        return pd.read_parquet(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} is not a readable Parquet file ({error})", _WANTED) from error


def _text(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except pd.errors.EmptyDataError as error:
        raise InputError(f"{path} is empty", _WANTED) from error
    except (pd.errors.ParserError, UnicodeDecodeError, OSError, EOFError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV ({error})", _WANTED) from error


def _column(
    path: Path, raw: pd.Series, name: str, convert: Callable[[pd.Series], tuple[pd.Series, pd.Series]], wanted: str
) -> pd.Series:
    """Convert a column; raise for the first value that is not what is wanted, by its row in the file (the heading is row 1)."""
    values, bad = convert(raw)
    if bad.any():
        place = int(np.flatnonzero(bad.to_numpy())[0])
        more = f" ({int(bad.sum())} such rows)" if bad.sum() > 1 else ""
        raise InputError(
            f"{path}, row {place + 2}, column {name}: found {str(raw.iloc[place])[:60]!r}{more}; {wanted} is expected",
            _WANTED,
        )
    return values


def _names(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    text = raw.astype("string").str.strip()
    return text.astype(object), (text.isna() | (text == "")).astype(bool)


def _dates(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Read dates one by one as written: a time of day is cut off, a time zone's own calendar day is kept."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(raw):
        days = raw.dt.tz_localize(None).dt.normalize()
        return days, days.isna()
    text = raw.astype("string").str.strip().str.replace("/", "-")
    head = text.str.extract(r"^(\d{4}-\d{1,2}-\d{1,2}|\d{8})(?:[T ].*)?$")[0]
    compact = head.str.fullmatch(r"\d{8}").fillna(value=False)
    head = head.where(~compact, head.str[:4] + "-" + head.str[4:6] + "-" + head.str[6:8])
    days = pd.to_datetime(head, format="%Y-%m-%d", errors="coerce")
    inside = days.between("1900-01-01", "2200-12-31")
    return days, (days.isna() | ~inside).astype(bool)


def _numbers(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    import pandas as pd

    if pd.api.types.is_bool_dtype(raw) or pd.api.types.is_datetime64_any_dtype(raw):
        return raw, pd.Series(data=True, index=raw.index)
    if pd.api.types.is_numeric_dtype(raw):
        return raw.astype(float), pd.Series(data=False, index=raw.index)
    text = raw.astype("string").str.strip()
    empty = text.isna() | text.str.lower().isin(["", "na", "nan", "null", "none"])
    values = pd.to_numeric(text.where(~empty), errors="coerce").astype(float)
    return values, (values.isna() & ~empty).astype(bool)
