"""What grading must know beyond one finding: how long the trouble runs and how wide it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from detect.cases.episodes import records
from detect.findings.grading import GradingContext
from detect.model import Case, Finding

__all__ = ["abnormal_days", "breadth", "grading_contexts"]

PAUSE = timedelta(days=2)


def grading_contexts(
    night: Sequence[Finding],
    known: Sequence[Case],
    *,
    currency: str = "",
    company_figure: Callable[[Finding], float | None] = lambda _: None,
    is_key_account: Callable[[Finding], bool] = lambda _: False,
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
            days_running=abnormal_days(finding, night, places[finding.subject, finding.segment]),
            segments=wide[finding.subject, finding.day],
            key_account=is_key_account(finding),
            currency=currency,
        )
        for finding in night
    }


def abnormal_days(finding: Finding, night: Iterable[Finding], cases: Iterable[Case]) -> int:
    """Count the abnormal days in the run that ends with the finding's own day (policy P3.4: several days running).

    A stretch (first day to day) counts all its days. A pause of up to `PAUSE` days does not end a run, so that a weekend without figures or
    a day just inside the band does not hide that it goes on; single days further apart are not a run.
    """
    stretches = [(f.first_day, f.day) for f in night if (f.subject, f.segment) == (finding.subject, finding.segment)]
    for case in cases:
        stretches += [(date.fromisoformat(r["first_day"]), date.fromisoformat(r["day"])) for r in records(case)]
    days = {
        first + timedelta(days=n) for first, last in stretches for n in range((min(last, finding.day) - first).days + 1)
    }
    run = 0
    earliest = finding.day
    for day in sorted(days, reverse=True):
        if earliest - day > PAUSE + timedelta(days=1):
            break
        earliest, run = day, run + 1
    return max(run, 1)


def breadth(night: Iterable[Finding]) -> Mapping[tuple[str, date], int]:
    """Count, by subject and day, the segments that depart; the total counts when it departs alone."""
    found: defaultdict[tuple[str, date], set[str]] = defaultdict(set)
    for finding in night:
        found[finding.subject, finding.day].add(finding.segment)
    return {place: max(len(segments - {""}), 1) for place, segments in found.items()}
