"""What the board over time says."""

from __future__ import annotations

from detect.model import Text
from detect.notices.catalogue import fill
from detect.series.metric import Stage

__all__ = ["STAGES", "said"]


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


def said(key: str, language: str, **values: str) -> str:
    """Give one sentence or heading in one language."""
    return fill(_WORDS[key][language], values)


STAGES = {
    Stage.SALES: _text("Sales", "銷售"),
    Stage.PROCUREMENT: _text("Procurement", "採購"),
    Stage.PRODUCTION: _text("Production", "生產"),
    Stage.INVENTORY: _text("Inventory", "庫存"),
    Stage.FINANCE: _text("Finance", "財務"),
    Stage.OPERATIONS: _text("Operations", "營運"),
}
_WORDS = {
    "title": _text("Board, {first} to {last}", "總覽看板，{first} 至 {last}"),
    "headline": _text(
        "{cases} exceptions, {open} of them open; {nights} of {days} nights were complete",
        "異常 {cases} 件，其中未結 {open} 件；{days} 晚中有 {nights} 晚檢查完整",
    ),
    "weeks": _text("Exceptions by week and level", "各週各級異常"),
    "weeks_alt": _text("Bars of exceptions a week by level: {list}.", "各週各級異常數量柱狀圖：{list}。"),
    "week": _text("Week of", "週（週一）"),
    "departments": _text("Exceptions by department and level", "各部門各級異常"),
    "all": _text("all", "合計"),
    "pace": _text("How long each step took", "各環節所用時間"),
    "pace_note": _text(
        "Medians. Days run from the first day of the trouble to the night that told it; then working hours. A dash: no case came so far.",
        "均為中位數。天數自異常首日至預警當晚；其後以工作小時計。橫線表示尚無案件進行至此。",
    ),
    "detect": _text("Days to detect", "發現（天）"),
    "acknowledge": _text("Hours to acknowledge", "確認（小時）"),
    "resolve": _text("Hours to resolve", "解決（小時）"),
    "cases": _text("Cases", "件數"),
    "open": _text("Open", "未結"),
    "matrix": _text("What is watched", "監測覆蓋"),
    "matrix_note": _text(
        "Metrics and checks by part of the business and category. A stage without any is a gap: nothing there can be told.",
        "按業務環節與異常類別統計指標與檢查。空白的環節即監測缺口：其中的異常無從發現。",
    ),
    "stage": _text("Stage", "環節"),
    "gaps": _text("Not watched at all: {list}.", "完全未監測：{list}。"),
    "no_gaps": _text("Every stage is watched.", "各環節均有監測。"),
    "health": _text("Are the detectors awake?", "檢測器是否有效"),
    "health_note": _text(
        "Troubles planted into a copy of the figures of {day} and judged as that night was; the copy is thrown away and nobody is told.",
        "於 {day} 數據的副本中植入已知問題，並按當晚方式判斷；副本隨即丟棄，不通知任何人。",
    ),
    "whole": _text("Whole figures, told", "整體指標檢出"),
    "parts": _text("Parts of them, told", "分項檢出"),
    "share": _text("Share", "比率"),
    "trouble": _text("Trouble", "植入的問題"),
    "no_canaries": _text("No series has enough history yet.", "尚無歷史足夠的序列。"),
    "nights": _text("Nights that were not complete", "檢查不完整的夜間"),
    "nights_none": _text("All {count} nights of these days were complete.", "期間 {count} 晚均完整。"),
    "nights_missing": _text("{count} of these days have no run at all.", "期間有 {count} 日完全沒有執行。"),
    "night": _text("Business day", "業務日"),
    "made": _text("Checks made", "已完成檢查"),
    "hidden": _text("Restricted cases are not counted.", "受限案件不計入。"),
}
