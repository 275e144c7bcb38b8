"""Recall and false alarms of `detect scan` on generated and planted series, scored by the shared scorer.

    python -m benchmarks.quality SHARED [--seeds 11,12,13,14,15] [--budget 2]

SHARED is the folder that holds bench/ (generators, scorer, series to plant events in). Prints one line a set: recall with a 95 % interval
by sets (bootstrap), false-alarm episodes per 1,000 series-days, and seconds of scanning.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np

from detect.pipeline.scan import read_series, scan

PLANTED = "planted"


def generate(bench: Path, kind: str, seed: int, out: Path) -> Path:
    """Write one set of 24 series (or the planted real ones) and return its folder."""
    folder = out / f"{kind}{seed}"
    if kind == PLANTED:
        command = [bench / "inject.py", "--in", bench / "bases_dev.csv.gz", "--out", folder, "--seed", seed]
    else:
        command = [bench / "calendar_series.py", "--kind", kind, "--series", 24, "--seed", seed, "--out", folder]
    subprocess.run([sys.executable, *map(str, command)], check=True, capture_output=True)
    return folder


def score(bench: Path, folder: Path, kind: str, budget: float) -> tuple[dict[str, float], float]:
    """Scan one set and return the scorer's figures and the seconds."""
    planted = kind == PLANTED
    first = None if planted else date(2025, 1, 1)
    result = scan(read_series(folder / "series.csv.gz"), country="GB" if planted else "CN", first=first, budget=budget)
    result.findings.to_csv(folder / "findings.csv", index=False)
    events = [folder / "events.csv", *([bench / "natural_events_dev.csv"] if planted else [])]
    command = [bench / "score.py", "--findings", folder / "findings.csv", "--events", ",".join(map(str, events))]
    command += ["--series", folder / "series.csv.gz", "--missed", *(["--from", str(first)] if first else [])]
    done = subprocess.run([sys.executable, *map(str, command)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[0]), result.seconds


def interval(found: list[float]) -> tuple[float, float]:
    """Return a 95 % bootstrap interval of the mean over sets."""
    rng = np.random.default_rng(0)
    means = rng.choice(found, (2000, len(found))).mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--seeds", default="11,12,13,14,15")
    parser.add_argument("--budget", type=float, default=2.0)
    o = parser.parse_args()
    bench = o.shared / "bench"
    with tempfile.TemporaryDirectory() as work:
        for kind in ("A", "B", PLANTED):
            folders = [generate(bench, kind, int(seed), Path(work)) for seed in o.seeds.split(",")]
            figures = [score(bench, folder, kind, o.budget) for folder in folders]
            events = sum(f["events"] for f, _ in figures)
            days = sum(f["series_days"] for f, _ in figures)
            low, high = interval([f["recall"] for f, _ in figures])
            recall = sum(f["found"] for f, _ in figures) / events
            false = 1000 * sum(f["false_alarm_episodes"] for f, _ in figures) / days
            print(
                f"{kind:8} recall {recall:.3f} [{low:.3f}, {high:.3f}] of {events} events, "
                f"{false:.2f} false episodes per 1,000 of {days} days, {sum(s for _, s in figures):.1f} s"
            )


if __name__ == "__main__":
    main()
