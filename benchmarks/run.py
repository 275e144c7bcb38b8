"""The whole run: quality and speed, side by side with what a user would pick instead.

--quick asks two seeds instead of five and a smaller night; it leaves RESULTS.md as it is. --speed measures speed alone.
"""

from __future__ import annotations

import argparse
import warnings

from benchmarks import clock, night, report, side_by_side
from benchmarks.scoring import score
from benchmarks.side_by_side import Row, companies, learnt, told

from detect.detectors import Detection

SEEDS = (101, 102, 103, 104, 105)  # never looked at while anything was tuned
CLEAN = (201, 202, 203, 204, 205, 206, 207, 208, 209, 210)
NOTE = """Companies of 29 series (seeds {seeds}), the last of three years judged day by day; what is learnt
across series is learnt once, before it. The default budget promises {budget:g} false episodes per 1,000 series-days.
"Without" removes one part and leaves its share unspent; "alone" gives one second opinion the whole budget, beside the
exact checks (missing, repeated). Events lost and false episodes saved are against everything we have."""


def quality(quick: bool) -> list[str]:
    seeds = SEEDS[:2] if quick else SEEDS
    made = companies(seeds)
    models = [learnt(company) for company in made]
    rows = side_by_side.ours(made, models)
    theirs, absent = side_by_side.others(made)
    both: list[Row] = [*rows, *theirs]
    note = NOTE.format(seeds=", ".join(map(str, seeds)), budget=Detection().budget)
    return [report.quality(both, absent, note), report.kinds(both), report.beyond_limits(both)]


def promise(quick: bool) -> str:
    made = companies(CLEAN[:2] if quick else CLEAN, clean=True)
    models = [learnt(company) for company in made]
    rows = []
    for budget in (1.0, 2.0, 5.0):
        detection = Detection(budget=budget)
        alarms = [
            [(d.series, d.day) for d in told(company, known, detection)]
            for company, known in zip(made, models, strict=True)
        ]
        result = score(made, alarms)
        rows.append((budget, result.rate, int(result.days.sum())))
    return report.clean(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--speed", action="store_true")
    asked = parser.parse_args()
    quick = bool(asked.quick)
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # peers overflow on unit errors; their figures stand
    times = clock.timings(quick)
    nights = [night.measured(1000 if quick else 10_000, 730)]
    parts = [
        *([] if asked.speed else [*quality(quick), promise(quick)]),
        report.speed(times, clock.threads()),
        report.night(nights, times[0].loop),
        report.replay(night.replay(), times[0].loop),
    ]
    print("\n\n".join(parts))
    print(f"\nwritten to {report.write(parts, summary=not quick)} and {report.RESULTS}")
