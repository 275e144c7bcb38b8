"""Serves the flows from this process, without a work pool: `python -m flows.serve --cron "30 2 * * *"` beside a Prefect server."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import cast

from flows.follow_up import follow_up
from flows.nightly import nightly
from prefect import serve
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

from detect.cli.opening import book_of

__all__ = ["deployment", "following", "main"]


def main() -> None:
    """Serve `nightly` and `follow_up` in the company's time zone, one run of each at a time, until stopped."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--config", type=Path, help="the company's folder")
    parser.add_argument("--cron", default="30 2 * * *", help="when, in the company's time zone")
    asked = parser.parse_args()
    company = book_of(asked.config).company
    parameters = {"config": str(asked.config.resolve())} if asked.config else {}
    night = deployment(asked.cron, company.timezone, parameters)
    serve(night, following(company.timezone, parameters), limit=2)


def deployment(cron: str, timezone: str, parameters: dict[str, str]) -> RunnerDeployment:
    """Return the deployment of `nightly` that `main` serves."""
    schedule = Cron(cron, timezone=timezone)
    made = nightly.to_deployment("nightly", schedule=schedule, concurrency_limit=1, parameters=parameters)
    return cast("RunnerDeployment", made)  # a coroutine only where this is called in an event loop


def following(timezone: str, parameters: dict[str, str]) -> RunnerDeployment:
    """Return the deployment of `follow_up`, every 15 minutes; it may run beside a night, for neither waits for the other."""
    schedule = Cron("*/15 * * * *", timezone=timezone)
    made = follow_up.to_deployment("follow-up", schedule=schedule, concurrency_limit=1, parameters=parameters)
    return cast("RunnerDeployment", made)


if __name__ == "__main__":
    main()
