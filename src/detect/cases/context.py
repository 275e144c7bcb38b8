"""What grading must know beyond one finding: how long the trouble runs and how wide it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from detect.cases.episodes import GAP, Record, records, stake_of
from detect.findings.grading import GradingContext
from detect.model import Case, Finding
from detect.series.metric import Metric

__all__ = ["abnormal_days", "breadth", "grading_contexts", "stake_so_far"]

PAUSE = timedelta(days=2)


def grading_contexts(
    night: Sequence[Finding],
    known: Sequence[Case],
    *,
    currency: str = "",
    company_figure: Callable[[Finding], float | None] = lambda _: None,
    is_key_account: Callable[[Finding], bool] = lambda _: False,
    metrics: Iterable[Metric] = (),
) -> dict[tuple[str, str, str, str, str], GradingContext]:
    """Return the grading context of each finding of a night, by finding key.

    `metrics` say which of them are related. `company_figure` gives the expected figure of the finding's whole metric on its day, in the
    metric's unit, where there is one.
    """
    wide = breadth(night)
    related = _off_together(night, metrics)
    places: defaultdict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in known:
        if case.status.is_open:
            places[case.subject, case.segment].append(case)
    return {
        finding.key: GradingContext(
            company_figure=company_figure(finding),
            days_running=abnormal_days(finding, night, places[finding.subject, finding.segment]),
            segments=wide[finding.subject, finding.day],
            related=len(related[finding.subject, finding.day]),
            stake=stake_so_far(finding, places[finding.subject, finding.segment]),
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


def stake_so_far(finding: Finding, cases: Iterable[Case]) -> float | None:
    """Add up the money of the episode that ends with the finding: of the open case whose days it goes on with, and its own."""
    found = [_money_of(finding)]
    for case in cases:
        earlier = [r for r in records(case) if r["day"] < finding.day.isoformat()]
        last = max((date.fromisoformat(r["day"]) for r in earlier), default=None)
        if last is not None and finding.first_day <= last + GAP:
            found += earlier
    return stake_of(found)


def _money_of(finding: Finding) -> Record:
    return {"day": finding.day.isoformat(), "first_day": finding.first_day.isoformat(), "stake": finding.stake}


def _off_together(night: Iterable[Finding], metrics: Iterable[Metric]) -> Mapping[tuple[str, date], set[str]]:
    """Return, by subject and day, the other metrics that depart too and are related to it, whoever of the two says so."""
    kin: defaultdict[str, set[str]] = defaultdict(set)
    for metric in metrics:
        for other in metric.related:
            kin[metric.id].add(other)
            kin[other].add(metric.id)
    off: defaultdict[date, set[str]] = defaultdict(set)
    for finding in night:
        off[finding.day].add(finding.subject)
    return defaultdict(set, {(f.subject, f.day): kin[f.subject] & off[f.day] - {f.subject} for f in night})


def breadth(night: Iterable[Finding]) -> Mapping[tuple[str, date], int]:
    """Count, by subject and day, the segments that depart; the total counts when it departs alone."""
    found: defaultdict[tuple[str, date], set[str]] = defaultdict(set)
    for finding in night:
        found[finding.subject, finding.day].add(finding.segment)
    return {place: max(len(segments - {""}), 1) for place, segments in found.items()}
