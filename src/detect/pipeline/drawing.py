"""The chart of one case, at once: its own series and what was expected of it, without judging the night again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from detect.detectors.baseline import Replay
from detect.model import Case, History, Panel, SeriesKey
from detect.pipeline.feedback import feedback_of
from detect.pipeline.judged import panel_of
from detect.pipeline.session import Session
from detect.pipeline.telling import histories_of
from detect.series import panel as panels

__all__ = ["histories_for", "history_of"]


def histories_for(session: Session, case: Case) -> Mapping[str, History]:
    """Return the history of a case's series up to its last day, its days marked, by the case's id; empty for what has no series."""
    if case.metric not in session.book.metrics:
        return {}
    key = SeriesKey(case.metric or "", case.segment)
    found = history_of(session, key, case.last_day)
    return histories_of([case], {key: found}) if found else {}


def history_of(session: Session, key: SeriesKey, day: date) -> History | None:
    """Return a series up to `day` with what the days before each led to expect; None where it has no figures."""
    whole = panel_of(session, day, day, metrics=(key.metric,))
    if key not in whole.keys:
        return None
    panel = panels.select(whole, [whole.keys.index(key)])
    by_check = key.metric in {account.metric for account in session.book.policy.accounts}
    nothing = np.full(len(panel.days), np.nan)
    expected, lower, upper = (nothing, nothing, nothing) if by_check else _band(session, panel, day)
    holidays = session.calendar(day).holiday_names(panel.days.astype(object))
    unit = session.book.metric(key.metric).unit
    return History(panel.days, panel.values[0], expected, lower, upper, np.zeros(len(panel.days), bool), holidays, unit)


def _band(session: Session, panel: Panel, day: date) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return expected, lower and upper, each of shape (days,), from the baseline that the night had, which asks no neighbour."""
    book, last = session.book, len(panel.days) - 1
    said = [verdict for verdict in feedback_of(session.store) if verdict.recorded_on < day]
    replay = Replay(panel, book.metrics, session.calendar(day), book.policy.detection.structural, last, said)
    base = replay.baseline(last, last + 1)
    return base.expected[0], base.lower[0], base.upper[0]
