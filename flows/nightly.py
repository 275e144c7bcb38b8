"""The nightly job as a Prefect flow: `detect run` with each stage, each table's pull and each suite as a task of its own.

`python -m flows.nightly --as-of 2011-12-09 --config DIR` runs it once, with a temporary Prefect server where none is configured.
"""

from __future__ import annotations

import argparse
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flows.tasks import as_task
from prefect import flow
from prefect.artifacts import create_table_artifact

from detect.cli.opening import book_of, clock, holder, yesterday
from detect.pipeline.afterwards import leave
from detect.pipeline.nightly import run_nights
from detect.pipeline.order import NightResult, Order
from detect.pipeline.session import open_session
from detect.pipeline.stages import DELIVER
from detect.pipeline.telling import deliver

__all__ = ["nightly"]


@flow(name="nightly", description="Pull, check, judge, grade, record and tell one business day.", persist_result=False)
def nightly(
    as_of: date | None = None,
    metrics: list[str] | None = None,
    dry_run: bool = False,
    notify: bool | None = None,
    now: datetime | None = None,
    config: Path | None = None,
) -> dict[str, Any]:
    """Judge the business day `as_of` (default: yesterday in the company's zone) and return what the ledger says of it.

    A past date tells nobody unless `notify` says so. Parameters stand in clear in Prefect's database: none of them is a secret.
    """
    book = book_of(config)
    day = as_of or yesterday(book)
    past = day < yesterday(book)
    tell = not past if notify is None else notify
    instant = now or (None if past else clock(book, None))
    order = Order(day, day, instant, tuple(metrics or ()), dry_run=dry_run, notify=tell, holder=holder())
    with open_session(book) as session:
        (night,) = run_nights(session, order, call=as_task)
        then = order.instant(book, day)
        sent = as_task(DELIVER, "outbox", lambda: deliver(session, then)) if tell and not dry_run else None
        reports = [] if dry_run or metrics else leave(session, night, then)
    _show(night)
    told = {"delivered": sent.delivered if sent else 0, "reports": [str(path) for path in reports]}
    return night.for_machines() | told


def _show(night: NightResult) -> None:
    """Leave the night's findings as an artifact of the flow run; the ledger in the store stays the truth."""
    rows = [
        {
            "level": int(case.level),
            "case": case.id,
            "what happened": case.description.en,
            "department": case.department,
            "status": case.status.value,
        }
        for case in sorted(night.cases, key=lambda c: (c.level, c.id))
        if not case.restricted
    ]
    ledger = ", ".join(f"{outcome.value} {count}" for outcome, count in night.summary.outcomes.items())
    create_table_artifact(
        key="night",
        table=rows or [{"case": "no case was opened or changed"}],
        description=f"{night.summary.as_of}: {night.run.state}; {night.summary.planned} checks planned: {ledger}",
    )


def _main() -> None:
    parser = argparse.ArgumentParser(description=nightly.description)
    parser.add_argument("--as-of", type=date.fromisoformat, help="the business day; default: yesterday")
    parser.add_argument("--config", type=Path, help="the company's folder")
    parser.add_argument("--metric", action="append", help="only this metric; repeatable")
    parser.add_argument("--dry-run", action="store_true", help="judge and show; write nothing")
    parser.add_argument("--notify", action=argparse.BooleanOptionalAction, help="tell people, also of a past date")
    asked = parser.parse_args()
    nightly(asked.as_of, asked.metric, asked.dry_run, asked.notify, config=asked.config)


if __name__ == "__main__":
    _main()
