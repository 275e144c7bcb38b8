"""Why a day was told, and why not: plain sentences that can be checked, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from detect.findings.amounts import percent
from detect.model import Case, Kind, KnownEvent, SeriesKey, Text
from detect.notices.catalogue import LEVELS, OUTCOMES, STATUSES, filled
from detect.notices.contributions import contributions, part_lines
from detect.notices.explanations import ANSWERS, CHANNELS, SAID, TITLES, WEEKDAYS
from detect.notices.numbers import band, figure, number
from detect.notices.wording import segment_label
from detect.pipeline.behind import Behind, behind, behind_case, row_lines
from detect.pipeline.casework import subject_name
from detect.pipeline.effects import Followed, effects_of, followed_by, touching
from detect.pipeline.inquiring import Examined, Examiner, Quiet, Reading
from detect.pipeline.record import case_of, visible
from detect.pipeline.register import EVENT, events_of
from detect.pipeline.session import Session
from detect.series.metric import Metric

__all__ = ["Explanation", "Section", "explain_case", "explain_day"]

_NEAR = 3  # days
_LEAST = 1e-6
_EFFECTS_SAID = 5  # figures of an event
_SURE = 2  # once in so many days, or more often, is nearly every day


@dataclass(frozen=True)
class Section:
    """Some sentences under a title."""

    title: Text
    lines: tuple[Text, ...]


@dataclass(frozen=True)
class Explanation:
    """The answer in one sentence, then what it stands on; `figures` are the same for machines."""

    subject: str
    segment: str
    day: date
    reason: str
    cases: tuple[str, ...]
    answer: Text
    sections: tuple[Section, ...]
    figures: dict[str, Any] = field(default_factory=dict)

    def for_machines(self, language: str) -> dict[str, Any]:
        """Return the explanation as plain data."""
        return {
            "subject": self.subject,
            "segment": self.segment,
            "day": self.day.isoformat(),
            "reason": self.reason,
            "cases": list(self.cases),
            "answer": self.answer[language],
            "sections": [
                {"title": s.title[language], "sentences": [line[language] for line in s.lines]} for s in self.sections
            ],
            **self.figures,
        }


def explain_case(session: Session, case_id: str, examiner: Examiner | None = None) -> Explanation:
    """Say why a case was opened and why it has its level; raises UsageError for an unknown case.

    An `examiner` of the day on which the case was detected saves judging that night once more.
    """
    case = case_of(session, case_id)
    metric = session.book.metrics.get(case.metric or "")
    if metric is not None and case.kind is not Kind.REPORTED:
        return _explanation(session, metric, case.segment, case.detected_on, [case], examiner)
    lines = tuple(_rule_lines(session, case))
    followed = Section(TITLES["effects"], tuple(_of_the_event(session, case)))
    sections = [Section(TITLES["detectors"], lines), followed, Section(TITLES["level"], tuple(_level(session, case)))]
    answer = filled(ANSWERS["case"], what=case.description)
    return Explanation(case.subject, case.segment, case.detected_on, "told", (case.id,), answer, _kept(sections))


def explain_day(session: Session, metric: str, day: date, segment: str = "", reader: str | None = None) -> Explanation:
    """Say why a metric's day was told, or why not, naming the cases that `reader` may see; raises UsageError for an unknown metric."""
    rows = [r for r in session.store.findings(first=day, last=day) if r.state == "active" and r.case_id]
    ids = {r.case_id for r in rows if r.finding.metric == metric and r.finding.segment == segment}
    found = session.store.cases(ids=[i for i in ids if i]) if ids else []
    known = [case for case in found if visible(session.book, case, reader)]
    return _explanation(session, session.book.metric(metric), segment, day, known)


def _explanation(
    session: Session,
    metric: Metric,
    segment: str,
    day: date,
    cases: list[Case],
    examiner: Examiner | None = None,
) -> Explanation:
    seen = (examiner or Examiner(session, day)).at(SeriesKey(metric.id, segment))
    reason, answer = _answer(metric, seen, cases)
    found = (behind_case(session, cases[0]) if cases else None) or behind(session, metric, segment, day)
    effects = _effects(session, metric, segment, day, cases)
    sections = [
        Section(TITLES["expected"], tuple(_expected(metric, seen))),
        Section(TITLES["calendar"], tuple(_calendar(session, metric, day))),
        Section(TITLES["effects"], tuple(one.told(event, metric.name) for event, one in effects)),
        Section(TITLES["detectors"], tuple(_detectors(metric, seen))),
        Section(TITLES["parts"], tuple(line for case in cases for line in part_lines(case.evidence, metric.unit))),
        Section(TITLES["rows"], tuple(row_lines(found))),
        Section(TITLES["level"], tuple(line for case in cases for line in _level(session, case))),
        Section(TITLES["ledger"], tuple(_ledger(session, metric, segment, day))),
    ]
    ids = tuple(case.id for case in cases)
    return Explanation(
        metric.id,
        segment,
        day,
        reason,
        ids,
        answer,
        _kept(sections),
        _figures(seen)
        | _evidence(cases, found)
        | {"effects": [{"event": event.id, **one.for_machines()} for event, one in effects]},
    )


