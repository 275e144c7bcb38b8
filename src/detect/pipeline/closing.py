"""Targets and identities in a run: read from the observations that were just pulled, judged on the nights on which they are due."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from detect.checks.pace import measure_pace, under_way
from detect.checks.targets import Against, IdentitySettings, Measured, PlanTable, TargetSettings, due, measure
from detect.model import Category, Check, Finding, Kind, Outcome
from detect.pipeline.departures import steady
from detect.pipeline.ledger import unmade
from detect.pipeline.session import Session
from detect.pipeline.suites import Checked
from detect.series.calendars import Calendar
from detect.series.metric import Metric
from detect.series.periods import Grain, Period, figure_of, named, period_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["balance_nights", "close_nights"]

_HISTORY = timedelta(days=4 * 366)  # what a forecast of years and its growth could ask for


def close_nights(
    session: Session,
    target: TargetSettings,
    nights: Sequence[date],
    *,
    fresh: pd.DataFrame | None = None,
    lost: Collection[str] = (),
) -> dict[date, Checked]:
    """Judge the periods that close on `nights`, or are so far under way that their end is foretold; else nothing is planned.

    `lost` are metrics that could not be pulled.
    """
    metric = session.book.metrics[target.metric]
    found: dict[date, Checked] = {night: Checked() for night in nights}
    closing = {night: period for night in nights if (period := due(target, night)) is not None}
    running = {night: period for night in nights if (period := under_way(target, night)) is not None}
    if not closing and not running:
        return found
    if target.metric in lost:
        cause = f"{target.metric} could not be pulled"
        for night in {**closing, **running}:
            asked = len(target.against) * (night in closing) + (night in running)
            found[night] = Checked((), (unmade(target.id, "target", asked, Outcome.NOT_CHECKED, cause),))
        return found
    figures = _Figures(_observed(session, [metric.id], nights[-1], fresh), metric, target.segment)
    planned = _planned(session, target)
    side = target.direction or metric.direction
    for night, period in closing.items():
        measured = measure(target, period, figures.of, planned.get(period.name), side)
        found[night] = _told(target, metric, period, night, measured)
    for night, period in running.items():
        plan, open_days = planned.get(period.name), partial(_open_days, session.calendar(night))
        pace = measure_pace(target, period, figures.of, plan, side, metric.type, days=open_days)
        early, before = _told(target, metric, period, night, [pace]), found[night]
        found[night] = Checked((*before.findings, *early.findings), (*before.checks, *early.checks))
    return found


def _open_days(calendar: Calendar, period: Period) -> int:
    days = (period.first + timedelta(days=n) for n in range((period.last - period.first).days + 1))
    return sum(calendar.is_working_day(day) for day in days)


def balance_nights(
    session: Session,
    identity: IdentitySettings,
    nights: Sequence[date],
    *,
    fresh: pd.DataFrame | None = None,
    lost: Collection[str] = (),
) -> dict[date, Checked]:
    """Compare both sides of an identity on each of `nights`; on a day without any of the figures nothing is planned."""
    import pandas as pd

    names = (*identity.left, *identity.right)
    seen = _observed(session, list(dict.fromkeys(names)), nights[-1], fresh)
    seen = seen[seen["segment"] == ""]
    values = {
        (name, day): float(value)
        for name, day, value in zip(seen["metric"], pd.to_datetime(seen["day"]).dt.date, seen["value"], strict=True)
        if np.isfinite(value)
    }
    return {night: _balanced(session, identity, night, values, lost) for night in nights}


def _balanced(
    session: Session,
    identity: IdentitySettings,
    night: date,
    values: dict[tuple[str, date], float],
    lost: Collection[str],
) -> Checked:
    names = (*identity.left, *identity.right)
    gone = [name for name in names if name in lost]
    if gone:
        return _unmade(identity, Outcome.NOT_CHECKED, f"{', '.join(gone)} could not be pulled")
    absent = [name for name in names if (name, night) not in values]
    if len(absent) == len(names):
        return Checked()
    if absent:
        return _unmade(identity, Outcome.NO_DATA, f"{', '.join(absent)} have no figure")
    left, right = (sum(values[name, night] for name in side) for side in (identity.left, identity.right))
    digest = hashlib.sha256(repr((steady(left), steady(right))).encode()).hexdigest()[:16]
    if abs(left - right) <= identity.tolerance:
        return Checked((), (Check(identity.id, "identity", 1, {Outcome.OK: 1}, digest),))
    first = session.book.metrics[identity.left[0]]
    finding = Finding(
        as_of=night,
        day=night,
        first_day=night,
        subject=identity.id,
        segment="",
        channel="identity",
        category=Category.FINANCIAL,
        kind=Kind.RECONCILIATION,
        department=identity.department,
        actual=steady(left),
        expected=steady(right),
        unit=first.unit,
        severity=identity.level,
        stake=None if first.money_per_unit is None else steady(abs(left - right) * first.money_per_unit),
        evidence={"sides": [list(identity.left), list(identity.right)], "gap": steady(left - right)},
    )
    notable = (("", Outcome.FINDING, "the two sides differ"),)
    return Checked((finding,), (Check(identity.id, "identity", 1, {Outcome.FINDING: 1}, digest, notable),))


def _unmade(identity: IdentitySettings, outcome: Outcome, cause: str) -> Checked:
    return Checked((), (unmade(identity.id, "identity", 1, outcome, cause),))


def _observed(session: Session, metrics: list[str], last: date, fresh: pd.DataFrame | None) -> pd.DataFrame:
    import pandas as pd

    seen = session.store.read_observations(metrics, last - _HISTORY, last)
    if fresh is not None:
        mine = fresh.loc[fresh["metric"].isin(metrics), seen.columns]
        seen = pd.concat([seen, mine]).drop_duplicates(["metric", "segment", "day"], keep="last")
    return seen[(seen["rows"] > 0) | seen["value"].notna()]  # what the source took back is not there


@dataclass(frozen=True, eq=False)
class _Figures:
    """One series' figures by period."""

    seen: pd.DataFrame
    metric: Metric
    segment: str

    @cached_property
    def _days(self) -> pd.DataFrame:
        import pandas as pd

        mine = self.seen[self.seen["segment"] == self.segment]
        return mine.assign(day=pd.to_datetime(mine["day"])).set_index("day")[["value", "weight"]].sort_index()

    def of(self, period: Period) -> float | None:
        """Return the figure of a period, None where the series began after its first days or nothing came in it."""
        import pandas as pd

        days = self._days
        if days.empty or days.index[0] > pd.Timestamp(
            period.first + timedelta(days=6 if period.grain is not Grain.DAY else 0)
        ):
            return None
        part = days.loc[pd.Timestamp(period.first) : pd.Timestamp(period.last)]
        return figure_of(part["value"].to_numpy(float), part["weight"].to_numpy(float), self.metric.type)


