"""The one catalogue of wording: labels of lists, steps and outcomes, first lines; and how its places are filled.

Sentences about findings stand beside it in `sentences`. A place `{name}` takes text and nothing else: no attribute of an object can be
reached from a sentence, whoever wrote it.
"""

from __future__ import annotations

import re

from detect.model import Category, Level, Outcome, Status, Text

__all__ = [
    "CATEGORIES",
    "CHANGES",
    "LABELS",
    "LEVELS",
    "OUTCOMES",
    "STATUSES",
    "STEPS",
    "fill",
    "filled",
    "fragment",
    "label",
    "labels",
]

_PLACE = re.compile(r"\{(\w+)\}")


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


def fill(template: str, values: dict[str, str]) -> str:
    """Put `values` into the places of `template`; raises KeyError for a place without a value."""
    return _PLACE.sub(lambda place: values[place.group(1)], template)


def filled(template: Text, **values: str | Text) -> Text:
    """Fill both languages at once; a Text fills each language with its own half."""

    def half(language: str) -> str:
        return fill(template[language], {k: v if isinstance(v, str) else v[language] for k, v in values.items()})

    return fragment(half("en"), half("zh"))


def fragment(en: str, zh: str) -> Text:
    """Make a part of a sentence; unlike a whole Text it keeps the blanks at its ends."""
    return Text.model_construct(en=en, zh=zh)


def label(key: str, language: str, **values: str) -> str:
    """Give one label in one language."""
    return fill(LABELS[key][language], values)


def labels(language: str) -> dict[str, str]:
    """Give every label in one language, for templates; places are still unfilled."""
    return {key: text[language] for key, text in LABELS.items()}


