"""`config/policy.yaml`: the numbers that the policy leaves to each company."""

from __future__ import annotations

from pydantic import Field

from detect.cases.deadlines import Deadlines
from detect.checks.settings import AccountSettings, BreakSettings, BurstSettings, RateSettings, SatisfactionSettings
from detect.detectors import Detection
from detect.findings.grading import GradingTable
from detect.model import Frozen

__all__ = ["Policy"]


class Policy(Frozen):
    """Deadlines and report rhythms per level, the table that sets levels, and how detection judges within its false-alarm budget."""

    deadlines: Deadlines = Deadlines()
    grading: GradingTable = GradingTable()
    detection: Detection = Detection()
    accounts: tuple[AccountSettings, ...] = ()
    rates: tuple[RateSettings, ...] = ()
    breaks: tuple[BreakSettings, ...] = ()
    bursts: tuple[BurstSettings, ...] = ()
    satisfaction: tuple[SatisfactionSettings, ...] = ()
    history_days: int = Field(default=760, ge=60, le=4000)  # how far back the first pull of a metric reaches
    recheck_days: int = Field(
        default=7, ge=1, le=400
    )  # days before as_of whose late or corrected rows are pulled again
