"""How long commands and pages take with 10,000 cases in the store: `python -m benchmarks many-cases --company DIR`.

DIR is a played company (`detect demo` makes one); its store is copied, filled up, and thrown away afterwards. All but `--open` of the cases
(1,000 unless said) are over: taken over by `cases import`, with cause, verdict, measures and lessons. The others were opened by nights.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from benchmarks.clock import series, statsmodels_stl

from detect.cases.absorb import Graded, absorb
from detect.config import load
from detect.config.book import Book
from detect.config.environment import current
from detect.db.records import NightRecord, Run
from detect.db.store import Store
from detect.detectors.stl_operator import Windows
from detect.model import Category, Cause, Finding, Grade, Kind, Level, Outcome, Text, Verdict
from detect.pipeline.addressing import links_of
from detect.pipeline.old_cases import import_cases
from detect.pipeline.session import Session, open_session

CASES, OPEN, A_NIGHT, PATIENCE = 10_000, 1_000, 100, 300
WORDS = ("supplier late", "price list", "wrong depot", "promotion", "double entry", "strike", "web shop down")
HERE = "http://127.0.0.1:8799"
KINDS = (Kind.SPIKE, Kind.DIP, Kind.LEVEL_SHIFT, Kind.RATE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--company", type=Path, required=True, help="the folder of a played company")
    parser.add_argument("--open", type=int, default=OPEN, help="how many of the cases are not over")
    parser.add_argument("--keep", type=Path, help="fill this new folder and leave it there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = asked.keep or Path(folder) / "company"
        shutil.copytree(asked.company.resolve(), copy, ignore=shutil.ignore_patterns("reports", "mails", "prefect"))
        measure(copy, *fill(copy, asked.open))


def fill(company: Path, opened: int) -> tuple[date, str]:
    """Add cases until there are CASES, `opened` of them opened by nights; return the last night and a case of it."""
    book = load(company, current())
    with open_session(book) as session:
        store = session.store
        last = max(run.as_of for run in store.runs(50) if run.scope == "")
        first_case = max(store.cases(), key=lambda case: case.detected_on)
        _import_past(session, company, CASES - opened - len(store.cases()), last)
        _open_by_nights(store, book, last)
        over = sum(not case.status.is_open for case in store.cases())
        print(f"{len(store.cases()):,} cases in the store, {over:,} of them over\n")
    return last, first_case.id


def _import_past(session: Session, company: Path, number: int, last: date) -> None:
    """Take over `number` cases of the years before, three a day."""
    if number <= 0:
        return
    book, path = session.book, company / "past.csv"
    metrics = [m for m in book.metrics.values() if m.importance == "key"] or list(book.metrics.values())
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            ("id", "first_day", "closed_on", "department", "category", "kind", "metric", "segment", "actual", "expected", "unit",
             "description", "description_zh", "stake", "cause", "verdict", "measures", "worked", "lessons", "handled_by")
        )  # fmt: skip
        for k in range(number):
            metric, words, day = metrics[k % len(metrics)], WORDS[k % len(WORDS)], last - timedelta(days=30 + k // 3)
            rows.writerow(
                (f"old-{k}", day, day + timedelta(days=k % 20), metric.department, list(Category)[k % 5].value, KINDS[k % 4].value,
                 metric.id, f"part-{k % 50}", 100 + k % 300, 400, "GBP",
                 f"{metric.name.en} of part {k % 50} was {k % 90} % below the expected figure: {words}, batch {k}",
                 f"{metric.name.zh}（分項 {k % 50}）較預期低 {k % 90}%：{words}，批次 {k}", 10 * (k % 500),
                 list(Cause)[k % len(Cause)].value, list(Verdict)[k % len(Verdict)].value,
                 f"call the supplier about batch {k}; check the price list", ("yes", "no", "")[k % 3],
                 f"{words}: ask earlier, and write down who was asked", "wei")
            )  # fmt: skip
    import_cases(session, path, book.company.management_group[0], datetime.combine(last, datetime.min.time(), UTC))


def _open_by_nights(store: Store, book: Book, last: date) -> None:
    """Open cases by nights of A_NIGHT each, the last nights before `last`, until there are CASES."""
    metric = next(m for m in book.metrics.values() if m.importance == "key")
    known = len(store.cases())
    night = last - timedelta(days=-(-(CASES - known) // A_NIGHT))
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
    """Print how long each command takes as a person starts it, beside a bare start of the program; then each page."""
    day, after = last.isoformat(), f"{last + timedelta(days=1)}T09:00:00+00:00"
    person = load(company, current()).company.management_group[0]
    commands = (
        ("--help",), ("cases", "list"), ("cases", "list", "--json"), ("cases", "list", "--all", "--json"), ("cases", "list", "--overdue"),
        ("cases", "show", case), ("cases", "similar", case), ("cases", "dossier", case), ("cases", "causes"), ("status",),
        ("verify", "--as-of", day), ("audit", "verify"), ("inbox", person), ("notify", "--preview", case, "--no-open"),
        ("notify", "--record", case), ("explain", case), ("explain", "revenue", "--date", day), ("report", "--as-of", day),
        ("board", "--to", day), ("cases", "comment", case, "--as", person, "--note", "looked at it"), ("follow-up", "--now", after),
        ("follow-up", "--now", after),
    )  # fmt: skip
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, one thread, load {os.getloadavg()[0]:.1f}\n")
    print(
        "| command | seconds, wall | seconds, processor | processor / (reference / 10 ms) | exit |\n| --- | --- | --- | --- | --- |"
    )
    reference = _reference()
    for words in commands:
        asked = [*words] if words == ("--help",) else [*words, "--config", str(company)]
        began, before = time.perf_counter(), _spent()
        done = subprocess.run(
            [sys.executable, "-m", "detect", *asked], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        wall, spent = time.perf_counter() - began, _spent() - before
        said = done.stderr.strip().splitlines()[-1:] if done.returncode not in {0, 3} else []
        print(
            f"| detect {' '.join(words)} | {wall:.1f} | {spent:.1f} | {spent * 10 / reference:.1f} "
            f"| {done.returncode} {' '.join(said)} |",
            flush=True,
        )
    print(f"\nreference {reference:.1f} ms before, {_reference():.1f} ms after")
    _pages(company, last, case, person)


def _reference() -> float:
    """Return how fast the machine is now: the processor milliseconds of one statsmodels STL fit, the median of some."""
    times = []
    for row in series(15):
        began = time.process_time()
        statsmodels_stl(row, Windows(), robust=False)
        times.append(1000 * (time.process_time() - began))
    return statistics.median(times)


def _pages(company: Path, last: date, case: str, person: str) -> None:
    """Print how long each page of `detect serve` takes, the first time and again."""
    now = datetime.combine(last, datetime.min.time(), UTC) + timedelta(hours=33)
    links = links_of(load(company, current()))
    page = links.case(case, person, now)
    addresses = {
        "a case": page, "a case in Chinese": f"{page}?lang=zh", "its chart": f"{page}/chart.png",
        "the inbox as a feed": links.feed(person, now, "atom", 90),
    }  # fmt: skip
    with _served(company, now):
        print("\n| page | seconds, first | seconds, again |\n| --- | --- | --- |")
        for name, address in addresses.items():
            local = HERE + address.removeprefix(links.base)
            print(f"| {name} | {_fetched(local):.2f} | {_fetched(local):.2f} |", flush=True)


@contextmanager
def _served(company: Path, now: datetime) -> Iterator[None]:
    """Run `detect serve` till the end of the block."""
    words = ("serve", "--port", HERE.rpartition(":")[2], "--now", now.isoformat(), "--config", str(company))
    with subprocess.Popen([sys.executable, "-m", "detect", *words], stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(PATIENCE):
                try:
                    _fetched(f"{HERE}/")
                except HTTPError:  # it answers that there is nothing at that address
                    break
                except URLError:
                    time.sleep(0.1)
            yield
        finally:
            server.terminate()


def _fetched(address: str) -> float:
    began = time.perf_counter()
    with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - our own server
        answer.read()
    return time.perf_counter() - began


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
