"""What the notebooks say beside cases and explanations."""

from __future__ import annotations

from detect.model import Text

__all__ = ["WORDS", "word"]


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


def word(key: str, language: str, **values: str) -> str:
    """Give one sentence in one language."""
    return WORDS[key][language].format_map(values) if values else WORDS[key][language]


WORDS = {
    "review": _text("Review of the night of {day}", "{day} 夜間監測覆核"),
    "metric": _text("Everything about {name}", "{name}：全部資訊"),
    "summary": _text("The night", "當晚概況"),
    "cases": _text("The cases of the night", "當晚的異常"),
    "last_cases": _text("A quiet night; the last {count} cases before it", "當晚無異常；此前最近 {count} 件"),
    "no_cases": _text("No case yet.", "尚無異常案件。"),
    "hidden": _text("{count} restricted cases are not shown.", "另有 {count} 件受限案件未顯示。"),
    "why": _text("Why", "為何預警"),
    "compared": _text("Compared days", "對照日"),
    "day": _text("Day", "日期"),
    "holidays": _text("Holidays in the chart", "圖中假日"),
    "value": _text("Figure", "數值"),
    "level": _text("What made the level, and one level higher", "級別依據與升級條件"),
    "similar": _text("Similar earlier cases", "類似的過往案件"),
    "no_similar": _text("Nothing like it among {count} closed cases.", "在 {count} 件已結案件中沒有類似者。"),
    "likeness": _text("Likeness", "相似度"),
    "alike_in": _text("Alike in", "相似之處"),
    "verdict": _text("Verdict", "結論"),
    "cause": _text("Cause", "原因"),
    "contributions": _text("Which parts make up the departure", "偏離由哪些分項構成"),
    "part": _text("Part", "分項"),
    "share": _text("Share of the departure", "佔偏離"),
    "gap": _text("Departure", "偏離"),
    "rows": _text("The rows that weigh most", "影響最大的資料行"),
    "query": _text("The query that shows them all", "列出全部資料行的查詢"),
    "preview": _text("Preview: nothing is written yet", "預覽：尚未寫入"),
    "written": _text("Written", "已寫入"),
    "would": _text("{count} cases get the verdict “{verdict}”{cause}.", "{count} 件將獲得結論「{verdict}」{cause}。"),
    "would_cause": _text(", cause “{cause}”", "，原因「{cause}」"),
    "refused": _text("Not possible", "無法執行"),
    "cause_later": _text(
        "The cause is written for a case that somebody has acknowledged; here it is kept out.",
        "原因須待案件確認後方可登記；此處略過。",
    ),
    "learns_true": _text(
        "The nights that follow learn nothing new from “true”: it is the record.",
        "「真實異常」僅作記錄，不改變其後的判斷。",
    ),
    "learns_expected": _text(
        "From the next night on these days stay out of the baseline; a like departure, no larger, is not told for a year.",
        "自次晚起，這些日子不計入基準；一年內同類且不更大的偏離不再預警。",
    ),
    "learns_false": _text(
        "From the next night on these days count as ordinary; a like departure, no larger, is not told for a year.",
        "自次晚起，基準將這些日子視為平常；一年內同類且不更大的偏離不再預警。",
    ),
    "learns_new_normal": _text(
        "From the next night on the baseline stands at the level since the first day of each case.",
        "自次晚起，基準以各案件起始日後的水平為準。",
    ),
    "write": _text("Say it again with write=True to write it.", "加上 write=True 再執行即寫入。"),
    "event": _text("The known event “{name}”, {first} to {last}", "已知事件「{name}」，{first} 至 {last}"),
    "event_silences": _text(
        "Had it been known beforehand, {gone} of the {told} departures told of {metrics} in these days would not have been told.",
        "若事前已登記，這些日子裡{metrics}的 {told} 個預警中有 {gone} 個不會發出。",
    ),
    "event_other": _text(
        "{count} of them are not among the cases named: they would be silenced too.",
        "其中 {count} 個不屬於所列案件，也會一併靜默。",
    ),
    "event_later": _text(
        "It acts on business days after it is recorded ({day}); days before are changed by the verdict alone.",
        "登記日（{day}）之後的業務日才生效；之前的日子僅受結論影響。",
    ),
    "silenced": _text("Would be silent", "將靜默"),
    "still_told": _text("Would still be told", "仍會預警"),
    "chart": _text("The last year, with what was expected", "過去一年與預期"),
    "chart_key": _text(
        "Line: actual. Band: usual range. Dashes: expected. Dots: days of its cases. Grey stripes: holidays.",
        "實線：實際；色帶：正常範圍；虛線：預期；圓點：案件所涉日子；灰條：假日。",
    ),
    "parts": _text("What it is made of", "組成"),
    "level_now": _text(
        "It stands at {level} a day, the mean of the last four weeks.", "目前水平為每日 {level}（近四週平均）。"
    ),
    "month_ago": _text("That is {change} than four weeks before ({value}).", "較四週前（{value}）{change}。"),
    "year_ago": _text("A year before it stood at {value}: now {change}.", "一年前為 {value}：現今{change}。"),
    "more": _text("{share} more", "高 {share}"),
    "less": _text("{share} less", "低 {share}"),
    "same": _text("no more and no less", "持平"),
    "spread": _text(
        "An ordinary day lies within about {spread} of what is expected.", "平常的日子在預期上下約 {spread} 之內。"
    ),
    "weekdays": _text("Weekdays", "星期規律"),
    "weekday": _text("Weekday", "星期"),
    "against_level": _text("Against the level", "相對水平"),
    "calendar": _text("What the calendar does to it", "日曆的影響"),
    "calendar_none": _text("No calendar day moves it noticeably.", "沒有日曆日期對其有明顯影響。"),
    "calendar_on": _text(
        "On {name} {change} is expected ({days} seen, last {last}).",
        "{name}：預期{change}（見過 {days} 次，最近 {last}）。",
    ),
    "calendar_before": _text("the day before {name}", "{name}前一日"),
    "calendar_after": _text("the day after {name}", "{name}後一日"),
    "month_end": _text("the last day of the month", "月底"),
    "month_start": _text("the first day of the month", "月初"),
    "higher_by": _text("{value} more", "多 {value}"),
    "lower_by": _text("{value} less", "少 {value}"),
    "history": _text("Its cases", "歷來案件"),
    "outcomes": _text("How its checks ended in the last {count} nights", "最近 {count} 晚的檢查結果"),
    "nights": _text("Nights", "晚數"),
    "last_night": _text("Last", "最近"),
    "trend": _text("Trend: the level without weekday and calendar", "趨勢：扣除星期與日曆影響後的水平"),
    "weekday_part": _text("What the weekday adds or takes", "星期規律的增減"),
    "calendar_part": _text("What the calendar adds or takes", "日曆的增減"),
    "no_parts": _text(
        "Too short, or judged by a check of its own: no season can be shown.",
        "歷史過短，或由專門檢查判斷：無法顯示季節規律。",
    ),
    "outcome": _text("Outcome", "結果"),
    "checks": _text("Checks", "檢查次數"),
    "replay": _text("{name}, replayed", "{name}：回溯試算"),
    "replay_span": _text(
        "Every night from {first} to {last} judged by the days before it; nothing is written.",
        "{first} 至 {last} 每晚僅依其前的日子判斷；不寫入任何內容。",
    ),
    "as_today": _text("As today", "現行設定"),
    "as_changed": _text("With {settings}", "改為 {settings}"),
    "would_tell": _text("What would have been told", "會預警的案件"),
    "would_tell_none": _text("Nothing would have been told.", "不會有任何預警。"),
    "would_miss": _text("Known cases that would not have been told", "不會預警的已知案件"),
    "would_miss_none": _text("Every known case would have been told.", "已知案件均會預警。"),
    "known": _text("What is known of it", "已知情況"),
    "thresholds": _text("If the promise were another", "若調整誤報承諾"),
    "thresholds_note": _text(
        "What the last year would have told at other promises of false episodes per 1,000 series-days, with the models of today.",
        "以現有模型，在每千序列日不同誤報承諾下，過去一年會預警的日子。",
    ),
    "promise_of": _text("{budget} per 1,000", "每千日 {budget}"),
    "promise": _text("Promise", "承諾"),
    "episodes": _text("Episodes", "預警次數"),
    "which_days": _text("First days", "起始日"),
    "quality": _text("Data quality up to {day}", "截至 {day} 的數據質量"),
    "quality_none": _text("No expectations were checked.", "未檢查數據預期。"),
    "quality_counts": _text(
        "Of {total} expectations {met} were met, {failed} were not, {unchecked} could not be checked.",
        "{total} 項數據預期中，符合 {met} 項，不符 {failed} 項，未能檢查 {unchecked} 項。",
    ),
    "suites": _text("The suites over the last {count} nights", "最近 {count} 晚的數據預期"),
    "failed_nights": _text("Nights failed", "不符晚數"),
    "unchecked_nights": _text("Nights not checked", "未檢查晚數"),
    "last_failed": _text("Last failed", "最近不符"),
    "strip": _text("Last {count} nights", "最近 {count} 晚"),
    "strip_key": _text(
        "A mark a night, the last one right: · met, █ not met, ? not checked, ! error, blank: not planned.",
        "每晚一格，最右為最近一晚：· 符合，█ 不符，? 未檢查，! 錯誤，空白：未安排。",
    ),
    "rows_a_day": _text("Rows that came for each day", "每日到達的資料行數"),
    "rows_of": _text("{table}, last day with rows: {last}", "{table}，最近有資料的日子：{last}"),
    "definition": _text("How it is defined", "定義"),
    "kind": _text("Shape", "形態"),
}
