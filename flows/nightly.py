"""The nightly job as a Prefect flow: `detect run` with each stage, each table's pull and each suite as a task of its own."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from flows.tasks import as_task
from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run

from detect.config import load_here
from detect.pipeline.nightly import NightResult, Order, run_night
from detect.pipeline.session import open_session

__all__ = ["nightly"]


@flow(name="nightly", description="Pull, check, judge, grade, record and tell one business day.")
def nightly(
    as_of: date | None = None,
    metrics: list[str] | None = None,
    dry_run: bool = False,
    notify: bool | None = None,
    now: datetime | None = None,
    config: Path | None = None,
) -> dict[str, Any]:
    """Judge the business day `as_of` (default: yesterday in the company's zone) and return what the ledger says of it."""
    book = load_here(config)
    order = Order.of_night(book, as_of, now, metrics=tuple(metrics or ()), dry_run=dry_run, notify=notify)
    with open_session(book) as session:
        result = run_night(session, order, call=as_task)
    _show(result)
    return result.for_machines()


def _show(result: NightResult) -> None:
    """Leave the night's findings as an artifact of the flow run; the ledger stays the truth."""
    create_markdown_artifact(
        key=f"night-{result.summary.as_of.isoformat()}",
        markdown=result.as_markdown(),
        description=f"Findings of {result.summary.as_of.isoformat()}, run {flow_run.get_name() or ''}".strip(),
    )


if __name__ == "__main__":
    nightly()
