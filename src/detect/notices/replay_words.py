"""What a replay came to, in words: what would have been told against what people know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from detect.model import Outcome, Text
from detect.notices.catalogue import OUTCOMES, filled
from detect.notices.numbers import number

__all__ = ["COLUMNS", "KNOWN", "judged_sentence", "silent_sentences", "told_sentence"]


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


# By what is known of a case: as a mark in the table, then as a part of the sentence.
KNOWN = {
    "true": _text("held true", "已認定屬實"),
    "expected": _text("held expected", "已認定為預期之內"),
    "false": _text("held false", "已認定為誤報"),
    "new_normal": _text("held the new normal", "已認定為新常態"),
    "related": _text("a related case held true", "相關案件已認定屬實"),
    "no_verdict": _text("no verdict yet", "尚無結論"),
    "event": _text("a registered event", "已登記事件"),
    "unexplained": _text("unexplained", "無從解釋"),
    "missed": _text("missed", "漏報"),
    "not_told": _text("not told", "不再預警"),
}
_MATCH = {
    "true": _text("{n} match cases held true", "{n} 件與認定屬實的案件相符"),
    "expected": _text("{n} match cases held expected", "{n} 件與認定為預期之內的案件相符"),
    "false": _text("{n} match cases held false", "{n} 件與認定為誤報的案件相符"),
    "new_normal": _text("{n} match cases held the new normal", "{n} 件與認定為新常態的案件相符"),
    "related": _text("{n} match cases of related metrics held true", "{n} 件與相關指標認定屬實的案件相符"),
    "no_verdict": _text("{n} match cases without a verdict", "{n} 件與尚無結論的案件相符"),
    "event": _text("{n} lie in registered events", "{n} 件屬於已登記事件"),
    "unexplained": _text("{n} unexplained", "{n} 件無從解釋"),
}
_TOLD = _text("It would have told {n}", "共會預警 {n} 件")
_MISSED = _text("missed {n}", "漏報 {n} 件")
_SILENT = {
    "true": _text("Missed: {n} held true would not have been told.", "漏報：{n} 件認定屬實者不會預警。"),
    "expected": _text("{n} held expected would not have been told.", "{n} 件認定為預期之內者不會預警。"),
    "false": _text("{n} held false would not have been told.", "{n} 件認定為誤報者不會預警。"),
    "new_normal": _text("{n} held the new normal would not have been told.", "{n} 件認定為新常態者不會預警。"),
    "no_verdict": _text(
        "{n} that were told, of which nobody has said what they were, would not have been.",
        "{n} 件已預警但尚無結論者不會預警。",
    ),
}
_JUDGED = _text("{judged} days of its series were judged in {weeks} weeks.", "{weeks} 週內共判斷 {judged} 個序列日。")
_NOT_JUDGED = _text("Not judged: {list}.", "未判斷：{list}。")
COLUMNS = {
    "known": _text("what is known", "已知情況"),
    "by": _text("by", "依據"),
    "level": _text("level", "級別"),
    "what": _text("what would have been told", "會預警的內容"),
}


def told_sentence(told: int, matches: Mapping[str, int], missed: int) -> Text:
    """Say how many would have been told, how they stand to what is known, and how many known ones would have been missed."""
    parts = [filled(_MATCH[known], n=f"{n:,}") for known, n in matches.items()] + [filled(_MISSED, n=f"{missed:,}")]
    head = filled(_TOLD, n=f"{told:,}")
    return Text(en=f"{head.en}: {', '.join(p.en for p in parts)}.", zh=f"{head.zh}：{'，'.join(p.zh for p in parts)}。")


def silent_sentences(silent: Mapping[str, int]) -> Iterator[Text]:
    """Say how many known cases would not have been told, by what they were held to be."""
    for known, n in silent.items():
        yield filled(_SILENT[known], n=f"{n:,}")


def judged_sentence(judged: int, not_judged: Mapping[Outcome, int], weeks: float) -> Text:
    """Say how many series-days were judged, and why others were not."""
    said = filled(_JUDGED, judged=f"{judged:,}", weeks=number(round(weeks, 1)))
    if not not_judged:
        return said
    listed = [(OUTCOMES[outcome], f"{n:,}") for outcome, n in not_judged.items()]
    lost = filled(
        _NOT_JUDGED,
        list=Text(en=", ".join(f"{t.en} {n}" for t, n in listed), zh="、".join(f"{t.zh} {n}" for t, n in listed)),
    )
    return Text(en=f"{said.en} {lost.en}", zh=f"{said.zh}{lost.zh}")
