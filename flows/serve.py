"""Serves the flows from this process, without a work pool: `python flows/serve.py` beside a Prefect server."""

from __future__ import annotations

from flows.nightly import nightly
from prefect import serve
from prefect.schedules import Cron

from detect.config import load_here

__all__ = ["main"]


def main() -> None:
    """Serve `nightly` on the company's schedule, one run at a time, until stopped."""
    company = load_here(None).company
    serve(
        nightly.to_deployment(
            "nightly",
            schedule=Cron(company.schedule, timezone=company.timezone),
            concurrency_limit=1,
        ),
        limit=1,
    )


if __name__ == "__main__":
    main()