def _effects(
    session: Session, metric: Metric, segment: str, day: date, cases: list[Case]
) -> list[tuple[KnownEvent, Followed]]:
    """Return what followed the external events that touch a day, or the cases about it, up to the last night judged."""
    first = min((case.first_day for case in cases), default=day)
    last = max((case.last_day for case in cases), default=day)
    through = max((run.as_of for run in session.store.runs(1)), default=last)
    events = touching(events_of(session), metric.id, first, last, through)
    return followed_by(session, events, metric.id, segment, through)


def _of_the_event(session: Session, case: Case) -> Iterator[Text]:
    """Say what followed the event of which a case tells, the greatest changes first."""
    event = next((e for e in events_of(session) if case.subject == f"{EVENT}:{e.id}"), None)
    through = max((run.as_of for run in session.store.runs(1)), default=case.last_day)
    if event is None or event.first_day > through:
        return
    for one in effects_of(session, event, through)[:_EFFECTS_SAID]:
        yield one.told(event, session.book.metrics[one.key.metric].name)


def _kept(sections: Iterable[Section]) -> tuple[Section, ...]:
    return tuple(section for section in sections if section.lines)


def _answer(metric: Metric, seen: Examined, cases: list[Case]) -> tuple[str, Text]:
    told = seen.quiet is Quiet.TOLD
    what = cases[0].description if cases else _shapes(seen)
    reason: str = seen.quiet.value
    if cases and (told or seen.quiet is Quiet.OTHER_CHECK):
        reason = "told"
    elif cases:
        reason = "told_then"
    elif told:
        reason = "told_now"
    gap = abs(seen.actual - seen.expected) if seen.actual is not None and seen.expected is not None else None
    up = seen.actual is not None and seen.expected is not None and seen.actual > seen.expected
    sentence = filled(
        ANSWERS[reason],
        where=_where(metric, seen.key.segment),
        day=seen.day.isoformat(),
        what=what,
        history=f"{seen.history:,}",
        least=str(seen.least),
        gap=figure(gap, metric.unit),
        minimum=figure(metric.minimum, metric.unit),
        side=SAID["up" if up else "down"],
        kinds=", ".join(kind.value for kind in metric.kinds or ()),
        check=seen.check,
    )
    return reason, sentence


def _where(metric: Metric, segment: str) -> Text:
    part = segment_label(segment)
    return Text(en=f"{metric.name.en} ({part})", zh=f"{metric.name.zh}（{part}）") if part else metric.name


def _shapes(seen: Examined) -> Text:
    said = [CHANNELS.get(d.channel, Text(en=d.channel, zh=d.channel)) for d in seen.departures]
    return Text(en="; ".join(t.en for t in said) + ".", zh="；".join(t.zh for t in said) + "。")


def _expected(metric: Metric, seen: Examined) -> Iterator[Text]:
    actual, expected = figure(seen.actual, metric.unit), figure(seen.expected, metric.unit)
    if seen.expected is not None:
        yield filled(SAID["actual" if seen.actual is not None else "expected_only"], actual=actual, expected=expected)
        if usual := band(seen.lower, seen.upper, metric.unit):
            yield filled(SAID["band"], band=usual)
    elif seen.actual is not None:
        yield filled(SAID["actual_only"], actual=actual)
    if seen.first is not None:
        yield filled(SAID["history"], history=f"{seen.history:,}", first=seen.first.isoformat())
        if seen.history < seen.settled:
            yield filled(SAID["provisional"], settled=str(seen.settled))
    if seen.compared:
        said = [
            (day.isoformat(), SAID["none"] if value is None else figure(value, metric.unit))
            for day, value in seen.compared
        ]
        listed = Text(en=", ".join(f"{d} {v.en}" for d, v in said), zh="、".join(f"{d} {v.zh}" for d, v in said))
        yield filled(SAID["weekdays"], weekday=WEEKDAYS[seen.day.weekday()], list=listed)


def _calendar(session: Session, metric: Metric, day: date) -> Iterator[Text]:
    calendar = session.calendar(day)
    around = [day + timedelta(days=k) for k in range(-_NEAR, _NEAR + 1)]
    names = calendar.holiday_names(around)
    if day in names:
        yield filled(SAID["holiday"], name=names[day])
    else:
        works = "offday" if not calendar.is_working_day(day) else "workday_near" if names else "workday"
        yield filled(SAID[works], weekday=WEEKDAYS[day.weekday()])
    for when, name in names.items():
        if when != day:
            yield filled(SAID["near"], name=name, when=when.isoformat())
    for event in session.known_events(day):
        if event.first_day <= day <= event.last_day and (not event.metrics or metric.id in event.metrics):
            effect = SAID["event_external" if event.effect == "external" else "event_expected"]
            yield filled(SAID["event"], name=event.name, effect=effect)


