"""What grading must know beyond one finding: how long the trouble runs and how wide it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from detect.cases.episodes import records
from detect.findings.grading import GradingContext
from detect.model import Case, Finding

__all__ = ["abnormal_days", "breadth", "grading_contexts"]


def grading_contexts(
    night: Sequence[Finding],
    known: Sequence[Case],
    *,
    currency: str = "",
    company_figure: Callable[[Finding], float | None] = lambda _: None,
    is_key_account: Callable[[Finding], bool] = lambda _: False,
    gap_days: int = 7,
) -> dict[tuple[str, str, str, str, str], GradingContext]:
    """Return the grading context of each finding of a night, by finding key.

    `company_figure` gives the expected figure of the finding's whole metric on its day, in the metric's unit, where there is one.
    """
    wide = breadth(night)
    places: defaultdict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in known:
        if case.status.is_open:
            places[case.subject, case.segment].append(case)
    return {
        finding.key: GradingContext(
            company_figure=company_figure(finding),
            days_running=abnormal_days(finding, night, places[finding.subject, finding.segment], gap_days=gap_days),
            segments=wide[finding.subject, finding.day],
            key_account=is_key_account(finding),
            currency=currency,
        )
        for finding in night
    }


def abnormal_days(finding: Finding, night: Iterable[Finding], cases: Iterable[Case], *, gap_days: int = 7) -> int:
    """Count the days of the finding's episode that were abnormal, up to and with its own (k of n days; policy P3.4).

    Days of an open case within the gap count singly; the days of a stretch (first day to day) count all.
    """
    stretches = [(f.first_day, f.day) for f in night if (f.subject, f.segment) == (finding.subject, finding.segment)]
    for case in cases:
        if finding.first_day <= case.last_day + timedelta(days=gap_days):
            stretches += [(date.fromisoformat(r["first_day"]), date.fromisoformat(r["day"])) for r in records(case)]
    days = {
        first + timedelta(days=n) for first, last in stretches for n in range((min(last, finding.day) - first).days + 1)
    }
    return max(len(days), 1)


def breadth(night: Iterable[Finding]) -> Mapping[tuple[str, date], int]:
    """Count, by subject and day, the segments that depart; the total counts when it departs alone."""
    found: defaultdict[tuple[str, date], set[str]] = defaultdict(set)
    for finding in night:
        found[finding.subject, finding.day].add(finding.segment)
    return {place: max(len(segments - {""}), 1) for place, segments in found.items()}
