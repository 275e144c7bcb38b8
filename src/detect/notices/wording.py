"""A finding as a sentence that a head can read aloud, in both languages."""

from __future__ import annotations

import re

from detect.model import Finding, Kind, Text
from detect.notices.catalogue import filled, fragment
from detect.notices.contributions import made_of
from detect.notices.evidence import NOTHING, data_fault, parts
from detect.notices.numbers import band, figure
from detect.notices.segments import segment_label
from detect.notices.sentences import FACTS, SHAPES
from detect.notices.watched_words import said_of

__all__ = ["describe", "segment_label"]

# Kinds whose name says what is wrong, not what is counted.
_RULES = {Kind.KEY_ACCOUNT, Kind.TOPIC_BURST, Kind.RULE, Kind.AUDIT_SIGN, Kind.REPORTED}
# Kinds whose `actual` and `expected`, if any, are counts of the check itself: the sentence about the kind says them better.
_WORDLESS = {Kind.INTERRUPTION, Kind.FRESHNESS, Kind.SCHEMA}
_LEAST_STAKE = 0.005  # less is rounding


def describe(finding: Finding, name: Text, *, currency: str = "") -> Text:
    """Say what was seen, what was expected, what that is, and since when; `name` is the metric's or the rule's.

    `currency` is what `stake` is counted in; without it the amount at stake is not said.
    """
    said = (_fact(finding, _where(name, finding)), fragment(": ", "："), _shape(finding), _since(finding))
    sentence = fragment("".join(part.en for part in said) + ".", "".join(part.zh for part in said) + "。")
    more = (_holiday(finding), _stake(finding, currency), _provisional(finding))
    return _joined(sentence, data_fault(finding), made_of(finding), *more)


def _where(name: Text, finding: Finding) -> Text:
    segment = segment_label(finding.segment)
    if not segment:
        return name
    of_a_rule = finding.metric is None or finding.kind in _RULES
    return filled(FACTS["for" if of_a_rule else "of"], name=name, segment=segment)


def _fact(finding: Finding, where: Text) -> Text:
    day = finding.day.isoformat()
    whole = said_of(finding)
    if whole is not None:
        return filled(FACTS["whole"], where=where, day=day, whole=whole)
    expected = _expected(finding, where)
    if _says_nothing(finding):
        return filled(FACTS["wordless"], where=where, day=day)
    if finding.actual is None:
        if finding.kind is not Kind.MISSING:
            return filled(FACTS["wordless"], where=where, day=day)
        return filled(FACTS["absent" if expected else "silent"], where=where, day=day, expected=expected or "")
    actual = _figure(finding.actual, finding.unit, where)
    if expected is None:
        return filled(FACTS["alone"], where=where, day=day, actual=actual)
    weeks, window = (str(finding.evidence.get(name, "")) for name in ("weeks", "window_days"))
    several = window not in {"", "1"} and finding.kind is not Kind.KEY_ACCOUNT
    said = FACTS["weeks" if weeks else "window" if several else "expected"]
    return filled(said, where=where, day=day, actual=actual, expected=expected, weeks=weeks, window=window)


def _says_nothing(finding: Finding) -> bool:
    counted = "failed_rows" in finding.evidence or "last_order" in finding.evidence
    return finding.kind in _WORDLESS or (finding.kind in _RULES and counted)


def _figure(value: float, unit: str, where: Text) -> Text:
    """Say a figure without its unit where the name has said it: not "units sold was 12 units"."""
    said = figure(value, unit)
    plain = figure(value, "") if unit and re.search(rf"\b{re.escape(unit)}\b", where.en, re.IGNORECASE) else said
    return Text(en=plain.en, zh=said.zh)


def _expected(finding: Finding, where: Text) -> Text | None:
    if finding.expected is None:
        return None
    value = _figure(finding.expected, finding.unit, where)
    usual = band(finding.lower, finding.upper, finding.unit)
    return filled(FACTS["range"], expected=value, band=usual) if usual else value


def _shape(finding: Finding) -> Text:
    shape = SHAPES[finding.kind]
    if finding.kind is Kind.UNIT_ERROR and finding.evidence.get("shape") == "sign_flip":
        shape = FACTS["sign_flip"]
    elif finding.evidence.get("against") == "pace":
        shape = FACTS["will_miss"]
    elif finding.evidence.get("could_not_be_checked"):
        shape = SHAPES[Kind.RULE]
    return filled(shape, **parts(finding))


def _since(finding: Finding) -> Text:
    days = (finding.day - finding.first_day).days + 1
    if days <= 1 or "last_order" in finding.evidence:
        return NOTHING
    return filled(FACTS["since"], first_day=finding.first_day.isoformat(), days=str(days))


def _holiday(finding: Finding) -> Text:
    holiday = finding.evidence.get("holiday")
    return filled(FACTS["holiday"], holiday=str(holiday)) if holiday else NOTHING


def _stake(finding: Finding, currency: str) -> Text:
    if not currency or not finding.stake or finding.stake < _LEAST_STAKE:
        return NOTHING
    return filled(FACTS["stake"], stake=figure(finding.stake, currency))


def _provisional(finding: Finding) -> Text:
    return FACTS["provisional"] if finding.provisional else NOTHING


def _joined(*sentences: Text) -> Text:
    return Text(en=" ".join(s.en.strip() for s in sentences if s.en), zh="".join(s.zh for s in sentences))
