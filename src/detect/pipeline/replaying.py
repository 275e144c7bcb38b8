"""What a metric, or a change of its settings, would have told over a past stretch: the report before a rule is switched on.

The days are judged by the same walk as the nights of a backfill; nothing is written, and the cases that would have been opened stand
beside those that people know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from detect.config.changing import changed
from detect.errors import UsageError
from detect.model import Case, Outcome, Text
from detect.notices.replay_words import judged_sentence, silent_sentences, told_sentence
from detect.pipeline.casework import Desk
from detect.pipeline.feedback import feedback_of
from detect.pipeline.judged import JudgedNight, judge_nights
from detect.pipeline.matching import Known, Missed, Told, counts, matched
from detect.pipeline.order import night_after
from detect.pipeline.periods import fitted_through
from detect.pipeline.pulling import pull
from detect.pipeline.session import Session

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Replayed", "replay"]


@dataclass(frozen=True)
class Replayed:
    """What a stretch of nights would have told of one metric, and how that stands to what people know.

    `told` are the cases that would have been opened, `missed` known ones of this metric that would not. `judged` and `not_judged` count
    series-days, the latter by outcome; silence there is no health.
    """

    metric: str
    first: date
    last: date
    settings: tuple[str, ...]
    told: tuple[Told, ...]
    missed: tuple[Missed, ...]
    judged: int
    not_judged: dict[Outcome, int]

    @property
    def weeks(self) -> float:
        """The length of the stretch in weeks."""
        return ((self.last - self.first).days + 1) / 7

    def sentences(self) -> list[Text]:
        """Say in words what would have been told, what would not, and what could not be judged."""
        return [
            told_sentence(len(self.told), counts(self.told), sum(one.known is Known.TRUE for one in self.missed)),
            *silent_sentences(counts(self.missed)),
            judged_sentence(self.judged, self.not_judged, self.weeks),
        ]

    def for_machines(self, language: str) -> dict[str, Any]:
        """Return the replay as plain data."""
        return {
            "metric": self.metric,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "set": list(self.settings),
            "told": len(self.told),
            "matches": counts(self.told),
            "missed": sum(one.known is Known.TRUE for one in self.missed),
            "no_longer_told": counts(self.missed),
            "series_days_judged": self.judged,
            "series_days_not_judged": {outcome.value: number for outcome, number in self.not_judged.items()},
            "sentences": [text[language] for text in self.sentences()],
            "cases": [_data(one, language) | {"by": one.by} for one in self.told],
            "missed_cases": [_data(one, language) | {"id": one.case.id} for one in self.missed],
        }


def _data(one: Told | Missed, language: str) -> dict[str, Any]:
    case = one.case
    return {
        "segment": case.segment,
        "kind": case.kind.value,
        "level": int(case.level),
        "detected_on": case.detected_on.isoformat(),
        "first_day": case.first_day.isoformat(),
        "last_day": case.last_day.isoformat(),
        "stake": case.stake,
        "known": one.known.value,
        "description": case.description[language],
    }


def replay(
    session: Session,
    metric: str,
    first: date,
    last: date,
    settings: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Replayed:
    """Judge the nights first..last of one metric with `key=value` settings changed; each day by the days before it alone.

    Figures are those of the store; a metric of which it has none yet is read from the warehouse. Verdicts count from the day after they
    were given. Raises UsageError for an unknown metric or setting and an empty range, SourceError where the warehouse does not answer.
    """
    if first > last:
        raise UsageError(f"the range {first}..{last} is empty", "Give the earlier day first.")
    known = session.store.cases()
    trial = replace(session, book=changed(session.book, session.book.metric(metric).id, settings))
    fresh = _fresh(trial, metric, first, last)
    progress(f"judging {(last - first).days + 1} nights")
    nights = list(
        judge_nights(
            trial,
            {metric: trial.book.metric(metric)},
            first,
            last,
            feedback=feedback_of(session.store, session.book.company.timezone),
            fresh=fresh,
        )
    )
    cases = _opened(trial, nights)
    told, missed = matched(cases, known, trial.book.metrics, metric, (first, last), session.known_events(last))
    counted = _outcomes(nights)
    made = sum(counted.pop(outcome, 0) for outcome in (Outcome.OK, Outcome.FINDING))
    return Replayed(metric, first, last, tuple(settings), told, missed, made, counted)


def _fresh(session: Session, metric: str, first: date, last: date) -> pd.DataFrame | None:
    """Read the figures of a metric that the store does not know yet."""
    if session.store.observed_until([metric]):
        return None
    policy, asked = session.book.policy, session.book.metric(metric)
    start = fitted_through(first, policy.detection.refit_days) - timedelta(days=policy.history_days)
    pulled = pull(session, session.book.sources[asked.source], [asked], start, last, first)
    if metric in pulled.failures:
        raise pulled.failures[metric]
    frame = pulled.frame
    return None if frame is None else frame[frame["metric"] == metric]


def _opened(session: Session, nights: Sequence[JudgedNight]) -> list[Case]:
    """Take the nights into cases from an empty desk, as a backfill would."""
    desk = Desk(session.book, {})
    for night in nights:
        instant = night_after(session.book, night.as_of)
        desk.take(night.as_of, instant, night.findings, night.figures, clock_runs=False, judged=lambda *_: False)
    return sorted(desk.cases.values(), key=lambda case: (case.first_day, case.segment, case.id))


def _outcomes(nights: Sequence[JudgedNight]) -> dict[Outcome, int]:
    """Count series-days by how they came out: once each, by the detector that got furthest."""
    counted: dict[Outcome, int] = {}
    for night in nights:
        checks = [check for check in night.checks if check.planned and check.detector != "threshold"] or night.checks
        best = max(
            checks, key=lambda c: c.outcomes.get(Outcome.OK, 0) + c.outcomes.get(Outcome.FINDING, 0), default=None
        )
        for outcome, count in best.outcomes.items() if best else ():
            counted[outcome] = counted.get(outcome, 0) + count
    return counted
