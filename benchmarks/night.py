"""One night over many series from stored models: seconds and peak memory, measured in a process of its own.

`python -m benchmarks.night COUNT DAYS` prints them; the parts are timed beside the whole.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from datetime import timedelta

from benchmarks.clock import THREADS
from benchmarks.generator import many


def measured(count: int, days: int) -> dict[str, float]:
    """Run the night in a new process, so that the peak of memory is its own."""
    command = [sys.executable, "-m", "benchmarks.night", str(count), str(days)]
    environment = os.environ | dict.fromkeys(THREADS, str(os.cpu_count()))
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return {name: float(value) for name, value in json.loads(done.stdout.splitlines()[-1]).items()}


def night(count: int, days: int) -> dict[str, float]:
    from detect.detectors import Detection  # noqa: PLC0415 - counted as part of the night's process
    from detect.pipeline.judging import Models, fit, judge  # noqa: PLC0415
    from detect.series.calendars import Calendar, CalendarSettings  # noqa: PLC0415

    calendar, detection = Calendar(CalendarSettings(country="CN")), Detection()
    panel, last = many(count, days, 1), timedelta(days=1)
    first = panel.days[-1].item()
    sample = many(
        400, days, 2
    )  # what is learnt is stored by an earlier night; so the peak of memory is the night's own
    stored = fit(sample, {}, calendar, detection, first - last).dump()
    began = time.perf_counter()
    judgement = judge(panel, {}, calendar, detection, Models.load(stored), first)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    off = detection.model_copy(update={"stl": detection.stl.model_copy(update={"enabled": False})})
    began = time.perf_counter()
    judge(panel, {}, calendar, off, Models.load(stored), first)
    less = time.perf_counter() - began
    return {
        "series": count,
        "days": days,
        "seconds": seconds,
        "seconds without STL": less,
        "peak GB": peak,
        "told": len(judgement.departures),
    }


def replay(count: int = 60, days: int = 1095, judged: int = 365) -> dict[str, float]:
    """Return the seconds of a year judged walk-forward, the fit of what is learnt across series among them; best of three."""
    from detect.detectors import Detection  # noqa: PLC0415
    from detect.pipeline.judging import fit, judge  # noqa: PLC0415
    from detect.series.calendars import Calendar, CalendarSettings  # noqa: PLC0415

    calendar, detection = Calendar(CalendarSettings(country="CN")), Detection()
    panel = many(count, days, 1)
    first = panel.days[-judged].item()
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        models = fit(panel, {}, calendar, detection, first - timedelta(days=1))
        judge(panel, {}, calendar, detection, models, first)
        best = min(best, time.perf_counter() - began)
    return {"series": count, "days": days, "judged": judged, "seconds": best}


if __name__ == "__main__":
    print(json.dumps(night(int(sys.argv[1]), int(sys.argv[2]))))
