"""What is said of external events: what kind they are, and what followed them."""

from __future__ import annotations

from detect.model import Text

__all__ = ["COLUMNS", "SAID", "TYPES"]


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


TYPES = {
    "competitor": _text("a competitor's move", "競爭對手動向"),
    "regulation": _text("a change of policy or regulation", "政策法規調整"),
    "economy": _text("the economy", "經濟環境"),
    "other": _text("outside the company", "公司外部"),
    "": _text("outside the company", "公司外部"),
}
COLUMNS = {
    "figure": _text("figure", "指標"),
    "segment": _text("part", "分項"),
    "expected": _text("to be expected", "原應為"),
    "actual": _text("was", "實際"),
    "change": _text("change a day", "每日變化"),
    "interval": _text("95% interval", "95% 區間"),
    "said": _text("what that means", "說明"),
}
SAID = {
    "detail": _text("{type}; source: {source}; watched: {metrics}", "{type}；來源：{source}；關注指標：{metrics}"),
    "beyond": _text(
        "more than such a stretch moves by itself: of {tried} earlier dates compared in the same way {as_large} moved as far",
        "超出同樣長度時段的自身波動：以同法比較的 {tried} 個較早日期中，有 {as_large} 個變動達此幅度",
    ),
    "within": _text(
        "within what such a stretch moves by itself: of {tried} earlier dates compared in the same way {as_large} moved as far",
        "未超出同樣長度時段的自身波動：以同法比較的 {tried} 個較早日期中，有 {as_large} 個變動達此幅度",
    ),
    "too_soon": _text(
        "{seen} days since the event; {needed} are needed", "事件後僅有 {seen} 天資料；至少需要 {needed} 天"
    ),
    "too_little": _text(
        "{seen} days before the event; {needed} are needed", "事件前僅有 {seen} 天資料；至少需要 {needed} 天"
    ),
    "method": _text(
        "Expected: the mean of the weekday over the {compared} days before {first}. Interval: how far such a continuation missed"
        " at earlier dates. Seasons that come once a year are not taken out; that a figure moved does not prove what moved it.",
        "原應為：{first} 前 {compared} 天同一星期日的平均。區間：以同法於較早日期推算的誤差。未剔除每年一次的季節因素；"
        "指標變動不代表由此事件造成。",
    ),
    "where": _text("{name} ({part})", "{name}（{part}）"),
    "followed": _text(
        "{event} ({type}), from {first} on; {where}: {expected} a day was to be expected, {actual} was there,"
        " a change of {change} (95% interval {interval}); {said}.",
        "{event}（{type}），自 {first} 起；{where}：原應為每日 {expected}，實際為 {actual}，變化 {change}（95% 區間 {interval}）；{said}。",
    ),
    "not_known": _text(
        "{event} ({type}), from {first} on; {where}: nothing can be said of its effect yet: {said}.",
        "{event}（{type}），自 {first} 起；{where}：尚無法判斷其影響：{said}。",
    ),
    "days": _text("{days} days from {first} on", "自 {first} 起 {days} 天"),
}
