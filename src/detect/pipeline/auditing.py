"""Audits in a run: the rows are read once for all nights, and each night sees what it would have seen alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from detect.checks.audit import read_rows
from detect.checks.audit_accounts import shared
from detect.checks.audit_settings import AccountList, AuditSettings
from detect.checks.auditing import Audited, audit
from detect.checks.telling import audit_findings
from detect.model import Check, Finding, Outcome
from detect.pipeline.session import Session
from detect.pipeline.suites import Checked

__all__ = ["audit_nights"]


def audit_nights(session: Session, settings: AuditSettings, nights: Sequence[date]) -> dict[date, Checked]:
    """Look for signs on `nights`, in order; raises SourceError when a table does not answer or is not as configured."""
    source = session.book.sources[settings.source]
    named = (settings.row_id, settings.vendor, settings.amount, settings.posted_at)
    optional = (settings.document, settings.document_date)
    columns = [*named, *(name for name in optional if name is not None), source.day]
    first = nights[0] - timedelta(days=settings.memory_days)
    rows = read_rows(
        session.reader(source).rows(source, columns, settings.where, first, nights[-1]), settings, source.day
    )
    employees = _shared(session, settings)
    found = {}
    for night in nights:
        audited = audit(rows, settings, night, employees)
        findings = tuple(audit_findings(audited.signs, settings, night, unit=session.book.company.currency))
        found[night] = Checked(findings, _checks(settings, audited, findings))
    return found


def _shared(session: Session, settings: AuditSettings) -> Mapping[str, tuple[str, ...]]:
    if settings.vendors is None or settings.employees is None:
        return {}

    def listed(accounts: AccountList) -> list[str]:
        return [accounts.id, accounts.account]

    sources, warehouse = session.book.sources, session.warehouse
    vendors, employees = (
        warehouse.rows(sources[accounts.source], listed(accounts), None)
        for accounts in (settings.vendors, settings.employees)
    )
    return shared(vendors, employees, settings)


def _checks(settings: AuditSettings, audited: Audited, findings: Sequence[Finding]) -> tuple[Check, ...]:
    said = repr((audited.rows, [(f.subject, f.segment, f.actual) for f in findings]))
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    return tuple(
        Check(settings.subject(kind), "audit", 1, {outcome: 1}, digest, _notable(outcome))
        for kind, outcome in sorted(audited.outcomes.items())
    )


def _notable(outcome: Outcome) -> tuple[tuple[str, Outcome, str], ...]:
    """Name no row here: the ledger is read by more people than the case."""
    return (("", outcome, "a sign for review"),) if outcome is Outcome.FINDING else ()
