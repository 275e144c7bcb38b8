"""Recall, false alarms and the kept promise on the sets of a bench folder, as tables.

    python -m benchmarks.bars --bench DIR [--seeds 61,62,63,64,65] [--clean 71,...,76] [--only calendar,planted,promise]

DIR holds the generators and the scorer (see `bench_sets.py`). The tables replace those of the same name in RESULTS.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from benchmarks import report
from benchmarks.bench_sets import PLANTED, Bench, findings_at, joined, per_series

from detect.detectors import Detection

SEEDS = "61,62,63,64,65"  # never looked at while anything was tuned
CLEAN = "71,72,73,74,75,76"
PROMISED = (0.5, 1.0, 2.0, 5.0)
LARGER = 5.0  # the budget chosen once for all sets


def quality(bench: Bench, kinds: Sequence[str], seeds: Sequence[int], name: str) -> str:
    """Return the table of recall and false episodes at the default and at the larger budget."""
    budgets = (Detection().budget, LARGER)
    lines = [
        f"## {name}",
        "",
        f"Seeds {', '.join(map(str, seeds))}; 95 % intervals by drawing series. Walk-forward, as `detect scan` does.",
        "",
        "| set | budget | events | recall (95 %) | false episodes per 1,000 series-days (95 %) |",
        "| --- | --- | --- | --- | --- |",
    ]
    by_kind: list[str] = []
    for kind in kinds:
        parts: dict[float, list[pd.DataFrame]] = {budget: [] for budget in budgets}
        for seed in seeds:
            given = bench.make(kind, seed)
            for budget, found in findings_at(given, budgets).items():
                parts[budget].append(per_series(bench, given, found))
        for budget, scored in parts.items():
            every = pd.concat(scored, ignore_index=True)
            r = joined(every)
            lines.append(
                f"| {kind} | {budget:g} | {r['events']:.0f} | {r['recall']:.3f} ({r['recall_low']:.3f}-{r['recall_high']:.3f}) "
                f"| {r['rate']:.2f} ({r['rate_low']:.2f}-{r['rate_high']:.2f}) |"
            )
            by_kind.append(f"- {kind}, budget {budget:g}: {_kinds(every)}")
            print(lines[-1], flush=True)
    return "\n".join([*lines, "", *by_kind])


def promise(bench: Bench, seeds: Sequence[int]) -> str:
    """Return promised against realised false episodes on series without events."""
    lines = [
        "## Promised and realised false alarms, series of the bench folder without events",
        "",
        f"Seeds {', '.join(map(str, seeds))}, 24 series each, a year judged; 95 % intervals by drawing series.",
        "",
        "| kind | promised per 1,000 series-days | realised (95 %) | series-days |",
        "| --- | --- | --- | --- |",
    ]
    for kind in ("A", "B"):
        parts: dict[float, list[pd.DataFrame]] = {budget: [] for budget in PROMISED}
        for seed in seeds:
            given = bench.make(kind, seed, clean=True)
            for budget, found in findings_at(given, PROMISED).items():
                parts[budget].append(per_series(bench, given, found))
        for budget, scored in parts.items():
            r = joined(pd.concat(scored, ignore_index=True))
            lines.append(
                f"| {kind} | {budget:g} | {r['rate']:.2f} ({r['rate_low']:.2f}-{r['rate_high']:.2f}) | {r['days']:,.0f} |"
            )
            print(lines[-1], flush=True)
    return "\n".join(lines)


def _kinds(scored: pd.DataFrame) -> str:
    found, planted = Counter[str](), Counter[str]()
    for kinds in scored["kinds"]:
        for kind, (hits, number) in kinds.items():
            found[kind] += hits
            planted[kind] += number
    return ", ".join(f"{kind} {found[kind]}/{planted[kind]}" for kind in sorted(planted))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--seeds", default=SEEDS)
    parser.add_argument("--clean", default=CLEAN)
    parser.add_argument("--only", default="calendar,planted,promise")
    o = parser.parse_args()
    seeds, clean = ([int(seed) for seed in text.split(",")] for text in (o.seeds, o.clean))
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(o.bench, Path(work))
        parts = {
            "calendar": lambda: quality(bench, ("A", "B"), seeds, "Calendar series of the bench folder"),
            "planted": lambda: quality(bench, (PLANTED,), seeds, "Events planted in real series"),
            "promise": lambda: promise(bench, clean),
        }
        for name in o.only.split(","):
            report.put([parts[name]()])


if __name__ == "__main__":
    main()
