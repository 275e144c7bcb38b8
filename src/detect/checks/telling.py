"""What the checks on event logs and rows become: findings like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from detect.checks.audit_settings import AuditSettings, Sign
from detect.checks.process import ProcessSettings, ProcessSign
from detect.model import Category, Finding, Kind

__all__ = ["audit_findings", "process_findings"]

AUDIT = "audit"
PROCESS = "process"
_ROWS_SHOWN = 10


def process_findings(
    signs: Iterable[ProcessSign], settings: ProcessSettings, as_of: date, *, public: bool = False
) -> list[Finding]:
    """Turn signs of a process into findings on `process:step`; several of one step and kind on a day are one, the first.

    Cases are named only where the table declares the column `public`.
    """
    found: dict[tuple[str, ...], Finding] = {}
    for sign in signs:
        finding = Finding(
            as_of=as_of,
            day=sign.day,
            first_day=sign.first_day or sign.day,
            subject=settings.subject(sign.step),
            segment="",
            channel=f"{PROCESS}_{sign.kind.value}",
            category=Category.PROCESS,
            kind=sign.kind,
            department=settings.department,
            actual=_steady(sign.actual),
            expected=_steady(sign.expected),
            upper=_steady(sign.upper),
            unit=sign.unit,
            statistic=_steady(sign.statistic),
            p=_steady(sign.p),
            evidence=_evidence(sign, public=public),
        )
        found.setdefault(finding.key, finding)
    return list(found.values())


def _evidence(sign: ProcessSign, *, public: bool) -> dict[str, Any]:
    named: Mapping[str, Any] = {"cases": list(sign.cases)} if public and sign.cases else {}
    return {**sign.evidence, **named}


def _steady(value: float | None) -> float | None:
    """Keep the digits that every way of summing agrees on."""
    return None if value is None else float(f"{value:.7g}")


def audit_findings(signs: Iterable[Sign], settings: AuditSettings, as_of: date, *, unit: str = "") -> list[Finding]:
    """Turn signs for review into one finding each on `audit:kind`, its segment the place of the sign.

    The department is audit's, not that of the people under test; the money in the rows is the stake.
    """
    found: dict[tuple[str, ...], Finding] = {}
    for sign in signs:
        finding = Finding(
            as_of=as_of,
            day=sign.last_day,
            first_day=sign.last_day,
            subject=settings.subject(sign.kind),
            segment=sign.place,
            channel=AUDIT,
            category=Category.FINANCIAL,
            kind=Kind.AUDIT_SIGN,
            department=settings.department,
            actual=_steady(sign.amount) if sign.rows else None,
            unit=unit,
            severity=settings.level,
            stake=_steady(abs(sign.amount)) if sign.rows else None,
            evidence={**sign.evidence, "rows": list(sign.rows[:_ROWS_SHOWN]), "row_count": len(sign.rows)},
        )
        found.setdefault(finding.key, finding)
    return list(found.values())
