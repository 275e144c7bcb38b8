"""The follow-up as a Prefect flow: `detect follow-up`, every 15 minutes. `python -m flows.follow_up --config DIR` runs it once."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.tasks import as_task
from prefect import flow

from detect.cli.opening import book_of, clock
from detect.pipeline import follow_up as following
from detect.pipeline.session import open_session
from detect.pipeline.stages import DELIVER, RECORD
from detect.pipeline.telling import deliver

__all__ = ["follow_up"]


@flow(name="follow-up", description="Remind, escalate, end observations, archive; then send.", persist_result=False)
def follow_up(now: datetime | None = None, config: Path | None = None) -> dict[str, Any]:
    """Bring every case up to `now` (default: the present) and return what was done; a second run at once does nothing."""
    book = book_of(config)
    instant = now or clock(book, None)
    with open_session(book) as session:
        done = as_task(RECORD, "follow-up", lambda: following.follow_up(session, instant))
        sent = as_task(DELIVER, "messages", lambda: deliver(session, instant))
    return {"events": done.by_type(), "messages": done.messages, "delivered": sent.delivered}


def _main() -> None:
    parser = argparse.ArgumentParser(description=follow_up.description)
    parser.add_argument("--now", type=datetime.fromisoformat, help="the instant of the act; default: the present")
    parser.add_argument("--config", type=Path, help="the company's folder")
    asked = parser.parse_args()
    follow_up(asked.now, asked.config)


if __name__ == "__main__":
    _main()
