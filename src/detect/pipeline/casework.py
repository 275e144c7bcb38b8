"""What a night found becomes cases: graded, worded, and taken into the cases that are followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from detect.cases.absorb import Absorbed, Graded, absorb
from detect.cases.context import grading_contexts
from detect.cases.identity import VALUES
from detect.config.book import Book
from detect.db.store import Store
from detect.findings import playbook
from detect.findings.grading import GradingContext, grade
from detect.findings.loading import held
from detect.model import Case, Finding, Kind, Text
from detect.notices.watched_words import sign_name, step_name
from detect.notices.wording import describe

__all__ = ["Desk", "Figures", "subject_name"]

Figures = Mapping[tuple[str, date], float]  # (metric, day) -> the expected figure of the whole company
Judged = Callable[[str, str, str], bool]
_NEAR = timedelta(days=120)  # a finding reaches back no further than this to join a case


@dataclass
class Desk:
    """The cases as they stand while nights are taken in one after the other."""

    book: Book
    cases: dict[str, Case]
    read_at: int = 0  # how many events the history had when the cases were read

    @classmethod
    def of(cls, book: Book, store: Store) -> Desk:
        """Start from the store's cases."""
        desk = cls(book, {}, -1)
        desk.refresh(store)
        return desk

    def refresh(self, store: Store) -> None:
        """Read the cases again where anybody, also the night before, wrote an event since they were read."""
        count, _ = store.history_head()
        if count != self.read_at:
            self.cases, self.read_at = {case.id: case for case in store.cases()}, count

    def take(
        self,
        as_of: date,
        now: datetime,
        findings: Sequence[Finding],
        figures: Figures,
        *,
        clock_runs: bool,
        judged: Judged,
    ) -> Absorbed:
        """Grade the findings of one night and take them into the cases."""
        near = self._near(as_of)
        contexts = grading_contexts(
            findings,
            near,
            currency=self.book.company.currency,
            company_figure=lambda f: figures.get((f.subject, f.day)),
            is_key_account=lambda f: f.kind is Kind.KEY_ACCOUNT,
            metrics=self.book.metrics.values(),
        )
        absorbed = absorb(
            [self._graded(finding, contexts[finding.key]) for finding in findings],
            near,
            as_of=as_of,
            now=now,
            owner_of=self._owner,
            gap_days=self.book.policy.detection.quiet,
            clock_runs=clock_runs,
            deadlines=self.book.policy.deadlines,
            metrics=self.book.metrics.values(),
            judged=judged,
        )
        self.cases |= {case.id: case for case in absorbed.cases}
        return absorbed

    def at(self, as_of: date) -> list[Case]:
        """Return the cases that were there on the night of `as_of`."""
        return [case for case in self.cases.values() if case.detected_on <= as_of]

    def _near(self, as_of: date) -> list[Case]:
        """Return the cases that findings of this night may join, as of then: none that a later night opened."""
        return [case for case in self.at(as_of) if case.last_day >= as_of - _NEAR]

    def _graded(self, finding: Finding, context: GradingContext) -> Graded:
        currency = self.book.company.currency
        graded = grade(finding, self.book.metrics.get(finding.metric or ""), context, self.book.policy.grading)
        graded = held(graded, finding)
        page = self.book.playbooks[finding.category]
        return Graded(
            finding,
            graded,
            describe(_named(self.book, finding), subject_name(self.book, finding.subject), currency=currency),
            playbook.impact(page, graded.level, finding, currency),
            playbook.measures(page, graded.level, finding.kind),
        )

    def _owner(self, finding: Finding) -> str:
        """Return the head who answers for the finding: audit for its signs (P4.4e), the monitors for what has no owner (P3.5)."""
        departments, company = self.book.departments, self.book.company
        monitoring = departments[company.monitoring_department].head
        if finding.kind is Kind.AUDIT_SIGN:
            return (*company.notices.audit, monitoring)[0]
        found = departments.get(finding.department)
        return found.head if found else monitoring


def _named(book: Book, finding: Finding) -> Finding:
    """Put the names of related metrics where the evidence has their ids."""
    related = finding.evidence.get("related")
    if not related:
        return finding
    names = [subject_name(book, subject).model_dump() for subject in related]
    return replace(finding, evidence={**finding.evidence, "related": names})


def subject_name(book: Book, subject: str) -> Text:
    """Return what people call a subject: the name of a metric, a `table:expectation`, `process:step`, `audit:sign` or `event:ID`."""
    for things in (book.metrics, book.targets, book.identities):
        if subject in things:
            return things[subject].name
    table, _, rule = subject.partition(":")
    if rule.startswith(VALUES):
        column = rule.removeprefix(VALUES)
        return Text(en=f"Values of {column} in {table}", zh=f"{table} 的 {column} 取值")
    if table in book.processes:
        return step_name(book.processes[table].name, rule)
    if table in book.audits:
        return sign_name(book.audits[table].name, rule)
    if table == "event":
        return next((e.name for e in book.known_events if e.id == rule), Text(en=subject, zh=subject))
    suite = book.suites.get(table)
    named = (e.name for e in (suite.expectations if suite else ()) if e.id == rule)
    return next(named, Text(en=subject, zh=subject))
