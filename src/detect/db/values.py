"""The one boundary between numpy/pandas values and SQL or JSON, and the digest that says whether something changed."""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import numpy as np
from pydantic import BaseModel

__all__ = ["canonical", "clean", "digest", "to_python", "written"]

LARGEST = 2**63 - 1  # of an integer column
_REFUSED: Final = re.compile("[\0\ud800-\udfff]")  # by one or both of the databases
DIGITS = 12  # significant digits that count as a change: fewer than a change of BLAS or of summation order touches


def clean(text: str) -> str:
    """Text that both databases take: NFC, without NUL and lone surrogates (each becomes U+FFFD)."""
    if text.isascii() and "\0" not in text:
        return text
    return unicodedata.normalize("NFC", _REFUSED.sub("\ufffd", text))


def to_python(value: Any) -> Any:  # noqa: PLR0911 -- one return a kind of value is what a boundary is
    """Plain Python for SQL and JSON: numpy and pandas scalars, enums, settings models and containers of them.

    Missing markers (NaT, NA) are None. Raises ValueError for a non-finite number, an integer past 64 bits, or an unknown type.
    """
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain(value)
    if value is None:
        return None
    if isinstance(value, Enum):
        return to_python(value.value)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | float | Decimal | np.number):
        return _number(value)
    if isinstance(value, str):
        return clean(str(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, np.datetime64 | date):
        return _time(value)
    return _container(value)


def _number(value: Any) -> int | float:
    number = value.item() if isinstance(value, np.number) else value
    if isinstance(number, int):
        if abs(number) > LARGEST:
            raise ValueError(f"{number} is past what a database's integer holds")
        return int(number)
    number = float(number)
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a finite number; it must become an outcome before it is stored")
    return number


def _time(value: Any) -> date | datetime | None:
    if value != value:  # noqa: PLR0124 -- NaT, numpy's and pandas', is the time that differs from itself
        return None
    if isinstance(value, np.datetime64):
        value = value.item() if np.datetime_data(value.dtype)[0] == "D" else value.astype("datetime64[us]").item()
    plain: date | datetime = value.to_pydatetime() if hasattr(value, "to_pydatetime") else value  # pandas' Timestamp
    return plain


def _container(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return to_python(value.model_dump())
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, set | frozenset):
        return sorted((to_python(v) for v in value), key=str)
    if isinstance(value, list | tuple | np.ndarray):
        return _sequence(value)
    return _of_pandas(value)


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {clean(str(to_python(k))): to_python(v) for k, v in value.items()}


def _sequence(value: Any) -> list[Any]:
    return [to_python(v) for v in value]


def _of_pandas(value: Any) -> list[Any] | None:
    import pandas as pd

    if value is pd.NA:
        return None
    if isinstance(value, pd.Series | pd.Index):
        return _sequence(value)
    raise ValueError(f"a value of type {type(value).__name__} cannot be stored")


# Most of what is stored is plain already: these types need no look at what else they could be.
_PLAIN: Final[dict[type, Callable[[Any], Any]]] = {
    str: clean, bool: bool, int: _number, float: _number, dict: _mapping, list: _sequence, tuple: _sequence,
}  # fmt: skip


def canonical(value: Any) -> str:
    """JSON text that is the same for the same content: sorted keys, no spaces, times in ISO and UTC, finite numbers only."""
    return written(to_python(value))


def written(plain: Any) -> str:
    """Write as `canonical` does what `to_python` gave, or what was read from the store."""
    return _JSON.encode(plain)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise ValueError(f"a value of type {type(value).__name__} cannot be written as JSON")


_JSON: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_iso
)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        short = float(f"{value:.{DIGITS}g}")
        return int(short) if short.is_integer() and abs(short) < 10**15 else short
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    return [_rounded(v) for v in value] if isinstance(value, list) else value


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON with floats rounded to 12 significant digits; 5 and 5.0 are the same."""
    return hashlib.sha256(written(_rounded(to_python(value))).encode()).hexdigest()
