"""The night's report from the store: what the run of a date found, what is still open, what was not judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from detect.config.book import Book
from detect.errors import UsageError
from detect.findings.loading import HELD
from detect.model import Case, Change, Check, History, NightSummary, Outcome, SeriesKey, Text
from detect.notices.recipients import Directory
from detect.pipeline.clocks import Clocks
from detect.pipeline.keeping import promises_kept
from detect.pipeline.precedents import earlier_of
from detect.pipeline.session import Session
from detect.pipeline.summing import summary_of
from detect.pipeline.telling import histories_of, watched
from detect.render import report
from detect.render.spreadsheet import as_csv, as_xlsx

__all__ = ["RECENT", "Night", "night_at", "night_report", "report_night", "rule_names", "write_report"]

RECENT = timedelta(days=31)
_NO_RULES = {
    "default": Text(en="no rule held, so the lowest level", zh="未觸及任何規則，故為最低級"),
    "reported": Text(en="said by whoever reported it", zh="由報告人判定"),
    HELD: Text(en="Held at the level of the fault in its table's data", zh="以其資料表的數據問題級別為準"),
    "import": Text(en="taken over from the records", zh="沿用匯入記錄"),
}


@dataclass(frozen=True, eq=False)
class Night:
    """A recorded night as a reader sees it."""

    summary: NightSummary
    checks: tuple[Check, ...]
    cases: tuple[Case, ...]  # those the night found or extended, then those still open from the weeks before
    touched: frozenset[str]
    known: tuple[Case, ...] | None = None  # all up to the night, where they were read

    def changed(self) -> list[tuple[Case, str]]:
        """Say what the night did to which case."""
        as_of = self.summary.as_of
        found = [case for case in self.cases if case.id in self.touched]
        return [(case, "opened" if case.detected_on == as_of else "extended") for case in found]


def night_at(session: Session, as_of: date, now: datetime) -> Night:
    """Read the night of `as_of` from the store; raises UsageError when there was none."""
    run = session.store.known_run(as_of)
    if run is None:
        raise UsageError(f"There was no run for {as_of}", f"`detect run --as-of {as_of}` makes one.")
    checks = tuple(session.store.checks(run.run_id))
    known = [case for case in session.store.cases() if case.detected_on <= as_of]
    tonight = {row.case_id for row in session.store.findings(as_of=as_of) if row.state == "active"}
    shown = [case for case in known if case.id in tonight]
    shown += [c for c in known if c.id not in tonight and c.status.is_open and c.last_day >= as_of - RECENT]
    return Night(
        summary_of(session, run, checks, known, now),
        checks,
        tuple(shown),
        frozenset(t for t in tonight if t),
        tuple(known),
    )


def report_night(session: Session, night: Night, histories: Mapping[SeriesKey, History], now: datetime) -> list[Path]:
    """Write the reports of a night that was just recorded, one in each language that somebody reads; return the paths."""
    spoken = {person.language for person in session.book.company.people} | {session.book.company.language}
    return [
        path
        for language in sorted(spoken)
        for path in write_report(session, night, histories, now, language=language, lists=(".xlsx", ".csv"))
    ]


def night_report(
    session: Session,
    night: Night,
    histories: Mapping[SeriesKey, History],
    now: datetime,
    language: str | None = None,
) -> str:
    """Return the report of a night as one HTML page that needs nothing beside it."""
    book = session.book
    company = book.company
    new = [case for case in night.cases if case.detected_on == night.summary.as_of]
    return report.build(
        night.summary,
        [case for case in night.cases if not case.restricted],
        histories_of(night.cases, histories),
        directory=_directory(book),
        now=now.astimezone(ZoneInfo(company.timezone)),
        company=company.name,
        language=language or company.language,
        checks=[_discreet(book, check) for check in night.checks],
        changes=[Change(case, what, case.seq) for case, what in night.changed()],
        deadlines=Clocks(book, session.calendar(night.summary.as_of)).due(night.cases),
        watched=watched(book),
        promised=_promised(session, night),
        rules=rule_names(book),
        earlier=earlier_of(session, new, night.known),
    )


def rule_names(book: Book) -> dict[str, Text]:
    """Return what people call each rule that sets levels, by its id."""
    return {rule.id: rule.name for rule in book.policy.grading.rules} | _NO_RULES


def _discreet(book: Book, check: Check) -> Check:
    """Leave out of what everybody reads whether an audit found something: that it was made is all there is to say."""
    if check.subject.partition(":")[0] not in book.audits or Outcome.FINDING not in check.outcomes:
        return check
    counts = Counter(check.outcomes)
    counts[Outcome.OK] += counts.pop(Outcome.FINDING)
    notable = tuple(row for row in check.notable if row[1] is not Outcome.FINDING)
    return replace(check, outcomes=dict(counts), notable=notable)


def _promised(session: Session, night: Night) -> list[report.Promise]:
    """Say how the promise of false alarms was kept in the weeks up to the night."""
    return [
        report.Promise(
            session.book.departments[kept.department].name,
            kept.promised,
            None if kept.realised is None else kept.realised[0],
            kept.total("told") - kept.total("unknown"),
            None if kept.realised is None else kept.realised[1],
            kept.total("told"),
        )
        for kept in promises_kept(session, night.summary.as_of, cases=night.known)
    ]


def _directory(book: Book) -> Directory:
    return Directory(book.company.notices, book.people, book.departments)


def write_report(
    session: Session,
    night: Night,
    histories: Mapping[SeriesKey, History],
    now: datetime,
    *,
    language: str | None = None,
    lists: Sequence[str] = (),
) -> list[Path]:
    """Write the report, and the list of cases in each form asked (.xlsx, .csv), below the company's output folder; return the paths."""
    folder = session.book.output / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    said = language or session.book.company.language
    name = f"{night.summary.as_of.isoformat()}{'' if language is None else f'.{language}'}"
    pages = {f"{name}.html": night_report(session, night, histories, now, language).encode()}
    listed = [case for case in night.cases if not case.restricted]
    made = {".xlsx": lambda: as_xlsx(listed, now, said), ".csv": lambda: as_csv(listed, said)}
    pages |= {f"{name}{form}": made[form]() for form in lists}
    for file, content in pages.items():
        part = folder / f".{file}.part"
        part.write_bytes(content)
        part.replace(folder / file)
    return [folder / file for file in pages]