def _planned(session: Session, target: TargetSettings) -> dict[str, float]:
    """Return what was planned by the name of its period: the configuration's, else the table's."""
    plan = {} if target.table is None else _from_table(session, target.table, target.grain)
    return plan | dict(target.values)


def _from_table(session: Session, table: PlanTable, grain: Grain) -> dict[str, float]:
    rows = session.warehouse.rows(session.book.sources[table.source], [table.period, table.value], table.where)
    plan: dict[str, float] = {}
    for said, value in zip(rows[table.period], rows[table.value], strict=True):
        period = _period(said, grain)
        if period is not None and value is not None:
            plan[period.name] = plan.get(period.name, 0.0) + float(value)
    return plan


def _period(said: object, grain: Grain) -> Period | None:
    """Read a period's name, or a day in it."""
    if isinstance(said, datetime):
        return period_of(said.date(), grain)
    if isinstance(said, date):
        return period_of(said, grain)
    text = str(said).strip()
    day = named(text[:10], Grain.DAY)
    return period_of(day.first, grain) if day is not None else named(text, grain)


def _told(target: TargetSettings, metric: Metric, period: Period, night: date, measured: Sequence[Measured]) -> Checked:
    findings, checks = [], []
    for one in measured:
        figures = repr((period.name, one.against, steady(one.actual), steady(one.expected)))
        digest = hashlib.sha256(figures.encode()).hexdigest()[:16]
        quiet = one.outcome in {Outcome.OK, Outcome.INSUFFICIENT_HISTORY}
        notable = () if quiet else ((target.segment, one.outcome, one.cause or f"off {one.against.value}"),)
        checks.append(Check(target.id, f"target {one.against.value}", 1, {one.outcome: 1}, digest, notable))
        if one.outcome is Outcome.FINDING:
            findings.append(_finding(target, metric, period, night, one))
    return Checked(tuple(findings), tuple(checks))


def _finding(target: TargetSettings, metric: Metric, period: Period, night: date, one: Measured) -> Finding:
    gap = abs((one.actual or 0.0) - (one.expected or 0.0))
    early = one.against is Against.PACE
    more = {"so_far": steady(one.so_far)} if early else {}
    return Finding(
        as_of=night,
        day=night if early else period.last,
        first_day=night if early else period.first,
        subject=target.id,
        segment=target.segment,
        channel=f"target_{one.against.value}",
        category=metric.category,
        kind=Kind.FORECAST_BREACH if early else Kind.OFF_TARGET,
        department=metric.department,
        metric=metric.id,
        actual=steady(one.actual),
        expected=steady(one.expected),
        lower=steady(one.lower),
        upper=steady(one.upper),
        unit=metric.unit,
        severity=target.level,
        stake=None if metric.money_per_unit is None else steady(gap * metric.money_per_unit),
        evidence={"against": one.against.value, "period": period.name, **more},
    )
