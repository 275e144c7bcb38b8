"""From the long frame of the warehouse to a Panel: expected days, gaps, repeats, zero that means nothing happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detect.model import Panel, SeriesKey, SeriesType
from detect.series.metric import Absent, Metric

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["build", "column_of", "judgeable", "select", "until"]

_LARGEST = 1e100  # what lies beyond is no figure of a business: its square is no number any more
_REPEATED_SHARE = 0.25  # of a day's rows; a table loaded twice repeats half of them


def build(
    observations: pd.DataFrame, metrics: Mapping[str, Metric] | Iterable[Metric], first: date, last: date
) -> Panel:
    """Return the Panel of the days `first` to `last` from observations (metric, segment, day, value, weight, rows, repeated).

    `weight` may be missing or NaN (no denominator); `repeated` counts the day's rows that are repeats of others, or is bool. A metric
    whose absent days mean zero gets zeros, from its series' first day on, on days for which its source has any row.
    """
    import pandas as pd

    known = dict(metrics) if isinstance(metrics, Mapping) else {m.id: m for m in metrics}
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    frame = observations[observations["metric"].isin(list(known))]
    column = (pd.to_datetime(frame["day"]).to_numpy().astype("datetime64[D]") - days[0]).astype(int)
    inside = (column >= 0) & (column < len(days))
    frame, column = frame[inside], column[inside]
    pairs = pd.MultiIndex.from_arrays([frame["metric"].astype(str), frame["segment"].fillna("").astype(str)])
    keys = tuple(SeriesKey(*pair) for pair in sorted(set(pairs)))
    row = pd.MultiIndex.from_tuples(keys, names=["metric", "segment"]).get_indexer(pairs) if keys else np.zeros(0, int)
    place = _Place(row, column, (len(keys), len(days)))
    values, present = place.numbers(frame["value"]), place.flags(np.ones(len(frame), bool))
    _fill_zero(keys, known, values, present)
    values = judgeable(values)
    weights = place.numbers(frame["weight"]) if "weight" in frame and _has_ratio(keys, known, frame) else None
    return Panel(keys, days, values, present, weights, place.flags(_repeats(frame)))


def select(panel: Panel, rows: NDArray[np.intp] | list[int]) -> Panel:
    """Return the Panel of some of its series, in the order given."""
    index = np.asarray(rows, np.intp)
    return Panel(
        tuple(panel.keys[i] for i in index),
        panel.days,
        panel.values[index],
        panel.present[index],
        None if panel.weights is None else panel.weights[index],
        None if panel.repeated is None else panel.repeated[index],
    )


def judgeable(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values with NaN for those that are not finite, or too large to be reckoned with (beyond 1e100)."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.abs(values) <= _LARGEST, values, np.nan), float)


class _Place:
    """Puts a column of the long frame into its places of the (series, days) array."""

    def __init__(self, row: NDArray[np.intp], column: NDArray[np.int64], shape: tuple[int, int]) -> None:
        self.row, self.column, self.shape = row, column, shape

    def numbers(self, values: pd.Series) -> NDArray[np.float64]:
        import pandas as pd

        out = np.full(self.shape, np.nan)
        out[self.row, self.column] = pd.to_numeric(values, errors="coerce").to_numpy(float)
        return out

    def flags(self, values: NDArray[np.bool_]) -> NDArray[np.bool_]:
        out = np.zeros(self.shape, bool)
        out[self.row, self.column] = values
        return out


def _repeats(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which days came (nearly) whole more than once; a few repeated rows are business as usual."""
    import pandas as pd

    if "repeated" not in frame:
        return np.zeros(len(frame), bool)
    repeated = frame["repeated"]
    if repeated.dtype == bool:
        return repeated.to_numpy(bool)
    count = pd.to_numeric(repeated, errors="coerce").fillna(0).to_numpy(float)
    rows = pd.to_numeric(frame["rows"], errors="coerce").fillna(0).to_numpy(float)
    return np.asarray((count > 0) & (count >= _REPEATED_SHARE * rows))


def _fill_zero(
    keys: tuple[SeriesKey, ...], metrics: Mapping[str, Metric], values: NDArray[np.float64], present: NDArray[np.bool_]
) -> None:
    """Write zero where nothing happened although the source has the day; never before the series began."""
    sources: dict[str, list[int]] = {}
    for i, key in enumerate(keys):
        sources.setdefault(metrics[key.metric].source, []).append(i)
    for rows in sources.values():
        has_day = present[rows].any(axis=0)
        for i in rows:
            if metrics[keys[i].metric].absent is Absent.ZERO:
                fill = has_day & ~present[i] & (np.cumsum(present[i]) > 0)
                values[i, fill], present[i, fill] = 0.0, True


def _has_ratio(keys: tuple[SeriesKey, ...], metrics: Mapping[str, Metric], frame: pd.DataFrame) -> bool:
    import pandas as pd

    ratio = any(metrics[key.metric].type is SeriesType.RATIO for key in keys)
    return ratio or bool(pd.to_numeric(frame["weight"], errors="coerce").notna().any())


def until(panel: Panel, end: int) -> Panel:
    """Return the Panel's days before column `end`."""
    return Panel(
        panel.keys,
        panel.days[:end],
        panel.values[:, :end],
        panel.present[:, :end],
        None if panel.weights is None else panel.weights[:, :end],
        None if panel.repeated is None else panel.repeated[:, :end],
    )


def column_of(panel: Panel, day: date) -> int:
    """Return the column of a day, which may lie outside the Panel."""
    return int((np.datetime64(day, "D") - panel.days[0].astype("datetime64[D]")).astype(int)) if len(panel.days) else 0
