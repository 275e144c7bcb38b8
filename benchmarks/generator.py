"""Daily business series with planted, labelled events, for the benchmarks alone; seeded, so that a figure can be had again.

A company has segments; each segment has orders, units and revenue that share what customers do, a cost that goes its own way, and
there are a few single series: a balance that wanders, a ratio, a count of few, a business closed on Sundays, and payments on two
weekdays. Public holidays (China, with make-up workdays), month ends, a pay-day, growth and noise with memory are in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import holidays
import numpy as np
import pandas as pd

from detect.model import Category, Panel, SeriesKey, SeriesType, Text
from detect.series.metric import Metric

DAYS = pd.date_range("2022-01-01", "2024-12-31")
FIRST = int(np.flatnonzero(DAYS == "2024-01-01")[0])
KINDS = ("spike", "dip", "level_shift", "double_load", "unit_error", "missing", "stuck", "drift", "joint")


@dataclass(frozen=True)
class Event:
    """What was planted: columns of the Panel; `row` is the series, for a joint event the one that moved furthest."""

    row: int
    start: int
    end: int
    kind: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Company:
    """A Panel, its metrics, and what was planted in it."""

    panel: Panel
    metrics: dict[str, Metric]
    events: tuple[Event, ...]


def company(seed: int, segments: int = 6, *, clean: bool = False) -> Company:
    """Make one company of 4 * segments + 5 series over three years, the last of which has the events."""
    rng = np.random.default_rng([seed, 20240101])
    calendar = _calendar(rng)
    series: dict[SeriesKey, np.ndarray] = {}
    for segment in range(segments):
        series |= _segment(f"region {segment + 1}", rng, calendar)
    series |= _singles(rng, calendar)
    keys = tuple(sorted(series))
    values = np.stack([series[key] for key in keys])
    events = () if clean else tuple(_plant(values, keys, rng))
    panel = Panel(keys, DAYS.to_numpy().astype("datetime64[D]"), values, np.isfinite(values))
    return Company(panel, {name: _metric(name) for name in sorted({key.metric for key in keys})}, events)


def many(count: int, days: int, seed: int) -> Panel:
    """Make a large Panel of plain amounts for the clock: growth, week, month end, noise."""
    rng = np.random.default_rng(seed)
    axis = pd.date_range("2023-01-02", periods=days)
    week = np.array([1, 1.02, 1.0, 1.03, 1.1, 0.6, 0.5])[axis.day_of_week]
    end = np.where(axis.is_month_end, 1.4, 1.0)
    level = rng.uniform(3, 9, (count, 1)) + rng.normal(0, 0.003, (count, days)).cumsum(axis=1)
    values = np.exp(level + rng.normal(0, 0.06, (count, days))) * week * end
    keys = tuple(SeriesKey(f"m{row // 20:04d}", f"s{row % 20:02d}") for row in range(count))
    return Panel(keys, axis.to_numpy().astype("datetime64[D]"), values.round(2), np.ones(values.shape, bool))


def _calendar(rng: np.random.Generator) -> dict[str, np.ndarray]:
    table = holidays.country_holidays("CN", years=range(2021, 2026))
    closed = np.array([day.date() in table for day in DAYS])
    worked = np.array([day.date() in table.weekend_workdays for day in DAYS])
    pay_day = DAYS.day == int(rng.choice([5, 10, 15, 20]))
    return {"closed": closed, "worked": worked, "pay": np.asarray(pay_day), "end": np.asarray(DAYS.is_month_end)}


def _shape(rng: np.random.Generator, calendar: dict[str, np.ndarray], week: tuple[float, ...]) -> np.ndarray:
    """Log of what the calendar does."""
    weekday = np.where(calendar["worked"], 0, DAYS.day_of_week)
    out = np.log(np.array(week))[weekday] * rng.uniform(0.7, 1.3)
    out += calendar["end"] * rng.uniform(0.1, 0.5) + calendar["pay"] * rng.uniform(0.0, 0.25)
    return out + calendar["closed"] * rng.uniform(-0.8, -0.2) + np.linspace(0, rng.uniform(-0.1, 0.5), len(DAYS))


def _noise(rng: np.random.Generator, sd: float, memory: float) -> np.ndarray:
    shocks = rng.standard_t(6, len(DAYS)) * sd * np.sqrt(4 / 6 * (1 - memory**2))
    for day in range(1, len(DAYS)):
        shocks[day] += memory * shocks[day - 1]
    return shocks


def _segment(name: str, rng: np.random.Generator, calendar: dict[str, np.ndarray]) -> dict[SeriesKey, np.ndarray]:
    week = (1.0, 1.0, 1.0, 1.05, 1.15, 0.8, 0.6)
    shape = _shape(rng, calendar, week) + _noise(rng, 0.08, 0.3) + rng.normal(0, 0.004, len(DAYS)).cumsum()
    size = rng.uniform(4, 7)
    orders = rng.poisson(np.exp(size + shape))
    units = rng.poisson(orders * np.exp(1.0 + _noise(rng, 0.04, 0.0)))
    revenue = (units * 24 * np.exp(_noise(rng, 0.05, 0.2))).round(2)
    cost = np.exp(size + 2 + _shape(rng, calendar, (1, 1, 1, 1, 1, 0.9, 0.9)) + _noise(rng, 0.06, 0.4)).round(2)
    parts = {"orders": orders, "units": units, "revenue": revenue, "cost": cost}
    return {SeriesKey(metric, name): values.astype(float) for metric, values in parts.items()}


def _singles(rng: np.random.Generator, calendar: dict[str, np.ndarray]) -> dict[SeriesKey, np.ndarray]:
    week = (1.0, 1.0, 1.0, 1.05, 1.1, 0.9, 0.7)
    shop = np.exp(8 + _shape(rng, calendar, week) + _noise(rng, 0.07, 0.2)).round(2)
    shop[np.asarray(DAYS.day_of_week == 6)] = np.nan
    payments = np.exp(9 + _noise(rng, 0.15, 0.0)).round(2)
    payments[~np.isin(DAYS.day_of_week, (1, 4))] = np.nan
    found = {
        "balance": (5000 + rng.normal(0, 40, len(DAYS)).cumsum()).round(2),
        "late share": np.clip(0.12 + _noise(rng, 0.015, 0.5), 0.001, 1).round(4),
        "complaints": rng.poisson(np.exp(1.2 + 0.4 * _shape(rng, calendar, week))).astype(float),
        "shop": shop,
        "payments": payments,
    }
    return {SeriesKey(name, ""): values for name, values in found.items()}


def _metric(name: str) -> Metric:
    related = {"revenue": ("orders", "units"), "orders": ("units",)}.get(name, ())
    kind = {"orders": "count", "units": "count", "complaints": "count", "balance": "balance"}.get(name, "amount")
    return plain_metric(name, related, SeriesType(kind))


def plain_metric(name: str, related: tuple[str, ...], kind: SeriesType = SeriesType.AMOUNT) -> Metric:
    """Return a metric with nothing said of it but its type and what it is related to."""
    return Metric(
        id=name,
        name=Text(en=name, zh=name),
        department="sales",
        category=Category.FINANCIAL,
        source="benchmark",
        value="sum(value)",
        type=kind,
        related=related,
    )


def _plant(values: np.ndarray, keys: tuple[SeriesKey, ...], rng: np.random.Generator) -> list[Event]:
    """Plant about three events a series into the last year, each kind in turn, at least 25 days apart."""
    used, events = np.zeros(values.shape, bool), []
    log = np.log(np.maximum(values, 1e-9))
    spread = np.nanmedian(np.abs(log[:, 7:] - log[:, :-7]), axis=1) / 0.6745 / np.sqrt(2)
    order = [KINDS[k] for k in rng.permutation(np.tile(np.arange(len(KINDS)), 1 + 3 * len(values) // len(KINDS)))]
    for number, kind in enumerate(order):
        row = number % len(values)
        mates = _mates(keys, row) if kind == "joint" else (row,)
        if kind == "joint" and len(mates) < 2:
            continue
        start = _place(used, mates, values, rng)
        if start is not None:
            events.append(_apply(values, keys, kind, (mates, start, float(spread[row])), rng))
            used[list(mates), max(0, start - 25) : events[-1].end + 25] = True
            if kind in {"level_shift", "drift"}:
                used[row, start:] = True
    return events


def _mates(keys: tuple[SeriesKey, ...], row: int) -> tuple[int, ...]:
    segment = keys[row].segment
    pair = [SeriesKey(name, segment) for name in ("orders", "revenue")]
    return tuple(keys.index(key) for key in pair if key in keys) if segment else (row,)


def _place(used: np.ndarray, rows: tuple[int, ...], values: np.ndarray, rng: np.random.Generator) -> int | None:
    for _ in range(60):
        start = int(rng.integers(FIRST + 15, values.shape[1] - 40))
        if not used[list(rows), start : start + 3].any() and np.isfinite(values[list(rows), start]).all():
            return start
    return None


def _apply(
    values: np.ndarray,
    keys: tuple[SeriesKey, ...],
    kind: str,
    where: tuple[tuple[int, ...], int, float],
    rng: np.random.Generator,
) -> Event:
    """Change the values and say what was changed; sizes are in units of the series' own noise."""
    rows, start, spread = where
    row, size, last = rows[0], rng.uniform(2.5, 8.0) * spread, values.shape[1] - 1
    days = int(rng.choice([1, 1, 2, 3])) if kind in {"spike", "dip"} else 1
    span = slice(start, start + days)
    if kind in {"spike", "dip"}:
        values[row, span] *= np.exp(size if kind == "spike" else -size)
    elif kind == "level_shift":
        days, span = last - start + 1, slice(start, None)
        values[row, span] *= np.exp(rng.choice([-1, 1]) * max(0.6 * size, 2.5 * spread))
    elif kind == "drift":
        days, span = 60, slice(start, None)
        ramp = np.minimum(np.arange(values.shape[1] - start) / 40, 1.0)
        values[row, span] *= np.exp(rng.choice([-1, 1]) * size * ramp)
    elif kind == "double_load":
        values[row, span] *= 2
    elif kind == "unit_error":
        values[row, span] *= rng.choice([1000.0, 100.0, 0.01])
    elif kind == "missing":
        days = int(rng.choice([1, 2]))
        values[row, start : start + days] = np.nan
    elif kind == "stuck":
        days = int(rng.integers(7, 13))
        values[row, start : start + days] = np.where(
            np.isfinite(values[row, start : start + days]), values[row, start], np.nan
        )
    else:
        part = rng.uniform(1.2, 2.4)
        values[rows[0], span] *= np.exp(part * spread)
        values[rows[1], span] *= np.exp(-part * spread)
    if kind not in {"missing", "unit_error"}:
        _whole(values, keys, rows, start)
    return Event(row, start, min(start + days - 1, last), kind, rows)


def _whole(values: np.ndarray, keys: tuple[SeriesKey, ...], rows: tuple[int, ...], start: int) -> None:
    for row in rows:
        count = keys[row].metric in {"orders", "units", "complaints"}
        values[row, start:] = np.round(values[row, start:], 0 if count else 4)
