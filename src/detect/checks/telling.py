"""What the checks on event logs and rows become: findings like any other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from detect.checks.audit import Sign
from detect.checks.process import ProcessSettings, ProcessSign
from detect.model import Category, Finding, Kind, Level

__all__ = ["audit_findings", "process_findings"]

AUDIT = "audit"
PROCESS = "process"


def process_findings(signs: Iterable[ProcessSign], settings: ProcessSettings, as_of: date) -> list[Finding]:
    """Turn signs of a process into findings on `process:step`; several of one step and kind on a day are one, the first."""
    found: dict[tuple[str, ...], Finding] = {}
    for sign in signs:
        finding = Finding(
            as_of=as_of,
            day=sign.day,
            first_day=sign.day,
            subject=f"{settings.id}:{sign.step}" if sign.step else settings.id,
            segment="",
            channel=f"{PROCESS}_{sign.kind.value}",
            category=Category.PROCESS,
            kind=sign.kind,
            department=settings.department,
            actual=sign.actual,
            expected=sign.expected,
            upper=sign.upper,
            unit=sign.unit,
            statistic=sign.statistic,
            evidence={**sign.evidence, **({"cases": list(sign.cases)} if sign.cases else {})},
        )
        found.setdefault(finding.key, finding)
    return list(found.values())


def audit_findings(
    signs: Iterable[Sign], source: str, as_of: date, *, department: str, level: Level = Level.LARGER, unit: str = ""
) -> list[Finding]:
    """Turn signs for review into one finding each on `source:kind`, its segment the first row concerned.

    `department` is audit's, not that of the people under test; the money in the rows is the stake.
    """
    return [
        Finding(
            as_of=as_of,
            day=sign.last_day or as_of,
            first_day=sign.last_day or as_of,
            subject=f"{source}:{sign.kind.value}",
            segment=sign.rows[0] if sign.rows else "",
            channel=AUDIT,
            category=Category.FINANCIAL,
            kind=Kind.AUDIT_SIGN,
            department=department,
            actual=sign.amount,
            unit=unit,
            severity=level,
            stake=abs(sign.amount),
            evidence={
                **sign.evidence,
                "for_review": sign.text.en,
                "rows": list(sign.rows[:10]),
                "row_count": len(sign.rows),
            },
        )
        for sign in signs
    ]
