"""The evidence of a finding as parts of a sentence; each part is empty where the evidence does not hold it.

Keys read, as detectors, checks and suites write them: `repeated` (rows that came again) · `limit`, and of a forecast `days`, `days_low`,
`days_high` · `related` (names) · `failed_rows`, `checked_rows` · `last_order`, `usual_gap_days` · `missing`, `retyped` (columns) ·
`last_day` (of a late table) · `topic` (a name in both languages), `examples` (texts, masked)
· `keys` (of a few rows at fault) · `detail` (a text, or one for each language) · `could_not_be_checked`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from detect.model import Finding, Kind, Text
from detect.notices.catalogue import filled, fragment
from detect.notices.numbers import band, comparison, figure
from detect.notices.sentences import FACTS

__all__ = ["NOTHING", "data_fault", "parts"]

NOTHING = fragment("", "")
Evidence = Mapping[str, Any]
KEYS_SAID = 3  # of the rows at fault, in a sentence


def parts(finding: Finding) -> dict[str, Text]:
    """Return what fills the places of the sentences about kinds."""
    evidence = finding.evidence
    return {
        "times": _times(finding),
        "repeated": _counted(evidence, "repeated", fragment(": {n} came again", "：{n}重複"), "rows"),
        "limit": _counted(evidence, "limit", fragment(" of {n}", " {n}"), finding.unit),
        "pace": _pace(evidence),
        "related": _related(evidence),
        "broken": _joined(_broken(evidence), _keys(evidence)),
        "columns": _columns(evidence) or _detail(evidence),
        "late": _late(evidence) or _detail(evidence),
        "detail": _joined(_detail(evidence), _keys(evidence)),
        "topic": _topic(evidence),
        "examples": _examples(evidence),
        "gap": _gap(evidence) or _times(finding),
    }


def data_fault(finding: Finding) -> Text:
    """Say that a fault in its table's data explains the figure, and what it would be with complete data; empty where none is."""
    fault = finding.evidence.get("data_fault")
    if not isinstance(fault, Mapping):
        return NOTHING
    share = _number(fault, "share")
    says = "data_not_business" if fault.get("explains") else "data_and_business"
    if not fault.get("explains") and _number(fault, "estimate") is None:
        return NOTHING  # the fault changes nothing of such a figure
    if share is None:
        cause = FACTS["not_as_agreed" if fault.get("kind") == Kind.SCHEMA else "late_rows"]
    else:
        cause = FACTS["some_loaded" if share < 1 else "too_many_loaded"]
    said = filled(cause, table=str(fault.get("table", "")), share="" if share is None else f"{share:.0%}")
    return filled(FACTS[says], cause=said, complete=_complete(fault, finding.unit))


def _complete(fault: Evidence, unit: str) -> Text:
    estimate, lower, upper = (_number(fault, name) for name in ("estimate", "lower", "upper"))
    if estimate is None:
        return NOTHING
    said, span = figure(estimate, unit), band(lower, upper, unit) if lower != upper else None
    value = filled(FACTS["range"], expected=said, band=span) if span else said
    return filled(FACTS["if_complete"], estimate=value)


def _times(finding: Finding) -> Text:
    said = comparison(finding.actual, finding.expected, finding.unit)
    return filled(fragment(", {said}", "，{said}"), said=said) if said else NOTHING


def _counted(evidence: Evidence, key: str, template: Text, unit: str) -> Text:
    value = _number(evidence, key)
    return NOTHING if value is None else filled(template, n=figure(value, unit))


def _pace(evidence: Evidence) -> Text:
    days, low, high = (_number(evidence, key) for key in ("days", "days_low", "days_high"))
    if days is None:
        return NOTHING
    about = filled(fragment(" in about {n}", "，約 {n}後"), n=figure(days, "days"))
    if low is None:
        return about
    span = f"{low:.0f}–{high:.0f}" if high is not None else f"≥ {low:.0f}"
    return fragment(f"{about.en} ({span})", f"{about.zh}（{span}）")


