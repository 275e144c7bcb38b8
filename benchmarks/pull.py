"""`python -m benchmarks pull [--quick]`: a night's pull of 10,000 metric-segments beside the bare SQL, on SQLite and PostgreSQL.

Bare is the very statements of the night, one a (table, grain) pair, run and fetched by the bare driver; the runs take turns, the medians
are compared. Columnar is the same statements by ADBC into Arrow and on into float arrays, before days and segments are made of them: the
most that it could save. Each database is measured in a process of its own, so that the peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import pull_data

RESULTS = Path(__file__).with_name("RESULTS-pull.md")
RECHECK, TURNS = 7, 9
HEAD = """# Pulling

Written by `python -m benchmarks pull`. One table of {rows:,} rows ({days} days), ten metrics by store and by product: {series:,} series of
segments beside the ten totals; the night asks for the last {window} days. Bare is the same statements, run and fetched by the bare driver;
the runs take turns on a machine with other work, medians of {turns}. Seconds hold for the machine and its load; the ratio decides.

| {columns} |
| {rule} |
"""
COLUMNS = (
    "database",
    "(table, grain) pairs",
    "aggregate statements",
    "bare, s",
    "pull, s",
    "pull / bare",
    "kept in the store, s",
    "peak, MB",
    "first pull of all days, s",
    "its peak, MB",
    "rows / columnar",
)
LINE = (
    "| {kind} | {pairs} | {statements} | {bare:.2f} | {pull:.2f} | {ratio:.2f} | {keep:.2f} | {peak:.0f} | {first:.1f} | "
    "{first_peak:.0f} | {columnar:.2f} |"
)
TAIL = """

`rows / columnar` is how many times faster the statements come through ADBC; the largest relative difference of their figures was
{worst:.0e} (SQLite: ADBC brings a SQLite of its own, which sums in another way than the one this program opens the file with).
"""


def night(kind: str, days: int) -> dict[str, float | str]:
    """Measure one database in this process."""
    from sqlalchemy import event  # noqa: PLC0415 - counted as part of the night's process

    from detect.db.store import Store  # noqa: PLC0415
    from detect.db.warehouse import Warehouse  # noqa: PLC0415
    from detect.pipeline.pulling import plain_names  # noqa: PLC0415

    last = pull_data.FIRST + timedelta(days=days - 1)
    first, metrics = last - timedelta(days=RECHECK), pull_data.metrics()
    seen: list[Any] = []
    with getattr(pull_data, kind)(days) as url, Warehouse(url) as warehouse, tempfile.TemporaryDirectory() as folder:
        event.listen(warehouse.engine, "before_execute", lambda *a: seen.append(a[1]))

        def pulled(start: Any = first) -> Any:
            return warehouse.aggregate(pull_data.SOURCE, metrics, start, last, known=known, before=last)

        known: Any = None
        known = plain_names(metrics, pulled().segments)  # what is watched was decided by an earlier night
        asked = [s for s in seen if "GROUP BY" in str(s)]
        texts = [_text(s, warehouse.engine.dialect) for s in asked]
        bare, pull = _turns(lambda: _bare(warehouse.engine, texts), lambda: pulled().frame)
        with Store.open(f"sqlite:///{folder}/store.db") as store:
            frames = [frame for _, frame in pulled().batches()]
            began = time.perf_counter()
            for frame in frames:
                store.write_observations(frame, last)
            keep = time.perf_counter() - began
        peak = _peak()
        columnar, worst = _columnar(kind, url, warehouse.engine, texts)
        began = time.perf_counter()
        count = sum(len(frame) for _, frame in pulled(pull_data.FIRST).batches())
        found = {
            "first": time.perf_counter() - began,
            "first_peak": _peak(),
            "rows": days * pull_data.A_DAY,
            "series": count / days,
        }
    return found | {
        "kind": kind,
        "pairs": 1 + len({name for m in metrics for name in m.segments}),
        "statements": len(asked),
        "bare": statistics.median(bare),
        "pull": statistics.median(pull),
        "ratio": statistics.median(p / b for p, b in zip(pull, bare, strict=True)),
        "keep": keep,
        "peak": peak,
        "columnar": columnar,
        "worst": worst,
    }


def _text(statement: Any, dialect: Any) -> str:
    text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return text.replace("%%", "%").replace("LIMIT ?", "LIMIT -1")  # no limit stays a parameter, whatever is asked


def _bare(engine: Any, texts: list[str]) -> list[Any]:
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        return [cursor.execute(text) and cursor.fetchall() for text in texts]
    finally:
        raw.close()


def _turns(*work: Callable[[], Any], turns: int = TURNS) -> list[list[float]]:
    """Return the seconds of each piece of work, turn by turn."""
    seconds: list[list[float]] = [[] for _ in work]
    for _ in range(turns):
        for one, spent in zip(work, seconds, strict=True):
            began = time.perf_counter()
            one()
            spent.append(time.perf_counter() - began)
    return seconds


def _columnar(kind: str, url: str, engine: Any, texts: list[str]) -> tuple[float, float]:
    """Return how many times faster the statements come column by column, and the largest relative difference of a figure."""
    import numpy as np  # noqa: PLC0415

    if kind == "sqlite":
        from adbc_driver_sqlite import dbapi  # noqa: PLC0415

        address = f"file:{url.removeprefix('sqlite:///')}?mode=ro"
    else:
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415

        address = url.replace("+psycopg", "")

    def arrays(columns: list[Any]) -> list[Any]:
        numbers = [np.array(c, dtype=float) for c in columns]
        order = np.lexsort(numbers)
        return [n[order] for n in numbers]

    def rows() -> list[Any]:
        return [[np.array(c, dtype=float) for c in list(zip(*part, strict=True))[-9:]] for part in _bare(engine, texts)]

    with dbapi.connect(address) as connection:

        def columns() -> list[Any]:
            found = []
            for text in texts:
                with connection.cursor() as cursor:
                    cursor.execute(text)
                    found.append([c.to_numpy() for c in cursor.fetch_arrow_table().columns[-9:]])
            return found

        by_row, by_column = _turns(rows, columns)
        pairs = zip(rows(), columns(), strict=True)
        worst = max(
            float(np.max(np.abs(a - b) / np.maximum(np.abs(a), 1e-300)))
            for left, right in pairs
            for a, b in zip(arrays(left), arrays(right), strict=True)
        )
    return statistics.median(a / b for a, b in zip(by_row, by_column, strict=True)), worst


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    """Measure both databases and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="60 days instead of 730; nothing is written")
    quick = parser.parse_args().quick
    days = 60 if quick else 730
    found = [_measured(kind, days) for kind in ("sqlite", "postgresql")]
    one = found[0]
    text = HEAD.format(
        rows=int(one["rows"]),
        days=days,
        series=10_000,
        window=RECHECK + 1,
        turns=TURNS,
        columns=" | ".join(COLUMNS),
        rule=" | ".join(["---"] * len(COLUMNS)),
    )
    text += "\n".join(LINE.format(**f) for f in found) + TAIL.format(worst=max(f["worst"] for f in found))
    print(text)
    if not quick:
        RESULTS.write_text(text, encoding="utf-8")


def _measured(kind: str, days: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.pull", kind, str(days)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    print(json.dumps(night(sys.argv[1], int(sys.argv[2]))))
