"""What `detect status` says, in both languages."""

from __future__ import annotations

from detect.model import Text
from detect.notices.numbers import number

__all__ = ["RUN_WORDS", "STATUS", "rate"]


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


RUN_WORDS = {
    "nightly": _text("nightly", "夜間"),
    "rerun": _text("rerun", "重跑"),
    "backfill": _text("backfill", "回補"),
    "complete": _text("complete", "完整"),
    "incomplete": _text("incomplete", "不完整"),
    "failed": _text("failed", "失敗"),
}
STATUS = {
    "day": _text("business day", "業務日"),
    "mode": _text("mode", "方式"),
    "state": _text("state", "狀態"),
    "checks": _text("checks", "檢查數"),
    "outcomes": _text("outcomes", "結果"),
    "lost": _text("Not judged on {day}:", "{day} 未能判斷："),
    "what": _text("what", "項目"),
    "detector": _text("detector", "方法"),
    "outcome": _text("outcome", "結果"),
    "why": _text("why", "原因"),
    "messages": _text("Messages: {counts}", "訊息：{counts}"),
    "dead": _text("Given up: {to} over {channel}: {error}", "已放棄：{to}（{channel}）：{error}"),
    "promised": _text(
        "Promised and realised false alarms a week, over {weeks} weeks:", "每週承諾與實際的誤報，最近 {weeks} 週："
    ),
    "department": _text("department", "部門"),
    "promise": _text("promised", "承諾"),
    "realised": _text("realised", "實際"),
    "told": _text("told", "預警"),
    "true": _text("true", "屬實"),
    "expected": _text("expected", "預期之內"),
    "false": _text("false", "誤報"),
    "new_normal": _text("new normal", "新常態"),
    "unknown": _text("no verdict", "無結論"),
    "week": _text("week of", "週"),
    "unknown_all": _text(
        "Of {told} told nobody has said what {unknown} were: what was realised lies between the two figures, and is not known closer.",
        "已預警 {told} 件中，有 {unknown} 件尚無結論：實際值介於兩數之間，無法更準確。",
    ),
    "known_all": _text("Of all {told} told somebody has said what they were.", "已預警的 {told} 件均已有結論。"),
    "none_told": _text("Nothing was told that could be a false alarm of theirs.", "未曾預警任何可能為其誤報的異常。"),
    "no_night": _text("No night yet: nothing can be said.", "尚未運行：無從說明。"),
}


def rate(realised: tuple[float, float] | None) -> str:
    """Write what was realised a week: one figure where it is known, else from the least to the most that it may be."""
    if realised is None:
        return "–"
    least, most = (number(round(value, 2)) for value in realised)
    return least if least == most else f"{least}–{most}"
