"""Events found and false alarms, for the whole, without each part in turn, for each part alone, and for what a user would pick."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from benchmarks import references
from benchmarks.generator import FIRST, Company, company
from benchmarks.scoring import Result, score

from detect.detectors import Detection
from detect.detectors.structural import Shares, StructuralSettings
from detect.model import Departure
from detect.pipeline.judging import Models, fit, judge
from detect.series.calendars import Calendar, CalendarSettings

_OFF = 1e-15  # a share that tells nothing
WHOLE = "everything we have"
FIXED_LIMITS = "fixed limits, the range of the year before"


@dataclass(frozen=True)
class Row:
    """One way of judging: its result and how long the judging of all companies took."""

    name: str
    result: Result
    seconds: float


def calendar() -> Calendar:
    return Calendar(CalendarSettings(country="CN"))


def variants() -> dict[str, Detection]:
    """Return the whole, then the whole without each part, then each second opinion alone."""
    whole, own = Detection(), tuple(Shares.model_fields)
    found = {WHOLE: whole}
    for name in own:
        shares = whole.structural.shares.model_copy(update={name: _OFF})
        found[f"without {name}"] = whole.model_copy(
            update={"structural": whole.structural.model_copy(update={"shares": shares})}
        )
    found |= {f"without {name}": without(whole, name) for name in ("stl", "forest")}
    nothing = StructuralSettings(shares=Shares(**dict.fromkeys(own, _OFF)))
    quiet = without(without(whole.model_copy(update={"structural": nothing}), "stl"), "forest")
    found["stl alone, whole budget"] = quiet.model_copy(update={"stl": whole.stl.model_copy(update={"share": 1.0})})
    found["forest alone, whole budget"] = quiet.model_copy(
        update={"forest": whole.forest.model_copy(update={"share": 1.0})}
    )
    return found


def without(detection: Detection, name: str) -> Detection:
    settings = getattr(detection, name)
    return detection.model_copy(update={name: settings.model_copy(update={"enabled": False})})


def learnt(made: Company) -> Models:
    """Learn what is learnt across series, from the days before the judged ones."""
    through = made.panel.days[FIRST].item() - timedelta(days=1)
    return fit(made.panel, made.metrics, calendar(), Detection(), through)


def told(made: Company, models: Models, detection: Detection) -> list[Departure]:
    first = made.panel.days[FIRST].item()
    return list(judge(made.panel, made.metrics, calendar(), detection, models, first).departures)


def ours(companies: Sequence[Company], models: Sequence[Models]) -> list[Row]:
    rows = []
    for name, detection in variants().items():
        began = time.perf_counter()
        alarms = [told(made, known, detection) for made, known in zip(companies, models, strict=True)]
        seconds = time.perf_counter() - began
        rows.append(Row(name, score(companies, [[(d.series, d.day) for d in found] for found in alarms]), seconds))
    return rows


def others(companies: Sequence[Company]) -> tuple[list[Row], list[str]]:
    """Return what the references find, and the names of those not installed."""
    asked: dict[str, Callable[[Company], references.Pairs]] = {
        "same-weekday median, 5 spreads": lambda made: references.weekday_median(made.panel),
        "STL in sample, 4 spreads": lambda made: references.stl_in_sample(made.panel),
        "IsolationForest per series": lambda made: references.forest_per_series(made.panel),
        FIXED_LIMITS: lambda made: references.fixed_limits(made.panel),
        "random, 1 day in 200": lambda made: references.at_random(made.panel, 0.005, 1),
        "everything": lambda made: references.everything(made.panel),
    }
    absent = []
    for name, run in references.installed().items():
        if run is None:
            absent.append(name)
        else:
            asked[name] = lambda made, run=run: run(made.panel)
    rows = []
    for name, run in asked.items():
        slow = name in {"Prophet", "statsforecast AutoETS"}
        some = companies[:1] if slow else companies
        began = time.perf_counter()
        result = score(some, [run(made) for made in some])
        shown = f"{name} (1 of {len(companies)})" if slow else name
        rows.append(Row(shown, result, time.perf_counter() - began))
    return rows, absent


def companies(seeds: Sequence[int], *, clean: bool = False) -> list[Company]:
    return [company(seed, clean=clean) for seed in seeds]