LEVELS = {
    Level.MAJOR: _text("Level 1 · major", "一級（重大）"),
    Level.LARGER: _text("Level 2 · larger", "二級（較大）"),
    Level.SOME: _text("Level 3 · slight", "三級（一般）"),
}
CATEGORIES = {
    Category.PROCESS: _text("process", "流程異常"),
    Category.DATA: _text("data", "數據異常"),
    Category.CUSTOMER: _text("customer", "客戶異常"),
    Category.MARKET: _text("market", "市場異常"),
    Category.FINANCIAL: _text("financial", "財務異常"),
}
CHANGES = {
    "opened": _text("new", "新增"),
    "extended": _text("goes on", "持續"),
    "worsened": _text("worse", "加重"),
    "recovered": _text("back to normal", "恢復正常"),
    "revised": _text("figures revised", "數值修正"),
    "withdrawn": _text("withdrawn: the data were corrected", "撤回：資料已更正"),
    "overdue": _text("overdue", "逾期"),
    "escalated": _text("escalated", "已升級上報"),
    "reopened": _text("back again", "再次發生"),
    "reminded": _text("due soon", "即將到期"),
    "referred": _text("reported to the management group", "上報異常管理小組"),
    "assigned": _text("handed over to you: accept it", "移交予您，請確認接受"),
    "measure_decided": _text("a measure of yours was decided", "已決定由您負責的措施"),
    "audit": _text("a sign of fraud, for audit", "舞弊跡象，移交審計"),
    "adopted": _text("a new owner, as nobody was left", "原責任人已不在，改由新責任人負責"),
    "": _text("still open", "未結"),
}
STATUSES = {
    Status.OPEN: _text("open", "待確認"),
    Status.ACKNOWLEDGED: _text("acknowledged", "已確認"),
    Status.ASSESSED: _text("assessed", "已評估"),
    Status.REPORTED: _text("reported", "已上報"),
    Status.MET: _text("met", "已開會"),
    Status.IN_MEASURES: _text("in measures", "處理中"),
    Status.OBSERVING: _text("observing", "觀察中"),
    Status.CLOSED: _text("closed", "已結案"),
    Status.ARCHIVED: _text("archived", "已歸檔"),
    Status.REOPENED: _text("reopened", "重啟"),
    Status.WITHDRAWN: _text("withdrawn", "已撤回"),
    Status.MERGED: _text("merged", "已合併"),
}
STEPS = {
    Status.OPEN: _text("{owner} acknowledges", "由{owner}確認收到"),
    Status.REOPENED: _text("{owner} acknowledges again", "由{owner}再次確認"),
    Status.ACKNOWLEDGED: _text("{owner} makes a first assessment", "由{owner}作初步評估"),
    Status.ASSESSED: _text("{owner} reports to the management group", "由{owner}上報異常管理小組"),
    Status.REPORTED: _text("the management group meets", "異常管理小組開會"),
    Status.MET: _text("the management group decides on measures", "異常管理小組決定措施"),
    Status.IN_MEASURES: _text("{owner} reports progress", "由{owner}匯報處理進展"),
    Status.OBSERVING: _text("the measures are checked by the figures", "以數據驗證措施成效"),
}
OUTCOMES = {
    Outcome.OK: _text("normal", "正常"),
    Outcome.FINDING: _text("exception", "異常"),
    Outcome.NO_DATA: _text("no data", "無資料"),
    Outcome.INSUFFICIENT_HISTORY: _text("too little history", "歷史資料不足"),
    Outcome.NON_FINITE: _text("not a number", "非有效數值"),
    Outcome.LATE: _text("late", "資料延遲"),
    Outcome.ERROR: _text("error", "錯誤"),
    Outcome.NOT_CHECKED: _text("not checked", "未檢查"),
}
LABELS = {
    "first_line": _text(
        "{made} of {planned} checks made, {new} new, {overdue} overdue, {stake} at stake",
        "{planned} 項檢查已完成 {made} 項，新增 {new} 件，逾期 {overdue} 件，涉及金額 {stake}",
    ),
    "subject_case": _text("[{level}] {description}", "［{level}］{description}"),
    "subject_quiet": _text("{day}: nothing new for you, {first_line}", "{day}：您負責的範圍無新增異常，{first_line}"),
    "subject_digest": _text("{day}: {news} to look at, {first_line}", "{day}：{news} 件需關注，{first_line}"),
    "subject_incomplete": _text("{day}: incomplete, {first_line}", "{day}：檢查未完成，{first_line}"),
    "subject_operations": _text("{day}: {missed} checks were not made", "{day}：{missed} 項檢查未能進行"),
    "title_digest": _text("Exceptions of {day}", "{day} 業務異常預警"),
    "title_case": _text("Warning of {day}", "{day} 預警信息"),
    "title_operations": _text("The monitoring of {day}", "{day} 監測系統自身情況"),
    "title_report": _text("Report of the night, {day}", "{day} 夜間監測報告"),
    "description": _text("What happened", "異常描述"),
    "level": _text("Level", "預警級別"),
    "impact": _text("Possible impact", "可能影響"),
    "measures": _text("Suggested measures", "建議措施"),
    "next": _text("Next step", "下一步"),
    "due": _text("by {due}", "期限 {due}"),
    "overdue_since": _text("overdue since {due}", "已逾期，原期限 {due}"),
    "expected": _text("Expected", "預期"),
    "actual": _text("Actual", "實際"),
    "range": _text("Usual range", "正常範圍"),
    "since": _text("Since", "開始日"),
    "first_day": _text("First day", "起始日"),
    "last_day": _text("Last day", "最後日"),
    "detected_on": _text("Detected on", "發現日"),
    "lower": _text("Lower end", "下限"),
    "upper": _text("Upper end", "上限"),
    "unit": _text("Unit", "單位"),
    "through": _text("through", "至"),
    "department": _text("Department", "責任部門"),
    "owner": _text("Responsible", "責任人"),
    "status": _text("Status", "狀態"),
    "category": _text("Category", "類別"),
    "stake": _text("At stake", "涉及金額"),
    "rule": _text("Level set by", "定級規則"),
    "higher": _text("One level higher if", "升一級的條件"),
    "case": _text("Case", "編號"),
    "open_case": _text("Open the case", "查看此異常"),
    "what": _text("What", "項目"),
    "segment": _text("Part", "分項"),
    "reason": _text("Why", "原因"),
    "outcome": _text("Outcome", "結果"),
    "count": _text("Count", "數量"),
    "method": _text("Method", "方法"),
    "table": _text("Table", "資料表"),
    "failed": _text("Rows at fault", "不符行數"),
    "checked": _text("Rows checked", "檢查行數"),
    "news": _text("To look at", "需關注"),
    "overdue": _text("overdue", "逾期"),
    "overdue_title": _text("Overdue", "逾期事項"),
    "made_of": _text("Made up of", "主要來自"),
    "parts": _text("The same trouble is seen in", "同一問題亦見於"),
    "earlier": _text("Seen before", "過往類似案件"),
    "still_open": _text("Still open", "未結事項"),
    "grouped": _text("{count} more of the same kind", "另有 {count} 件同類異常"),
    "not_judged": _text("What was not judged, and why", "未能判斷的項目及原因"),
    "not_judged_more": _text("and {count} more", "另有 {count} 項"),
    "all_judged": _text("Every planned check came to a judgement.", "所有計劃的檢查均已完成判斷。"),
    "deadline": _text("Deadline", "期限"),
    "incomplete": _text("Warnings that do not say everything they should", "內容不完整的預警信息"),
    "undelivered": _text("Messages that could not be delivered", "未能送達的信息"),
    "below": _text(
        "{count} open exceptions are about less money than the department wants to be told of; they are kept and can be looked up.",
        "另有 {count} 件未結異常的涉及金額低於部門的通知門檻，已記錄備查。",
    ),
    "subject_fallback": _text("A warning did not reach {name}", "預警信息未能送達{name}"),
    "title_fallback": _text("A message that was not delivered", "未能送達的信息"),
    "nothing": _text(
        "Every check was made; nothing new was found for you.", "檢查均已完成，您負責的範圍內未發現新的異常。"
    ),
    "nothing_incomplete": _text(
        "Nothing new was found for you, but not every check was made: this is no all-clear.",
        "您負責的範圍內未發現新的異常，但檢查未全部完成，不能視為一切正常。",
    ),
    "data_age": _text("Data up to {day}; judged {now}.", "資料截至 {day}；判斷時間 {now}。"),
    "no_data_age": _text("No data for this date; judged {now}.", "此日期沒有資料；判斷時間 {now}。"),
    "no_answer": _text("This message was sent automatically.", "本信息由系統自動發送。"),
    "publisher": _text("Published by {department}.", "發布部門：{department}。"),
    "none_said": _text("not stated yet", "尚未說明"),
    "chart_key": _text(
        "Line: actual. Band: usual range. Dashes: expected. Dots: what this case is about. Grey stripes: holidays.",
        "實線：實際；色帶：正常範圍；虛線：預期；圓點：本異常；灰條：假日。",
    ),
    "chart_alt": _text(
        "Chart of {days} days up to {last}: {marked} marked; the last value was {value}.",
        "截至 {last} 的 {days} 天走勢圖：標記 {marked} 天；最後一天為 {value}。",
    ),
    "summary": _text("Summary", "摘要"),
    "cases": _text("Exceptions", "異常"),
    "quality": _text("Data quality", "數據質量"),
    "coverage": _text("Coverage", "檢查覆蓋"),
    "promised": _text("Promised and realised false alarms", "承諾與實際的誤報"),
    "promised_column": _text("Promised a week", "每週承諾"),
    "realised_column": _text("Realised a week", "每週實際"),
    "judged_column": _text("With a verdict / told", "已有結論／已預警"),
    "evidence": _text("How this was worked out", "判斷依據"),
    "quality_ok": _text("All {count} expectations were met.", "{count} 項預期全部符合。"),
    "quality_none": _text("No expectations were checked in this run.", "本次未檢查數據預期。"),
    "promised_none": _text("No verdicts yet: nothing can be said.", "尚無結論，無從計算。"),
    "no_cases": _text("No exceptions on this date.", "此日期沒有異常。"),
    "no_cases_incomplete": _text(
        "The checks that were made found no exception; others could not be made.",
        "已完成的檢查未發現異常，但有檢查未能完成。",
    ),
    "no_cases_unchecked": _text(
        "No check took place: nothing can be said of this date.", "未進行任何檢查，此日期無從判斷。"
    ),
    "made": _text("checks made", "已完成檢查"),
    "new": _text("new", "新增"),
}