def _detectors(metric: Metric, seen: Examined) -> Iterator[Text]:
    if seen.quiet is Quiet.OTHER_CHECK:
        yield filled(SAID["check"], check=seen.check)
        return
    for departure in seen.departures:
        if departure.channel == "limit" and departure.severity is not None:
            limit = figure(departure.evidence["limit"], metric.unit)
            yield filled(SAID["limit"], limit=limit, level=str(int(departure.severity)))
        elif departure.channel in {"missing", "repeated"}:
            yield SAID[departure.channel]
    if metric.limits and not any(d.channel == "limit" for d in seen.departures):
        yield filled(SAID["limits"], list=_limits(metric))
    yield from (_reading(reading) for reading in seen.readings)
    yield from (_pooled(reading) for reading in seen.readings if reading.extrapolated)
    if seen.readings and seen.budget is not None:
        yield filled(SAID["budget"], budget=number(round(seen.budget, 2)))
        yield filled(SAID["models"], version=seen.models)
    elif not seen.departures:
        yield SAID["no_question"]


def _limits(metric: Metric) -> Text:
    said = []
    for limit in metric.limits:
        for side, value in (("above", limit.above), ("below", limit.below)):
            if value is not None:
                said.append(filled(SAID[side], value=figure(value, metric.unit), level=str(int(limit.level))))
    return Text(en=", ".join(t.en for t in said), zh="、".join(t.zh for t in said))


def _channel(reading: Reading) -> Text:
    return CHANNELS.get(reading.channel, Text(en=reading.channel, zh=reading.channel))


def _pooled(reading: Reading) -> Text:
    return filled(SAID["pooled"], channel=_channel(reading), days=f"{reading.days:,}")


def _reading(reading: Reading) -> Text:
    return filled(
        SAID["reading"],
        channel=_channel(reading),
        often=_often(reading.p),
        line=_often(reading.line),
        verdict=SAID["beyond" if reading.beyond else "within"],
    )


def _often(p: float) -> Text:
    """Say a probability as how seldom such a day comes."""
    if p * _SURE >= 1:
        return SAID["every_day"]
    if p < _LEAST:  # a tail is no better known than that
        return filled(SAID["once_in"], n=f"{1 / _LEAST:,.0f}+")
    size = 10 ** max(len(str(int(1 / p))) - 2, 0)
    return filled(SAID["once_in"], n=f"{round(1 / p / size) * size:,}")


def _level(session: Session, case: Case) -> Iterator[Text]:
    rules = {rule.id: rule.name for rule in session.book.policy.grading.rules}
    key = "graded" if case.rule in rules else "graded_default"
    yield filled(SAID[key], level=LEVELS[case.level], rule=rules.get(case.rule, Text(en="", zh="")), id=case.rule)
    if case.one_level_higher.en and int(case.level) > 1:
        yield case.one_level_higher
    yield filled(SAID["case"], id=case.id, status=STATUSES[case.status])
    if case.parent:
        yield filled(SAID["parent"], id=case.parent)


def _rule_lines(session: Session, case: Case) -> Iterator[Text]:
    evidence = {k: v for row in session.store.findings(case_id=case.id) for k, v in row.finding.evidence.items()}
    failed, checked = evidence.get("failed_rows"), evidence.get("checked_rows", evidence.get("rows"))
    rows: Text | str = case.description
    if isinstance(failed, int | float) and isinstance(checked, int | float):
        rows = filled(SAID["rows"], failed=f"{failed:,.0f}", checked=f"{checked:,.0f}")
        rows = Text(en=f"{rows.en} ({percent(round(failed / checked, 4) if checked else 0)})", zh=rows.zh)
    yield filled(SAID["rule_check"], name=subject_name(session.book, case.subject), rows=rows)


def _ledger(session: Session, metric: Metric, segment: str, day: date) -> Iterator[Text]:
    run = session.store.known_run(day)
    if run is None:
        yield filled(SAID["no_run"], day=day.isoformat())
        return
    yield filled(SAID["run"], state=SAID.get(run.state, run.state), planned=f"{run.planned:,}")
    for check in session.store.checks(run.run_id):
        notable = {part: outcome for part, outcome, _ in check.notable}
        if check.subject == metric.id and (segment in notable or "" in notable):
            outcome = notable.get(segment) or notable[""]
            yield filled(SAID["outcome"], detector=check.detector, outcome=OUTCOMES[outcome])


def _figures(seen: Examined) -> dict[str, Any]:
    return {
        "actual": seen.actual,
        "expected": seen.expected,
        "lower": seen.lower,
        "upper": seen.upper,
        "history": seen.history,
        "compared": [{"day": day.isoformat(), "value": value} for day, value in seen.compared],
        "readings": [
            {
                "channel": r.channel,
                "statistic": r.statistic,
                "p": r.p,
                "line": r.line,
                "beyond": r.beyond,
                "tail_days": r.days,
                "extrapolated": r.extrapolated,
            }
            for r in seen.readings
        ],
        "models": seen.models,
    }


def _evidence(cases: Iterable[Case], found: Behind) -> dict[str, Any]:
    parts = [dict(part) for case in cases for part in contributions(case.evidence)]
    return {"contributions": parts, "rows": list(found.rows), "query": found.query}
