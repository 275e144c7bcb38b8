"""What was expected of some series over a stretch of days, as the nights of those days had it, without judging anything anew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np

from detect.detectors.baseline import Replay
from detect.model import History, SeriesKey
from detect.pipeline.detecting import judged_by_checks
from detect.pipeline.judged import panel_of
from detect.pipeline.session import Session
from detect.series import panel as panels
from detect.series.panel import column_of

__all__ = ["bands"]


def bands(session: Session, keys: Collection[SeriesKey], first: date, last: date) -> dict[SeriesKey, History]:
    """Return the series among `keys` that have figures, from `first` to `last`; without a band where a check judges the metric."""
    whole = panel_of(session, first, last, metrics={key.metric for key in keys})
    panel = panels.select(whole, [row for row, key in enumerate(whole.keys) if key in keys])
    if not panel.keys:
        return {}
    book, calendar, begin = session.book, session.calendar(last), max(column_of(panel, first), 0)
    shown, checked = slice(begin, len(panel.days)), judged_by_checks(session, panel)
    walked = [row for row, key in enumerate(panel.keys) if key.metric not in checked]
    expected, lower, upper = (np.full(panel.values.shape, np.nan) for _ in range(3))
    replay = Replay(panels.select(panel, walked), book.metrics, calendar, book.policy.detection.structural, begin)
    for start, end in replay.parts if walked else ():
        base = replay.baseline(start, end)
        for mine, its in ((expected, base.expected), (lower, base.lower), (upper, base.upper)):
            mine[walked, start:end] = its[:, start:end]
    days, holidays = panel.days[shown], calendar.holiday_names(panel.days[shown].astype(object))
    return {
        key: History(
            days,
            panel.values[row, shown],
            expected[row, shown],
            lower[row, shown],
            upper[row, shown],
            np.zeros(len(days), bool),
            holidays,
            book.metrics[key.metric].unit,
        )
        for row, key in enumerate(panel.keys)
    }
