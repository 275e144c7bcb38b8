"""Sets of series made by a folder that holds generators and a scorer: calendar kinds A and B, the same without events, planted real series.

The folder is given by an option; it holds `calendar_series.py`, `inject.py`, `score.py`, `bases_dev.csv.gz` and `natural_events_dev.csv`.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from detect.detectors import Detection
from detect.detectors.baseline import Replay
from detect.pipeline.judging import judged
from detect.pipeline.scan import findings_of, panel_of, schedule
from detect.series.calendars import Calendar, CalendarSettings

__all__ = ["PLANTED", "Bench", "Set", "findings_at", "joined", "per_series"]

PLANTED = "planted in real series"
_JUDGED = date(2025, 1, 1)
_SERIES = 24
_FACTORS = ([0.5, 0.65, 1.4, 1.6], [0.75, 1.3])  # by which the generator multiplies what it plants


@dataclass(frozen=True, eq=False)
class Set:
    """Series and events as the scorer reads them; `country` has the holidays, `first` is the first judged day (None: all)."""

    name: str
    series: pd.DataFrame
    events: pd.DataFrame
    country: str | None
    first: date | None


class _Quiet:
    """A random generator that draws the factor of each event, and gives 1 instead."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rng, name)

    def choice(self, values: Any, *more: Any) -> Any:
        drawn = self._rng.choice(values, *more)
        return 1.0 if list(values) in _FACTORS else drawn


class Bench:
    """The folder's generators and scorer."""

    def __init__(self, folder: Path, work: Path) -> None:
        self._folder, self._work = folder, work
        self.scorer = _load(folder / "score.py")
        self._calendar_series = _load(folder / "calendar_series.py")

    def make(self, kind: str, seed: int, *, clean: bool = False) -> Set:
        """Make one set: 24 series of kind A or B, with their events or without any, or the real series with events planted."""
        if kind == PLANTED:
            return self._planted(seed)
        rows, events = [], []
        for k in range(_SERIES):
            rng = np.random.default_rng([seed, k, ord(kind)])
            y, planted = self._calendar_series.one(kind, _Quiet(rng) if clean else rng)
            days = self._calendar_series.DAYS
            rows.append(pd.DataFrame({"series": f"{kind}{k:03d}", "date": days, "value": y.round(2)}))
            events += [(f"{kind}{k:03d}", days[a], days[b], what, 1) for a, b, what in planted if not clean]
        table = pd.DataFrame(events, columns=["series", "start", "end", "kind", "must"])
        table = table.astype({"start": "datetime64[ns]", "end": "datetime64[ns]"})
        return Set(f"{kind}{seed}", pd.concat(rows, ignore_index=True), table, "CN", _JUDGED)

    def _planted(self, seed: int) -> Set:
        out = self._work / f"planted{seed}"
        command = [self._folder / "inject.py", "--in", self._folder / "bases_dev.csv.gz", "--out", out, "--seed", seed]
        subprocess.run([sys.executable, *map(str, command)], check=True, capture_output=True)
        files = (out / "events.csv", self._folder / "natural_events_dev.csv")
        events = pd.concat([self.scorer.read(file, ["start", "end"]) for file in files], ignore_index=True)
        return Set(f"planted{seed}", pd.read_csv(out / "series.csv.gz", parse_dates=["date"]), events, "GB", None)


def findings_at(given: Set, budgets: Iterable[float]) -> dict[float, pd.DataFrame]:
    """Scan a set once and tell at each budget: the walk and what is learnt do not depend on it."""
    panel, calendar = panel_of(given.series), Calendar(CalendarSettings(country=given.country))
    detection = Detection()
    start = 0 if given.first is None else int((np.datetime64(given.first, "D") - panel.days[0]).astype(int))
    replay = Replay(panel, {}, calendar, detection.structural, max(start, 0))
    models = schedule(replay, calendar, detection)
    found = {}
    for budget in budgets:
        settings = detection.model_copy(update={"budget": budget})
        found[budget] = findings_of(judged(replay, {}, calendar, settings, models), panel)
    return found


def per_series(bench: Bench, given: Set, findings: pd.DataFrame) -> pd.DataFrame:
    """Score each series by itself: events, found, false episodes, days, chance (sum over events), and a count of each by kind."""
    dated = findings.assign(**{name: pd.to_datetime(findings[name]) for name in ("date", "detected_on")})
    first = None if given.first is None else str(given.first)
    f, events, series = bench.scorer.prepare(dated, given.events, given.series, first)
    rows = []
    for name, days in series.groupby("series"):
        result = bench.scorer.score(f[f.series == name], events[events.series == name], days)
        kinds: Mapping[str, Mapping[str, float]] = result.get("by_kind", {})
        rows.append(
            {
                "series": f"{given.name}/{name}",
                "events": result["events"],
                "found": result["found"],
                "chance": result.get("chance", 0.0) * result["events"],
                "false": result["false_alarm_episodes"],
                "days": result["series_days"],
                "kinds": {kind: (round(k["recall"] * k["n"]), int(k["n"])) for kind, k in kinds.items()},
            }
        )
    return pd.DataFrame(rows)


def joined(scored: pd.DataFrame, draws: int = 2000) -> dict[str, float]:
    """Return recall, skill and false episodes per 1,000 series-days over all series, with 95 % intervals by drawing series."""
    numbers = scored[["events", "found", "chance", "false", "days"]].to_numpy(float)
    drawn = np.random.default_rng(0).integers(0, len(numbers), (draws, len(numbers)))
    total = np.concatenate([numbers.sum(axis=0)[None], numbers[drawn].sum(axis=1)])
    events = np.maximum(total[:, 0], 1)
    recall, skill, rate = total[:, 1] / events, (total[:, 1] - total[:, 2]) / events, 1000 * total[:, 3] / total[:, 4]
    out = {"events": total[0, 0], "days": total[0, 4]}
    for name, values in (("recall", recall), ("skill", skill), ("rate", rate)):
        low, high = np.quantile(values[1:], (0.025, 0.975))
        out |= {name: float(values[0]), f"{name}_low": float(low), f"{name}_high": float(high)}
    return out


def _load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"bench_{file.stem}", file)
    if spec is None or spec.loader is None:
        message = f"{file} is no Python file"
        raise SystemExit(message)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
