"""What the charts of the night judged last show, kept in the store: its report is written again without judging anything."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import numpy as np

from detect.model import Case, History, SeriesKey
from detect.pipeline.drawing import histories_at
from detect.pipeline.session import Session

__all__ = ["histories_of_night", "keep_histories"]

_NAME, _VERSION = "histories", "1"
_LINES: Final = ("actual", "expected", "lower", "upper")


def keep_histories(
    session: Session, as_of: date, cases: Iterable[Case], histories: Mapping[SeriesKey, History]
) -> None:
    """Keep the series of the cases that the report of a night shows, in place of those of the night before."""
    wanted = sorted(_keys(session, cases))
    shown = {key: histories[key] for key in wanted if key in histories}
    longest = max((len(one.days) for one in shown.values()), default=0)
    arrays = {name: np.array([_padded(getattr(h, name), longest) for h in shown.values()]) for name in _LINES}
    arrays["keys"] = np.array([*shown, *(key for key in wanted if key not in histories)], np.str_).reshape(-1, 2)
    arrays["days"] = next(
        (one.days for one in shown.values() if len(one.days) == longest), np.zeros(0, "datetime64[D]")
    )
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    session.store.put_model(_NAME, as_of, _VERSION, out.getvalue(), alone=True)


def histories_of_night(session: Session, cases: Iterable[Case], day: date) -> Mapping[SeriesKey, History]:
    """Return the series of `cases` as the night of `day` showed them; those that it did not keep are drawn from the figures."""
    kept, known = _kept(session, day)
    lacking = [case for case in cases if not _keys(session, [case]) <= known]
    return {**kept, **(histories_at(session, lacking, day) if lacking else {})}


def _keys(session: Session, cases: Iterable[Case]) -> set[SeriesKey]:
    known = session.book.metrics
    return {SeriesKey(case.metric or "", case.segment) for case in cases if case.metric in known}


def _kept(session: Session, day: date) -> tuple[dict[SeriesKey, History], set[SeriesKey]]:
    """Return the series that the night kept, and the keys of which it knew whether there was one."""
    found = session.store.get_model(_NAME, day, _VERSION)
    if found is None or found.fitted_through != day:
        return {}, set()
    arrays = np.load(io.BytesIO(found.payload), allow_pickle=False)
    days, unmarked = arrays["days"], np.zeros(len(arrays["days"]), bool)
    holidays, metrics = session.calendar(day).holiday_names(days.astype(object)), session.book.metrics
    keys = [SeriesKey(str(metric), str(segment)) for metric, segment in arrays["keys"]]
    actual, expected, lower, upper = (arrays[name] for name in _LINES)
    kept = {
        key: History(days, actual[n], expected[n], lower[n], upper[n], unmarked, holidays, metrics[key.metric].unit)
        for n, key in enumerate(keys[: len(actual)])
        if key.metric in metrics
    }
    return kept, set(keys)


def _padded(line: np.ndarray, length: int) -> np.ndarray:
    """Return a line (days,) that ends on the night with the days before its own beginning unknown, (length,)."""
    return np.concatenate([np.full(length - len(line), np.nan), line])
