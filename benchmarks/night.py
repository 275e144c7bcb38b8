"""One night over many series from stored models: seconds and peak memory, measured in a process of its own.

`python -m benchmarks.night COUNT DAYS` prints them; the parts are timed beside the whole.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import timedelta

from benchmarks.generator import many


def measured(count: int, days: int) -> dict[str, float]:
    """Run the night in a new process, so that the peak of memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.night", str(count), str(days)], capture_output=True, text=True, check=True
    )
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
    )  # stored models come from an earlier night; here from other series, so that the peak is the night's own
    stored = fit(sample, {}, calendar, detection, first - last).dump()
    began = time.perf_counter()
    judgement = judge(panel, {}, calendar, detection, Models.load(stored), first)
    seconds = time.perf_counter() - began
    parts = {}
    for name in ("stl", "forest", "forecast"):
        off = detection.model_copy(update={name: getattr(detection, name).model_copy(update={"enabled": False})})
        if name == "stl":
            began = time.perf_counter()
            judge(panel, {}, calendar, off, Models.load(stored), first)
            parts["seconds without STL"] = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "series": count,
        "days": days,
        "seconds": seconds,
        **parts,
        "peak GB": peak,
        "told": len(judgement.departures),
    }


if __name__ == "__main__":
    print(json.dumps(night(int(sys.argv[1]), int(sys.argv[2]))))