def _related(evidence: Evidence) -> Text:
    """Read names in both languages, or plain ones."""
    named = [n if isinstance(n, Mapping) else {"en": str(n), "zh": str(n)} for n in evidence.get("related", ())]
    en, zh = ", ".join(str(n["en"]) for n in named), "、".join(str(n["zh"]) for n in named)
    return fragment(f" ({en})", f"（{zh}）") if named else NOTHING


def _broken(evidence: Evidence) -> Text:
    failed, checked = _number(evidence, "failed_rows"), _number(evidence, "checked_rows")
    if evidence.get("could_not_be_checked"):
        reason = _detail(evidence)
        return fragment(f"the rule could not be checked{reason.en}", f"規則無法檢查{reason.zh}")
    if failed is None:
        reason = _detail(evidence)
        return fragment(f"the rule is broken{reason.en}", f"不符合規則{reason.zh}")
    if not checked:
        return filled(fragment("{n} break the rule", "{n}不符合規則"), n=figure(failed, "rows"))
    template = fragment("{n} of {all} break the rule", "{all}中有 {n} 行不符合規則")
    return filled(template, n=figure(failed, ""), all=figure(checked, "rows"))


def _keys(evidence: Evidence) -> Text:
    """Name the first rows at fault; the others are in the evidence."""
    keys = _names(evidence, "keys")
    if not keys:
        return NOTHING
    more = len(keys) > KEYS_SAID
    return fragment(
        f" ({'; '.join(keys[:KEYS_SAID])}{'; …' if more else ''})",
        f"（{'；'.join(keys[:KEYS_SAID])}{'；…' if more else ''}）",
    )


def _joined(first: Text, second: Text) -> Text:
    return fragment(first.en + second.en, first.zh + second.zh)


def _columns(evidence: Evidence) -> Text | None:
    missing, retyped = _names(evidence, "missing"), _names(evidence, "retyped")
    said = []
    if missing:
        said.append((f"missing {', '.join(missing)}", f"缺少欄位 {'、'.join(missing)}"))
    if retyped:
        said.append((f"of another type {', '.join(retyped)}", f"類型不符的欄位 {'、'.join(retyped)}"))
    return fragment(": " + "; ".join(en for en, _ in said), "：" + "；".join(zh for _, zh in said)) if said else None


def _late(evidence: Evidence) -> Text | None:
    last = evidence.get("last_day")
    return fragment(f": the newest rows are of {last}", f"：最新資料為 {last}") if last else None


def _gap(evidence: Evidence) -> Text | None:
    last, usual = evidence.get("last_order"), _number(evidence, "usual_gap_days")
    if not last:
        return None
    if usual is None:
        return fragment(f", no order since {last}", f"，自 {last} 起沒有訂單")
    rhythm = figure(usual, "days")
    return fragment(
        f", no order since {last}; one every {rhythm.en} is usual", f"，自 {last} 起沒有訂單，平常每 {rhythm.zh}一筆"
    )


def _detail(evidence: Evidence) -> Text:
    detail = evidence.get("detail")
    if not detail:
        return NOTHING
    both = detail if isinstance(detail, Mapping) else {"en": detail, "zh": detail}
    return fragment(f": {both.get('en', '')}", f"：{both.get('zh', '')}")


def _topic(evidence: Evidence) -> Text:
    named = evidence.get("topic")
    return fragment(f"“{named['en']}”", f"「{named['zh']}」") if named else fragment("one topic", "同一主題")


def _examples(evidence: Evidence) -> Text:
    said = [str(text) for text in evidence.get("examples", ())]
    if not said:
        return NOTHING
    en, zh = "; ".join(f"“{text}”" for text in said), "；".join(f"「{text}」" for text in said)
    return fragment(f"; for example {en}", f"；例如{zh}")


def _number(evidence: Evidence, key: str) -> float | None:
    value = evidence.get(key)
    return None if value is None or isinstance(value, bool) or not isinstance(value, int | float) else float(value)


def _names(evidence: Evidence, key: str) -> list[str]:
    value = evidence.get(key, ())
    return [str(name) for name in value] if isinstance(value, Sequence) and not isinstance(value, str) else []
