"""Any tidy file of daily series, judged walk-forward: every day by the days before it alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from detect.detectors import Detection
from detect.detectors.baseline import Replay
from detect.model import Departure, Judgement, Kind, Panel, SeriesKey
from detect.pipeline.judging import Models, judged, learn
from detect.pipeline.reading import read_series
from detect.series.calendars import Calendar, CalendarSettings
from detect.series.metric import Metric
from detect.series.panel import judgeable, until

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ScanResult", "read_series", "scan"]

COLUMNS: Final = (
    "series",
    "date",
    "detected_on",
    "kind",
    "score",
    "p",
    "expected",
    "lower",
    "upper",
    "level",
    "reason",
)
_MAJOR: Final = frozenset({Kind.UNIT_ERROR, Kind.MISSING, Kind.DOUBLE_LOAD})


@dataclass(frozen=True)
class ScanResult:
    """The findings (one row a series-day told), and how much was judged."""

    findings: pd.DataFrame
    series: int
    days: int
    seconds: float


def scan(
    frame: pd.DataFrame,
    *,
    country: str | None = None,
    first: date | None = None,
    budget: float = 2.0,
    detection: Detection | None = None,
    progress: Callable[[str], None] | None = None,
) -> ScanResult:
    """Judge every day of a frame [series, date, value] from `first` on, promising `budget` false episodes per 1,000 series-days.

    Two rows of one series and day are a repeated load. What is learnt across series is learnt anew on a schedule, from earlier days.
    """
    began = time.perf_counter()
    say = progress or (lambda _: None)
    panel = panel_of(frame)
    settings = (detection or Detection()).model_copy(update={"budget": budget})
    calendar = Calendar(CalendarSettings(country=country))
    start = _start(panel, first)
    say(f"{len(panel.keys)} series, {len(panel.days) - start} days")
    replay = Replay(panel, {}, calendar, settings.structural, start)
    judgement = judged(replay, {}, calendar, settings, schedule(replay, calendar, settings), ())
    days = int(_lived(panel)[:, start:].sum())
    return ScanResult(findings_of(judgement, panel), len(panel.keys), days, time.perf_counter() - began)


def panel_of(frame: pd.DataFrame) -> Panel:
    """Return the Panel of a tidy frame; of repeated rows the first one counts, and the day is marked as repeated."""
    day = frame["date"].to_numpy().astype("datetime64[D]")
    names, row = np.unique(frame["series"].astype(str).to_numpy(dtype=object).astype(str), return_inverse=True)
    days = np.arange(day.min(), day.max() + 1)
    column = (day - days[0]).astype(int)
    shape = (len(names), len(days))
    count = np.zeros(shape, np.int64)
    np.add.at(count, (row, column), 1)
    values = np.full(shape, np.nan)
    values[row[::-1], column[::-1]] = frame["value"].to_numpy(float)[::-1]
    empty = np.isnan(values)
    return Panel(
        tuple(SeriesKey(str(n), "") for n in names), days, judgeable(values), (count > 0) & ~empty, None, count > 1
    )


def schedule(
    replay: Replay, calendar: Calendar, settings: Detection, metrics: Mapping[str, Metric] | None = None
) -> list[tuple[int, Models]]:
    """Return models for the replayed columns: fitted on the first one and every `refit_days`, each from the days before.

    Where no value came since the last models were fitted, these stay.
    """
    out, panel, fitted = list[tuple[int, Models]](), replay.panel, 0
    seen = np.concatenate([[0], np.cumsum(panel.present.any(axis=0))])
    for begin, end in replay.parts:
        due = [c for c in range(begin, end) if c == replay.first or _on_grid(panel, c, settings.refit_days)]
        for column in due:
            if column == 0:
                out.append((0, Models(date.min, "prior")))
                continue
            if out and seen[column] == seen[fitted]:
                continue
            fitted = column
            base = replay.baseline(begin, column)
            through = panel.days[column - 1].item()
            out.append((column, learn(until(panel, column), metrics or {}, calendar, settings, base, through)))
    return out


def findings_of(judgement: Judgement, panel: Panel) -> pd.DataFrame:
    """Return one row a departure, in the order of series and days."""
    import pandas as pd

    rows = [_row(d, panel) for d in judgement.departures]
    return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(["series", "date"], kind="stable", ignore_index=True)


def _row(found: Departure, panel: Panel) -> dict[str, object]:
    day = panel.days[found.day].item()
    level, change = _level(found)
    about = panel.days[found.first].item() if found.channel == "missing" and found.actual is not None else day
    return {
        "series": panel.keys[found.series].metric, "date": about, "detected_on": day, "kind": found.kind.value,
        "score": round(_score(found), 4), "p": found.p, "expected": found.expected, "lower": found.lower, "upper": found.upper,
        "level": level, "reason": _reason(found, change, panel),
    }  # fmt: skip


def _score(found: Departure) -> float:
    """Return -log10 p, at most 300."""
    return float(-np.log10(max(found.p, 1e-300)))


def _level(found: Departure) -> tuple[int, float | None]:
    """Return 1 to 3 by the relative change, and that change."""
    change = None
    if found.actual is not None and found.expected is not None:
        change = (found.actual - found.expected) / max(abs(found.expected), 1e-9)
    if found.kind in _MAJOR or (change is not None and abs(change) >= 0.5):  # noqa: PLR2004 - issue's table
        return 1, change
    return (2 if change is not None and abs(change) >= 0.2 else 3), change  # noqa: PLR2004


def _reason(found: Departure, change: float | None, panel: Panel) -> str:
    first = panel.days[found.first].item()
    since = f" since {first}" if found.first < found.day else ""
    if found.actual is None or found.expected is None or change is None:
        return f"No value, although this day of the week nearly always has one{since}."
    size = f"{abs(change):.0%}" if abs(change) < 10 else f"{abs(change) + 1:,.0f} times"  # noqa: PLR2004
    side = "above" if change > 0 else "below"
    words = {
        Kind.UNIT_ERROR: "looks like a wrong unit or sign: ",
        Kind.DOUBLE_LOAD: "looks loaded twice: ",
        Kind.MISSING: "zero where there never is one: ",
        Kind.LEVEL_SHIFT: f"another level{since}: ", Kind.DRIFT: f"a slow drift{since}: ",
        Kind.STUCK: f"the same value again and again{since}: ",
        Kind.PATTERN_BREAK: "the same day of the week again: ",
    }.get(found.kind, "")  # fmt: skip
    band = (
        f" (usually {found.lower:,.6g} to {found.upper:,.6g})"
        if found.lower is not None and found.upper is not None
        else ""
    )
    text = f"{words}{found.actual:,.6g} is {size} {side} the expected {found.expected:,.6g}{band}."
    return text[0].upper() + text[1:]


def _lived(panel: Panel) -> np.ndarray:
    """Return the days between each series' first and last row."""
    after = np.cumsum(panel.present, axis=1) > 0
    before = np.cumsum(panel.present[:, ::-1], axis=1)[:, ::-1] > 0
    return np.asarray(after & before)


def _on_grid(panel: Panel, column: int, step: int) -> bool:
    return (int(panel.days[column].astype("datetime64[D]").astype(np.int64)) - 4) % step == 0


def _start(panel: Panel, first: date | None) -> int:
    if first is None:
        return 0
    return int(np.clip((np.datetime64(first, "D") - panel.days[0]).astype(int), 0, len(panel.days)))
