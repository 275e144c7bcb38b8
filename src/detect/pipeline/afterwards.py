"""What a night leaves behind once people are told: its reports, and what answers questions about it at once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from detect.model import Outcome
from detect.pipeline.canaries import keep_canaries
from detect.pipeline.kept_histories import keep_histories
from detect.pipeline.order import NightResult
from detect.pipeline.reporting import night_at, report_night
from detect.pipeline.session import Session

__all__ = ["leave"]


def leave(session: Session, result: NightResult, now: datetime) -> list[Path]:
    """Write the reports of a night that was just recorded, keep its charts and plant its canaries; return the reports' paths."""
    as_of = result.summary.as_of
    night = night_at(session, as_of, now)
    paths = report_night(session, night, result.histories, now)
    keep_histories(session, as_of, night.cases, result.histories)
    if not result.summary.outcomes.get(
        Outcome.ERROR
    ):  # what failed in the night would fail here too, with nobody to isolate it
        keep_canaries(session, as_of)
    return paths
