"""The run's figures as a page (RESULTS.md), as tables (results/*.csv) and as pictures of the page (docs/benchmarks/*.png)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from benchmarks import plots
from benchmarks.clock import Timing
from benchmarks.generator import KINDS
from benchmarks.side_by_side import FIXED_LIMITS, Row

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PICTURES = HERE.parent / "docs" / "benchmarks"
HEAD = """# Benchmarks

Written by `python -m benchmarks`; series, events and scoring are made by it (see `generator.py`, `scoring.py`). Numbers are compared
before times. Seconds hold for the machine and its load at the time; the ratio beside them, measured in the same run, decides.

![Share of planted events found against false alarms](../docs/benchmarks/quality.png)

![False alarms realised against those promised](../docs/benchmarks/promise.png)

![Skill on real incidents against false alarms](../docs/benchmarks/incidents.png)
"""


def quality(rows: Sequence[Row], absent: Sequence[str], note: str) -> str:
    """Return the table of events found and false alarms, and write it as CSV."""
    whole = rows[0].result
    lines = [
        "## Events found and false alarms",
        "",
        note,
        "",
        "| way of judging | recall (95 %) | false episodes per 1,000 series-days (95 %) | events lost | false episodes saved | seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        low, high, least, most = row.result.interval()
        same = len(row.result.found) == len(whole.found)
        lost = f"{int(whole.found.sum()) - int(row.result.found.sum()):+d}" if same and row is not rows[0] else ""
        saved = f"{int(whole.false.sum()) - int(row.result.false.sum()):+d}" if same and row is not rows[0] else ""
        lines.append(
            f"| {row.name} | {row.result.recall:.3f} ({low:.2f}-{high:.2f}) | {row.result.rate:.2f} ({least:.2f}-{most:.2f}) "
            f"| {lost} | {saved} | {row.seconds:.1f} |"
        )
    lines += [f"| {name} | not installed | | | | |" for name in absent]
    _csv(
        "quality.csv",
        ["way", "recall", "false_per_1000", "seconds"],
        ([r.name, r.result.recall, r.result.rate, r.seconds] for r in rows),
    )
    return "\n".join(lines)


def kinds(rows: Sequence[Row]) -> str:
    """Return the events found by kind."""
    named = [kind for kind in KINDS if rows[0].result.of_kind(kind)[1]]
    lines = [
        "## Events found by kind",
        "",
        "| way of judging | " + " | ".join(named) + " |",
        "| --- |" + " --- |" * len(named),
    ]
    for row in rows:
        counts = (row.result.of_kind(kind) for kind in named)
        lines.append(f"| {row.name} | " + " | ".join(f"{found}/{planted}" for found, planted in counts) + " |")
    _csv("kinds.csv", ["way", *named], ([r.name, *(r.result.of_kind(k)[0] for k in named)] for r in rows))
    return "\n".join(lines)


def beyond_limits(rows: Sequence[Row]) -> str:
    """Return how many events fixed limits miss and each second opinion, alone, finds."""
    limits = next(row for row in rows if row.name == FIXED_LIMITS)
    lines = [
        "## What fixed limits miss",
        "",
        "Limits at the range of the year before; missing days, which exact checks find, are left out.",
        "",
    ]
    for row in rows:
        if row.name.startswith(("everything we", "stl alone", "forest alone")):
            missed = ~limits.result.found & np.array([kind != "missing" for kind in limits.result.kinds])
            found = int((row.result.found & missed).sum())
            lines.append(f"- {row.name}: {found} of the {int(missed.sum())} events that fixed limits miss")
    return "\n".join(lines)


def clean(rows: Sequence[tuple[float, float, int]]) -> str:
    """Return promised against realised false alarms on clean series."""
    lines = [
        "## Promised and realised false alarms, clean series",
        "",
        "| promised per 1,000 series-days | realised | series-days |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {promised:g} | {realised:.2f} | {days:,} |" for promised, realised, days in rows]
    return "\n".join(lines)


def speed(rows: Sequence[Timing], threads: str) -> str:
    """Return the table of times, and write it as CSV."""
    lines = [
        "## Speed",
        "",
        f"Threads: {threads}. Series of 730 days; the loop is statsmodels' STL or scikit-learn's IsolationForest, series by series.",
        "",
        "| what | ms a series | the loop, ms a series | largest difference | times faster | wanted |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        wanted = f"{row.wanted:.0f}" if row.wanted else ""
        lines.append(
            f"| {row.name} | {row.ours:.4f} | {row.loop:.2f} | {row.difference:.0e} | {row.ratio:,.0f} | {wanted} |"
        )
    _csv(
        "speed.csv",
        ["what", "ours_ms", "loop_ms", "difference", "ratio"],
        ([r.name, r.ours, r.loop, r.difference, r.ratio] for r in rows),
    )
    return "\n".join(lines)


def night(rows: Sequence[dict[str, float]], loop: float) -> str:
    """Return one night's seconds and memory; `loop` is a statsmodels STL fit of one series, in ms, of the same run."""
    lines = [
        "## One night from stored models",
        "",
        "All detectors, the last day judged, in a process of its own with two threads; beside it what a",
        "statsmodels STL loop over as many series takes.",
        "",
        "| series | days | seconds | without STL | statsmodels loop, seconds | peak memory, GB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        count = row["series"]
        lines.append(
            f"| {count:,.0f} | {row['days']:.0f} | {row['seconds']:.1f} | {row['seconds without STL']:.1f} "
            f"| {loop * count / 1000:.0f} | {row['peak GB']:.2f} |"
        )
    return "\n".join(lines)


def replay(row: dict[str, float], loop: float) -> str:
    """Return the seconds of a replayed year; `loop` is a statsmodels STL fit of one series, in ms, of the same run."""
    refits = loop * row["series"] * row["judged"] / 1000
    return "\n".join(
        [
            "## A year replayed",
            "",
            "Every day judged by the days before it, with the fit of what is learnt across series; beside it a statsmodels STL loop that",
            "fits each series anew for each day. One thread.",
            "",
            "| series | days | judged | seconds | statsmodels loop, seconds |",
            "| --- | --- | --- | --- | --- |",
            f"| {row['series']:.0f} | {row['days']:,.0f} | {row['judged']:.0f} | {row['seconds']:.1f} | {refits:,.0f} |",
        ]
    )


def write(parts: Iterable[str], *, summary: bool) -> Path:
    """Write the page; a quick run leaves the committed summary as it is."""
    if summary:
        return put(parts)
    page = RESULTS / "quick.md"
    page.parent.mkdir(exist_ok=True)
    text = "\n\n".join([HEAD.rstrip(), *parts]) + "\n"
    page.write_text(text, encoding="utf-8")
    plots.draw(text, RESULTS)
    return page


def put(parts: Iterable[str]) -> Path:
    """Put parts into RESULTS.md, each in the place of the one with its heading, or at the end; the others stay. Draw them."""
    page = HERE / "RESULTS.md"
    _, *old = page.read_text(encoding="utf-8").split("\n## ") if page.exists() else [""]
    kept = {text.partition("\n")[0]: f"## {text.rstrip()}" for text in old}
    kept |= {part.partition("\n")[0].removeprefix("## "): part.rstrip() for part in parts}
    text = "\n\n".join([HEAD.rstrip(), *kept.values()]) + "\n"
    page.write_text(text, encoding="utf-8")
    plots.draw(text, PICTURES)
    return page


def _csv(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / name).open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(head)
        writer.writerows(rows)
