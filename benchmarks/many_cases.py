"""How long commands and pages take with 10,000 cases in the store: `python -m benchmarks many-cases --company DIR`.

DIR is a played company (`detect demo` makes one); its store is copied, filled up, and thrown away afterwards.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from detect.cases.absorb import Graded, absorb
from detect.config import load
from detect.config.environment import current
from detect.db.records import NightRecord, Run
from detect.db.store import Store
from detect.model import Category, Finding, Grade, Kind, Level, Outcome, Text

CASES, A_NIGHT, PATIENCE = 10_000, 100, 120
WORDS = ("supplier late", "price list", "wrong depot", "promotion", "double entry", "strike", "web shop down")
KINDS = (Kind.SPIKE, Kind.DIP, Kind.LEVEL_SHIFT, Kind.RATE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--company", type=Path, required=True, help="the folder of a played company")
    company = parser.parse_args().company.resolve()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "company"
        shutil.copytree(company, copy, ignore=shutil.ignore_patterns("reports", "mails", "prefect"))
        last, one = fill(copy)
        measure(copy, last, one)


def fill(company: Path) -> tuple[date, str]:
    """Add cases until there are CASES; return the last night and a case of it."""
    book = load(company, current())
    with Store.open(book.store_url) as store:
        last = max(run.as_of for run in store.runs(50) if run.scope == "")
        first_case = max(store.cases(), key=lambda case: case.detected_on)
        metric = next(m for m in book.metrics.values() if m.importance == "key")
        known, night = len(store.cases()), last - timedelta(days=CASES // A_NIGHT)
        with store.lease("benchmark", timedelta(hours=1)) as lease:
            while known < CASES:
                number = min(A_NIGHT, CASES - known)
                now = datetime.combine(night, datetime.min.time(), UTC) + timedelta(hours=26)
                graded = [_graded(night, metric.id, metric.department, k) for k in range(number)]
                taken = absorb(graded, [], as_of=night, now=now, owner_of=lambda f: book.departments[f.department].head)
                run = Run(f"benchmark-{night}", night, "rerun", "complete", now, now, scope="benchmark", planned=1,
                          outcomes={Outcome.OK: 1})  # fmt: skip
                store.commit_night(NightRecord(run, events=taken.events, cases=taken.cases), lease, now)
                known, night = known + len(taken.cases), night + timedelta(days=1)
        print(f"{len(store.cases()):,} cases in the store")
    return last, first_case.id


def _graded(night: date, metric: str, department: str, number: int) -> Graded:
    words = WORDS[(number + night.day) % len(WORDS)]
    text = Text(en=f"Part {number} of the figure on {night}: {words}", zh=f"{night} 分項 {number}：{words}")
    finding = Finding(
        night, night, night, metric, f"part-{number}-{night}", "point", Category.PROCESS, KINDS[number % len(KINDS)], department,
        metric, actual=100.0 + number, expected=400.0, lower=300.0, upper=500.0, unit="GBP", stake=300.0 - number,
    )  # fmt: skip
    level = Level(3 - (number % 17 == 0) - (number % 331 == 0))
    return Graded(finding, Grade(level, "benchmark", text), text, (text,), (text,))


def measure(company: Path, last: date, case: str) -> None:
    """Print how long each command takes as a person starts it, beside a bare start of the program."""
    day = last.isoformat()
    commands = (
        ("--help",), ("cases", "list"), ("cases", "list", "--json"), ("cases", "show", case), ("cases", "similar", case),
        ("status",), ("verify", "--as-of", day), ("cases", "comment", case, "--as", "wei", "--note", "looked at it"),
        ("follow-up", "--now", f"{last + timedelta(days=1)}T09:00:00+00:00"),
        ("report", "--as-of", day), ("board", "--to", day), ("explain", case),
    )  # fmt: skip
    print("| command | seconds, wall | seconds, processor | exit |\n| --- | --- | --- | --- |")
    for words in commands:
        asked = [*words] if words == ("--help",) else [*words, "--config", str(company)]
        began, before = time.perf_counter(), _spent()
        done = subprocess.run(
            [sys.executable, "-m", "detect", *asked], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        wall, spent = time.perf_counter() - began, _spent() - before
        said = done.stderr.strip().splitlines()[-1:] if done.returncode not in {0, 3} else []
        print(f"| detect {' '.join(words)} | {wall:.1f} | {spent:.1f} | {done.returncode} {' '.join(said)} |")


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
