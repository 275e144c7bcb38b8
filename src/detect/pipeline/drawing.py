"""The charts of cases, at once: their own series and what was expected of them, without judging the night again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np

from detect.detectors._base import Baseline
from detect.detectors.baseline import Replay
from detect.model import Case, History, Panel, SeriesKey
from detect.pipeline.feedback import feedback_of
from detect.pipeline.judged import panel_of
from detect.pipeline.session import Session
from detect.pipeline.telling import histories_of
from detect.render.chart import png
from detect.render.mail import chart_id
from detect.series import panel as panels

__all__ = ["chart_of", "histories_at", "histories_for"]


def chart_of(session: Session, case: Case) -> bytes | None:
    """Return the chart of a case's metric as PNG: the one that was sent, or, where the case went on since, one drawn anew.

    None where it has no series.
    """
    sent = session.store.picture(case.id, chart_id(case.id), case.last_day)
    if sent is not None:
        return sent
    histories = histories_for(session, case)
    return png(histories[case.id]) if case.id in histories else None


def histories_for(session: Session, case: Case) -> Mapping[str, History]:
    """Return the history of a case's series up to its last day, its days marked, by the case's id; empty for what has no series."""
    return histories_of([case], histories_at(session, [case], case.last_day))


def histories_at(session: Session, cases: Iterable[Case], day: date) -> Mapping[SeriesKey, History]:
    """Return the series of `cases` up to `day`, each with what the days before led to expect; those without figures are left out."""
    known = session.book.metrics
    wanted = {SeriesKey(case.metric or "", case.segment) for case in cases if case.metric in known}
    if not wanted:
        return {}
    whole = panel_of(session, day, day, metrics={k.metric for k in wanted}, segments={k.segment for k in wanted})
    panel = panels.select(whole, [i for i, key in enumerate(whole.keys) if key in wanted])
    if not panel.keys:
        return {}
    accounts = {
        account.metric for account in session.book.policy.accounts
    }  # judged by their own rhythm, without a band
    banded = [i for i, key in enumerate(panel.keys) if key.metric not in accounts]
    expected, lower, upper = (np.full(panel.values.shape, np.nan) for _ in range(3))
    if banded:
        base = _baseline(session, panels.select(panel, banded), day)
        expected[banded], lower[banded], upper[banded] = base.expected, base.lower, base.upper
    holidays = session.calendar(day).holiday_names(panel.days.astype(object))
    unmarked = np.zeros(len(panel.days), bool)
    return {
        key: History(
            panel.days, panel.values[i], expected[i], lower[i], upper[i], unmarked, holidays, known[key.metric].unit
        )
        for i, key in enumerate(panel.keys)
    }


def _baseline(session: Session, panel: Panel, day: date) -> Baseline:
    """Return the baseline that the night of `day` had, which asks no neighbour."""
    book, last = session.book, len(panel.days) - 1
    said = [verdict for verdict in feedback_of(session.store) if verdict.recorded_on < day]
    replay = Replay(panel, book.metrics, session.calendar(day), book.policy.detection.structural, last, said)
    return replay.baseline(last, last + 1)
