"""Data findings come first: the faults of a table's load are held against the findings of the metrics that stand on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from detect.findings.loading import annotated, load_faults
from detect.model import Finding
from detect.pipeline.judged import JudgedNight
from detect.pipeline.pulling import Pulled
from detect.pipeline.session import Session
from detect.series.metric import Metric

__all__ = ["data_first", "repeats_of"]

Repeats = Mapping[tuple[str, date], tuple[float, float]]


def data_first(
    session: Session, night: JudgedNight, metrics: Mapping[str, Metric], repeats: Repeats, *, suites_ran: bool
) -> JudgedNight:
    """Annotate the findings of metrics whose table was loaded wrongly that night; nothing is left out.

    A run of some metrics runs no suite: it takes what the whole night found in the tables.
    """
    faults = load_faults(night.findings if suites_ran else _stored(session, night.as_of), repeats)
    if not faults:
        return night
    told = []
    for finding in night.findings:
        metric = metrics.get(finding.metric or "")
        fault = faults.get((metric.source, finding.day)) if metric else None
        told.append(annotated(finding, metric, fault) if metric and fault else finding)
    return replace(night, findings=tuple(told))


def _stored(session: Session, as_of: date) -> list[Finding]:
    rows = session.store.findings(as_of=as_of)
    return [row.finding for row in rows if row.state == "active" and row.finding.metric is None]


def repeats_of(pulled: Iterable[Pulled], nights: Sequence[date]) -> Repeats:
    """Return the rows of each source on the judged days, and how many of them repeat others."""
    found = {}
    for one in pulled:
        if one.frame is None:
            continue
        counted = one.frame[one.frame["metric"] == f"{one.source}:rows"]
        days = pd.to_datetime(counted["day"]).dt.date
        wanted = days.between(nights[0], nights[-1])
        for day, rows, repeated in zip(
            days[wanted], counted.loc[wanted, "rows"], counted.loc[wanted, "repeated"], strict=True
        ):
            found[one.source, day] = (float(rows), float(repeated))
    return found
