"""How often each cause was found (policy P4.4c: classify and count), what it cost, and whether what was done about it worked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from detect.cases.archive import worked
from detect.model import Case, Category, Cause, Status, Text
from detect.notices.case_words import CAUSES
from detect.pipeline.session import Session

__all__ = ["Counted", "count_causes"]

_UNCODED = Text(en="not coded yet", zh="尚未登記")


@dataclass(frozen=True)
class Counted:
    """One cause: how many cases, the money at stake in them, and of those verified how many were cured by their measures."""

    cause: Cause | None
    name: Text
    cases: int
    stake: float
    worked: int
    failed: int

    def for_machines(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "cause": self.cause.value if self.cause else None,
            "cases": self.cases,
            "stake": self.stake,
            "worked": self.worked,
            "failed": self.failed,
        }


def count_causes(
    session: Session, category: Category | None = None, first: date | None = None, last: date | None = None
) -> list[Counted]:
    """Count the causes of cases that were not withdrawn or merged, the most frequent first; those not coded yet last."""
    found: defaultdict[Cause | None, list[Case]] = defaultdict(list)
    for case in session.store.cases():
        if case.status in {Status.WITHDRAWN, Status.MERGED} or (category is not None and case.category is not category):
            continue
        if (first is None or case.detected_on >= first) and (last is None or case.detected_on <= last):
            found[case.cause].append(case)
    counted = [_counted(cause, cases) for cause, cases in found.items()]
    return sorted(counted, key=lambda one: (one.cause is None, -one.cases, one.name.en))


def _counted(cause: Cause | None, cases: list[Case]) -> Counted:
    outcomes = [worked(case) for case in cases]
    name = _UNCODED if cause is None else CAUSES[cause]
    stake = sum(case.stake or 0.0 for case in cases)
    return Counted(cause, name, len(cases), stake, outcomes.count(True), outcomes.count(False))
