"""What was checked and what was not, as the tables of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from detect.model import Check, NightSummary, Outcome, Text
from detect.notices.catalogue import OUTCOMES, label
from detect.notices.draft import Watched
from detect.notices.numbers import number
from detect.notices.translated import in_language
from detect.notices.wording import segment_label

__all__ = ["Coverage", "Promise", "Quality", "coverage", "promises", "quality"]

EXPECTATION = "expectation"  # the detector's name on ledger rows of a suite
_LISTED_AT_MOST = 200


class Promise(NamedTuple):
    """What a department was promised and what it got, in false alarms a week; None where nothing can be said yet.

    `realised` is the least, by the `verdicts` given, `at_most` what it would be were all `told` without one false.
    """

    department: Text
    promised: float | None
    realised: float | None
    verdicts: int
    at_most: float | None = None
    told: int | None = None


@dataclass(frozen=True)
class Quality:
    """The expectations: a line a table, and every one that was not met."""

    verdict: str
    columns: tuple[str, ...]
    tables: tuple[tuple[str, ...], ...]
    faults: tuple[tuple[str, str, str, str], ...]  # (table, expectation, outcome, detail)


@dataclass(frozen=True)
class Coverage:
    """The planned checks by detector and outcome, and what came to no judgement."""

    verdict: str
    columns: tuple[str, ...]
    detectors: tuple[tuple[str, ...], ...]
    missed: tuple[tuple[str, str, str], ...]  # (what, outcome, cause)
    more: str


def quality(checks: Iterable[Check], watched: Mapping[str, Watched], language: str) -> Quality:
    """Sum up the ledger rows of the suites."""
    rows = [check for check in checks if check.detector == EXPECTATION]
    faults = tuple(fault for check in rows for fault in _faults(check, watched, language))
    tables = sorted({check.subject.partition(":")[0] for check in rows})
    verdict = "" if faults else label("quality_ok" if rows else "quality_none", language, count=str(len(rows)))
    counted = [(t, [c for c in rows if c.subject.partition(":")[0] == t]) for t in tables]
    shown = _outcomes_of(rows)
    return Quality(
        verdict=verdict,
        columns=(label("table", language), *(OUTCOMES[o][language] for o in shown)),
        tables=tuple((table, *_counts(theirs, shown)) for table, theirs in counted),
        faults=faults,
    )


def coverage(summary: NightSummary, checks: Sequence[Check], watched: Mapping[str, Watched], language: str) -> Coverage:
    """Say what was not judged and why; what the summary does not name stands in the counts."""
    detectors = sorted({check.detector for check in checks})
    by_detector = [(d, [c for c in checks if c.detector == d]) for d in detectors]
    shown = _outcomes_of(checks)
    missed = [_missed(row, watched, language) for row in summary.not_judged]
    beyond = len(missed) - _LISTED_AT_MOST
    return Coverage(
        verdict="" if missed or summary.state != "complete" else label("all_judged", language),
        columns=(label("method", language), *(OUTCOMES[o][language] for o in shown)),
        detectors=tuple((name, *_counts(theirs, shown)) for name, theirs in by_detector),
        missed=tuple(missed[:_LISTED_AT_MOST]),
        more=label("not_judged_more", language, count=f"{beyond:,}") if beyond > 0 else "",
    )


def promises(given: Iterable[Promise], language: str) -> tuple[tuple[str, str, str, str], ...]:
    """Put promised and realised false alarms side by side, a line a department."""
    return tuple((p.department[language], _rate(p.promised), _realised(p), _judged(p)) for p in given)


def _realised(promise: Promise) -> str:
    least, most = _rate(promise.realised), _rate(promise.at_most)
    return least if promise.at_most is None or least == most else f"{least}–{most}"


def _judged(promise: Promise) -> str:
    return f"{promise.verdicts:,}" if promise.told is None else f"{promise.verdicts:,} / {promise.told:,}"


def _rate(value: float | None) -> str:
    return "–" if value is None else number(round(value, 2))


def _outcomes_of(checks: Iterable[Check]) -> tuple[Outcome, ...]:
    """Name the outcomes that occur, and always the two that a judgement can have."""
    seen = {outcome for check in checks for outcome, count in check.outcomes.items() if count}
    return tuple(o for o in Outcome if o in seen | {Outcome.OK, Outcome.FINDING})


def _counts(checks: Sequence[Check], outcomes: Iterable[Outcome]) -> list[str]:
    return [f"{sum(check.outcomes.get(outcome, 0) for check in checks):,}" for outcome in outcomes]


def _faults(check: Check, watched: Mapping[str, Watched], language: str) -> Iterable[tuple[str, str, str, str]]:
    table, _, rule = check.subject.partition(":")
    known = watched.get(check.subject)
    name = known.name[language] if known else rule
    for _, outcome, cause in check.notable:
        yield table, name, OUTCOMES[outcome][language], in_language(cause, language)


def _missed(row: tuple[str, str, Outcome, str], watched: Mapping[str, Watched], language: str) -> tuple[str, str, str]:
    subject, segment, outcome, cause = row
    known = watched.get(subject)
    name = known.name[language] if known else subject
    part = segment_label(segment)
    return (f"{name} ({part})" if part else name), OUTCOMES[outcome][language], in_language(cause, language)
