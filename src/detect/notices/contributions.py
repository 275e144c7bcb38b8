"""Which parts make up a departure, in words; read from a finding's or case's evidence `contributions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from detect.model import Finding, Text
from detect.notices.catalogue import filled, fragment
from detect.notices.numbers import figure
from detect.notices.segments import segment_label

__all__ = ["NO_PART", "contributions", "made_of", "part_label", "part_lines"]

Evidence = Mapping[str, Any]
NO_PART = "…"  # the segment of what no part covers
_NAMED = 2
_WORTH = 0.1  # of the gap: less is not named
_ALL = 0.995
_SURPRISING = 0.01  # bits


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


_ONE = _text("{part} makes up {gap} of the gap of {whole}", "差距 {whole} 中，{part}佔 {gap}")
_TWO = _text(
    "{part} makes up {gap} and {other} {more} of the gap of {whole}",
    "差距 {whole} 中，{part}佔 {gap}，{other}佔 {more}",
)
_MORE = _text(
    "{part} alone departs by {gap}, more than the gap of {whole}; other parts went the other way",
    "單是{part}即偏離 {gap}，超過差距 {whole}；其他分項則方向相反",
)
_SHARE = _text(
    "{part} makes up {share} of the gap, {rate} by its own ratio and {mix} by its weight among the parts",
    "{part}佔差距的 {share}：其中 {rate} 來自自身比率，{mix} 來自占比變化",
)
_LINE = _text(
    "{part}: {actual}, expected {expected}: {gap}, {share} of the gap",
    "{part}：{actual}，預期 {expected}；偏離 {gap}，佔差距 {share}",
)
_RATIO_LINE = _text(
    "{part}: {gap}, {share} of the gap ({rate} by its own ratio, {mix} by its weight)",
    "{part}：偏離 {gap}，佔差距 {share}（自身比率 {rate}，占比 {mix}）",
)
_REST = _text("{part}: {gap}, {share} of the gap", "{part}：偏離 {gap}，佔差距 {share}")
_SURPRISE = _text("; its share of the whole moved by {bits} bits", "；其佔比變動 {bits} 位元")
_SUM = _text("Together {whole}, which is the whole gap.", "合計 {whole}，即全部差距。")
_OTHERS = _text("all others", "其餘")


def contributions(evidence: Evidence) -> Sequence[Evidence]:
    """Return the contributions of an evidence, the largest first; empty where there are none."""
    given = evidence.get("contributions", ())
    return [part for part in given if isinstance(part, Mapping) and isinstance(part.get("share"), int | float)]


def made_of(finding: Finding) -> Text:
    """Say in one sentence which parts make up the gap; nothing where no part does."""
    named = [p for p in contributions(finding.evidence) if p["segment"] != NO_PART and p["share"] >= _WORTH]
    if not named:
        return fragment("", "")
    said = _shares(named[0]) if "rate" in named[0] else _amounts(finding, named)
    return fragment(f"{said.en}.", f"{said.zh}。")


def _amounts(finding: Finding, named: Sequence[Evidence]) -> Text:
    whole = figure(abs((finding.actual or 0.0) - (finding.expected or 0.0)), finding.unit)
    first, gap = part_label(named[0]), figure(abs(named[0]["gap"]), finding.unit)
    if named[0]["share"] > 1 / _ALL:
        return filled(_MORE, part=first, gap=gap, whole=whole)
    others = named[1:_NAMED]
    if not others or named[0]["share"] >= _ALL:
        return filled(_ONE, part=first, gap=gap, whole=whole)
    more = figure(abs(others[0]["gap"]), finding.unit)
    return filled(_TWO, part=first, gap=gap, other=part_label(others[0]), more=more, whole=whole)


def _shares(part: Evidence) -> Text:
    by = {name: _percent(part[name] / part["gap"] * part["share"]) for name in ("rate", "mix")}
    return filled(_SHARE, part=part_label(part), share=_percent(part["share"]), **by)


def part_label(part: Evidence) -> Text:
    """Name a part as people know it."""
    name = segment_label(str(part["segment"]))
    return _OTHERS if name == NO_PART else Text(en=name, zh=name)


def part_lines(evidence: Evidence, unit: str) -> Iterator[Text]:
    """Say each part's share of the gap in a line, then what they add up to."""
    parts = contributions(evidence)
    for part in parts:
        yield _line(part, unit)
    if parts:
        yield filled(_SUM, whole=figure(sum(part["gap"] for part in parts), unit))


def _line(part: Evidence, unit: str) -> Text:
    said: dict[str, str | Text] = {
        "part": part_label(part),
        "gap": figure(part["gap"], unit),
        "share": _percent(part["share"]),
    }
    if "rate" in part:
        line = filled(_RATIO_LINE, **said, **{name: figure(part[name], unit) for name in ("rate", "mix")})
    elif "actual" in part:
        line = filled(_LINE, **said, **{name: figure(part[name], unit) for name in ("actual", "expected")})
    else:
        line = filled(_REST, **said)
    bits = part.get("surprise")
    more = filled(_SURPRISE, bits=f"{bits:.2f}") if bits is not None and bits >= _SURPRISING else fragment("", "")
    return Text(en=f"{line.en}{more.en}.", zh=f"{line.zh}{more.zh}。")


def _percent(share: float) -> str:
    return f"{round(share, 2) + 0.0:.0%}"  # + 0.0 makes minus zero zero
