"""A finding as a sentence that a head can read aloud, in both languages.

Read from `finding.evidence`, where a detector or a check put it: `repeated` (rows that came again), `limit` (the threshold passed),
`related` (names of the figures that disagree), `failed` and `checked` (rows), `silent_days` and `usual_gap` (days), `holiday` (a name),
`detail` (a text, or one for each language). All of them may be absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detect.model import Finding, Kind, Text
from detect.notices.catalogue import filled, fragment
from detect.notices.numbers import band, comparison, figure
from detect.notices.sentences import FACTS, SHAPES

__all__ = ["describe", "segment_label"]

_NOTHING = Text(en="", zh="")
_LASTING = {Kind.MISSING, Kind.INTERRUPTION, Kind.FRESHNESS, Kind.SCHEMA}  # kinds whose `actual`, if any, says nothing
_NAMED_RULES = {
    Kind.KEY_ACCOUNT,
    Kind.TOPIC_BURST,
    Kind.RULE,
    Kind.AUDIT_SIGN,
    Kind.REPORTED,
}  # `name` says what is wrong, not what is counted
_AMOUNT_SAYS = 0.005  # below this the amount at stake is rounding


def describe(finding: Finding, name: Text, *, currency: str = "") -> Text:
    """Say what was seen, what was expected, what that is, and since when; `name` is the metric's or the rule's.

    `currency` is what `stake` is counted in; without it the amount at stake is not said.
    """
    where = _where(name, finding)
    parts = [_fact(finding, where), fragment(": ", "："), _shape(finding), _since(finding)]
    said = fragment("".join(p.en for p in parts) + ".", "".join(p.zh for p in parts) + "。")
    return _joined(said, _holiday(finding), _stake(finding, currency), _provisional(finding))


def segment_label(segment: str) -> str:
    """Shorten `country=UK|channel=web` to `UK, web`; the whole has no label."""
    return ", ".join(part.rpartition("=")[2] for part in segment.split("|") if part)


def _where(name: Text, finding: Finding) -> Text:
    segment = segment_label(finding.segment)
    if not segment:
        return name
    return filled(
        FACTS["for" if finding.metric is None or finding.kind in _NAMED_RULES else "of"], name=name, segment=segment
    )


def _fact(finding: Finding, where: Text) -> Text:
    day = finding.day.isoformat()
    expected = _expected(finding)
    if finding.actual is None or finding.kind in _LASTING:
        if finding.kind is Kind.MISSING:
            return filled(FACTS["absent" if expected else "silent"], where=where, day=day, expected=expected or "")
        return filled(FACTS["wordless"], where=where, day=day)
    actual = figure(finding.actual, finding.unit)
    if expected is None:
        return filled(FACTS["alone"], where=where, day=day, actual=actual)
    return filled(FACTS["expected"], where=where, day=day, actual=actual, expected=expected)


def _expected(finding: Finding) -> Text | None:
    if finding.expected is None:
        return None
    value = figure(finding.expected, finding.unit)
    usual = band(finding.lower, finding.upper, finding.unit)
    return filled(FACTS["range"], expected=value, band=usual) if usual else value


def _shape(finding: Finding) -> Text:
    evidence = finding.evidence
    return filled(
        SHAPES[finding.kind],
        times=_times(finding),
        repeated=_of(evidence, "repeated", ": {value} rows came again", "：{value} 行重複"),
        limit=_limit(finding),
        related=_names(evidence),
        broken=_broken(evidence),
        detail=_detail(evidence),
        gap=_gap(evidence),
    )


def _times(finding: Finding) -> Text:
    said = comparison(finding.actual, finding.expected, finding.unit)
    return filled(fragment(", {said}", "，{said}"), said=said) if said else _NOTHING


def _of(evidence: Mapping[str, Any], key: str, en: str, zh: str) -> Text:
    value = evidence.get(key)
    if not isinstance(value, int | float) or not value:
        return _NOTHING
    return filled(fragment(en, zh), value=figure(value, ""))


def _limit(finding: Finding) -> Text:
    limit = finding.evidence.get("limit")
    if not isinstance(limit, int | float):
        return _NOTHING
    return filled(fragment(" of {value}", " {value}"), value=figure(limit, finding.unit))


def _names(evidence: Mapping[str, Any]) -> Text:
    related = [str(name) for name in evidence.get("related", ())]
    if not related:
        return _NOTHING
    return fragment(f" ({', '.join(related)})", f"（{'、'.join(related)}）")


def _broken(evidence: Mapping[str, Any]) -> Text:
    failed, checked = evidence.get("failed"), evidence.get("checked")
    if not isinstance(failed, int | float) or not failed:
        return Text(en="the rule is broken", zh="不符合規則")
    if not isinstance(checked, int | float) or not checked:
        return filled(Text(en="{failed} break the rule", zh="{failed}不符合規則"), failed=figure(failed, "rows"))
    template = Text(en="{failed} of {checked} break the rule", zh="{checked}中有 {failed} 行不符合規則")
    return filled(template, failed=figure(failed, ""), checked=figure(checked, "rows"))


def _detail(evidence: Mapping[str, Any]) -> Text:
    detail = evidence.get("detail")
    if not detail:
        return _NOTHING
    both = detail if isinstance(detail, Mapping) else {"en": str(detail), "zh": str(detail)}
    return fragment(f": {both.get('en', '')}", f"：{both.get('zh', '')}")


def _gap(evidence: Mapping[str, Any]) -> Text:
    silent, usual = evidence.get("silent_days"), evidence.get("usual_gap")
    if not isinstance(silent, int | float) or not silent:
        return _NOTHING
    quiet = filled(fragment(", no order for {n}", "，已 {n}沒有訂單"), n=figure(silent, "days"))
    if not isinstance(usual, int | float) or not usual:
        return quiet
    template = fragment("; one every {n} is usual", "，平常每 {n}一筆")
    rhythm = filled(template, n=figure(usual, "days"))
    return fragment(quiet.en + rhythm.en, quiet.zh + rhythm.zh)


def _since(finding: Finding) -> Text:
    days = (finding.day - finding.first_day).days + 1
    if days <= 1:
        return _NOTHING
    return filled(FACTS["since"], first_day=finding.first_day.isoformat(), days=str(days))


def _holiday(finding: Finding) -> Text:
    holiday = finding.evidence.get("holiday")
    return filled(FACTS["holiday"], holiday=str(holiday)) if holiday else _NOTHING


def _stake(finding: Finding, currency: str) -> Text:
    if not currency or not finding.stake or finding.stake < _AMOUNT_SAYS:
        return _NOTHING
    return filled(FACTS["stake"], stake=figure(finding.stake, currency))


def _provisional(finding: Finding) -> Text:
    return FACTS["provisional"] if finding.provisional else _NOTHING


def _joined(*sentences: Text) -> Text:
    return Text(en=" ".join(s.en.strip() for s in sentences if s.en), zh="".join(s.zh for s in sentences))
