"""What people call a step of a process and a sign for review, and what is said of them, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from detect.checks.audit_settings import SIGNS, SignKind
from detect.model import Finding, Text
from detect.notices.catalogue import filled, fragment
from detect.notices.numbers import band, figure

__all__ = ["said_of", "sign_name", "step_name"]


def step_name(process: Text, step: str) -> Text:
    """Name a step of a process, or the process where there is none."""
    return filled(Text(en="{process}, {step}", zh="{process}·{step}"), process=process, step=step) if step else process


def sign_name(audit: Text, kind: str) -> Text:
    """Name a sign for review: a question, never a verdict."""
    known = SIGNS.get(SignKind(kind)) if kind in set(SignKind) else None
    name = known or Text(en=kind, zh=kind)
    return filled(Text(en="{audit}, for review: {name}", zh="{audit}，供覆核：{name}"), audit=audit, name=name)


def said_of(finding: Finding) -> Text | None:
    """Say a whole fact of a process, an audit or a period, after the name and the day; None where the usual words will do."""
    for key, say in _SAID.items():
        if key in finding.evidence:
            return say(finding)
    return None


def _stuck(finding: Finding) -> Text:
    template = Text(
        en="{n} waiting{cases}, the longest for {actual}; {expected} is usual, and all but a few go on within {upper}",
        zh="{n}等待處理{cases}，最長已 {actual}；平常為 {expected}，絕大多數在 {upper}內完成",
    )
    return filled(
        template,
        n=figure(float(finding.evidence["stuck_cases"]), "cases"),
        cases=_cases(finding.evidence),
        actual=_span(finding.actual),
        expected=_span(finding.expected),
        upper=_span(finding.upper),
    )


def _faulty(finding: Finding) -> Text:
    evidence = finding.evidence
    return filled(
        Text(en="{n} of {all} handled that day{cases}", zh="當日處理的 {all}中有 {n} 件{cases}"),
        n=figure(float(evidence["faulty_cases"]), ""),
        all=figure(float(evidence["handled_cases"]), "cases"),
        cases=_cases(evidence),
    )


def _flow(finding: Finding) -> Text:
    template = Text(
        en="over the last {weeks} weeks {actual} begun a working day, {expected} in the half year before",
        zh="最近 {weeks} 週每個工作日新增 {actual}，此前半年為 {expected}",
    )
    weeks = str(finding.evidence["weeks"])
    return filled(
        template,
        weeks=weeks,
        actual=figure(finding.actual or 0.0, "cases"),
        expected=figure(finding.expected or 0.0, "cases"),
    )


def _backlog(finding: Finding) -> Text:
    template = Text(
        en="{actual} open for more than {days}; {expected} are usual", zh="{actual}未結超過 {days}，平常為 {expected}"
    )
    return filled(
        template,
        actual=figure(finding.actual or 0.0, "cases"),
        days=figure(float(finding.evidence["older_than_days"]), "days"),
        expected=figure(finding.expected or 0.0, ""),
    )


_AGAINST = {
    "target": Text(
        en="{period} came to {actual}; {expected} was planned", zh="{period} 為 {actual}，計劃為 {expected}"
    ),
    "last_year": Text(
        en="{period} came to {actual}; the same period a year before to {expected}",
        zh="{period} 為 {actual}，去年同期為 {expected}",
    ),
    "forecast": Text(
        en="{period} came to {actual}; its own past foretold {expected}{band}",
        zh="{period} 為 {actual}，依歷史推算為 {expected}{band}",
    ),
    "pace": Text(
        en="{period} stands at {so_far} and will come to {actual}{band} at the pace of the periods before; {expected} is planned",
        zh="{period} 至今為 {so_far}，依過往各期進度推算將為 {actual}{band}；計劃為 {expected}",
    ),
}


def _against(finding: Finding) -> Text:
    usual = band(finding.lower, finding.upper, finding.unit)
    return filled(
        _AGAINST[str(finding.evidence["against"])],
        period=str(finding.evidence["period"]),
        actual=figure(finding.actual, finding.unit),
        expected=figure(finding.expected, finding.unit),
        band=fragment(f" ({usual})", f"（{usual}）") if usual else fragment("", ""),
        so_far=figure(finding.evidence.get("so_far"), finding.unit),
    )


def _gap(finding: Finding) -> Text:
    return filled(
        Text(en="{actual} on one side, {expected} on the other", zh="一方為 {actual}，另一方為 {expected}"),
        actual=figure(finding.actual, finding.unit),
        expected=figure(finding.expected, finding.unit),
    )


def _rows(finding: Finding) -> Text:
    evidence = finding.evidence
    rows = [str(row) for row in evidence.get("rows", ())]
    vendor = str(evidence.get("vendor", ""))
    who = fragment(f", {vendor}", f"，{vendor}") if vendor else fragment("", "")
    return filled(
        Text(en="{n}{rows}{who}", zh="{n}{rows}{who}"),
        n=figure(float(evidence["row_count"]), "rows"),
        rows=_listed(rows),
        who=who,
    )


def _cases(evidence: Mapping[str, Any]) -> Text:
    return _listed([str(case) for case in evidence.get("cases", ())])


def _listed(names: Sequence[str], most: int = 3) -> Text:
    if not names:
        return fragment("", "")
    shown, more = list(names[:most]), len(names) > most
    return fragment(f" ({', '.join(shown)}{', …' if more else ''})", f"（{'、'.join(shown)}{'…' if more else ''}）")


_DAY = 48.0  # hours from which days are said


def _span(hours: float | None) -> Text:
    if hours is None:
        return fragment("", "")
    return figure(hours, "hours") if hours < _DAY else figure(hours / 24.0, "days")


# By a name in the evidence that nothing else uses.
_SAID: Mapping[str, Callable[[Finding], Text]] = {
    "stuck_cases": _stuck,
    "faulty_cases": _faulty,
    "begun_an_open_day": _flow,
    "against": _against,
    "sides": _gap,
    "older_than_days": _backlog,
    "row_count": _rows,
}
