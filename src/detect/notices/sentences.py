"""The sentences about a finding, by its kind, in both languages; `{name}` places are filled with text alone."""

from __future__ import annotations

from detect.model import Kind, Text

__all__ = ["FACTS", "SHAPES"]


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


# What was seen. `{where}` is the metric, with its segment.
FACTS = {
    "expected": _text(
        "{where} on {day} was {actual}; {expected} was expected", "{where}於 {day} 為 {actual}，預期為 {expected}"
    ),
    "weeks": _text(
        "{where} was {actual} over the {weeks} weeks up to {day}; {expected} in the weeks before",
        "{where}於截至 {day} 的 {weeks} 週平均為 {actual}，此前為 {expected}",
    ),
    "window": _text(
        "{where} was {actual} over the {window} days up to {day}; {expected} was expected",
        "{where}於截至 {day} 的 {window} 天為 {actual}，預期為 {expected}",
    ),
    "alone": _text("{where} on {day} was {actual}", "{where}於 {day} 為 {actual}"),
    "absent": _text(
        "{where} has no figure for {day}; {expected} was expected", "{where}於 {day} 沒有數值，預期為 {expected}"
    ),
    "silent": _text("{where} has no figure for {day}", "{where}於 {day} 沒有數值"),
    "wordless": _text("{where} on {day}", "{where}（{day}）"),
    "whole": _text("{where} on {day}, {whole}", "{where}（{day}），{whole}"),
    "since": _text(", since {first_day} ({days} days)", "，自 {first_day} 起（{days} 天）"),
    "provisional": _text(
        " Provisional: there is little history to compare with.", "（暫定判斷：可供比較的歷史資料不多。）"
    ),
    "holiday": _text(" The day is {holiday}.", "當日為{holiday}。"),
    "stake": _text(" At stake: {stake}.", "涉及金額：{stake}。"),
    "of": _text("{name} of {segment}", "{segment}的{name}"),
    "for": _text("{name} ({segment})", "{name}（{segment}）"),
    "will_miss": _text("at this pace the plan will be missed", "照此進度將無法達成計劃"),
    "sign_flip": _text("the sign seems to be reversed", "正負號疑似顛倒"),
    "data_not_business": _text(
        " Data, not business: {cause}{complete}.", "屬數據問題，非業務異常：{cause}{complete}。"
    ),
    "data_and_business": _text(" {cause}{complete}, which is still unusual.", "{cause}{complete}，仍屬異常。"),
    "some_loaded": _text("{share} of the usual rows of {table} are loaded", "{table} 僅載入平常行數的 {share}"),
    "too_many_loaded": _text("{table} holds {share} of the rows it should", "{table} 的行數為應有的 {share}"),
    "not_as_agreed": _text("the table {table} is not as agreed", "資料表 {table} 的結構與約定不符"),
    "late_rows": _text("the rows of {table} are late", "{table} 的資料延遲"),
    "if_complete": _text("; with complete data it would be about {estimate}", "；若資料正確完整，約為 {estimate}"),
    "range": _text("{expected} ({band})", "{expected}（{band}）"),
}

# What it is, said after the fact and a colon. `{times}` compares with the usual and may be empty.
SHAPES = {
    Kind.SPIKE: _text("a spike{times}", "突然升高{times}"),
    Kind.DIP: _text("a dip{times}", "突然下降{times}"),
    Kind.LEVEL_SHIFT: _text("a new level that stays{times}", "水平改變且持續{times}"),
    Kind.DRIFT: _text("a slow drift away from the usual{times}", "逐漸偏離平常水平{times}"),
    Kind.STUCK: _text("the figure no longer moves", "數值停滯不變"),
    Kind.MISSING: _text("the day's data have not arrived", "當日資料未到"),
    Kind.PARTIAL_LOAD: _text(
        "only part of the day's data seems to have arrived{times}", "當日資料疑似只到了一部分{times}"
    ),
    Kind.DOUBLE_LOAD: _text(
        "the day's data seem to have been loaded twice{repeated}", "當日資料疑似重複載入{repeated}"
    ),
    Kind.UNIT_ERROR: _text("the figure seems to be in another unit or scale{times}", "數值的單位或量級疑似有誤{times}"),
    Kind.PATTERN_BREAK: _text("the weekly pattern is broken{times}", "週期規律被打破{times}"),
    Kind.LIMIT: _text("the limit{limit} is passed", "超過門檻值{limit}"),
    Kind.FORECAST_BREACH: _text(
        "at this pace the limit{limit} will be passed{pace}", "照此趨勢將超過門檻值{limit}{pace}"
    ),
    Kind.OFF_TARGET: _text("off the target{times}", "偏離目標{times}"),
    Kind.JOINT: _text(
        "it does not fit the figures it usually moves with{related}", "與平常同步變動的指標不一致{related}"
    ),
    Kind.RULE: _text("{broken}", "{broken}"),
    Kind.SCHEMA: _text("the table is not as agreed{columns}", "資料表結構與約定不符{columns}"),
    Kind.FRESHNESS: _text("the data are late{late}", "資料延遲{late}"),
    Kind.VOLUME: _text("an unusual number of rows{times}", "資料行數異常{times}"),
    Kind.RECONCILIATION: _text("two figures that must agree do not{detail}", "應一致的兩個數值不符{detail}"),
    Kind.DELAY: _text("it takes longer than usual{times}", "耗時較平常長{times}"),
    Kind.INTERRUPTION: _text("the process has stopped", "流程中斷"),
    Kind.MISSING_STEP: _text("a step was left out{detail}", "缺少節點{detail}"),
    Kind.WRONG_ORDER: _text("steps came in the wrong order{detail}", "節點順序錯誤{detail}"),
    Kind.REWORK: _text("steps were repeated{detail}", "節點重複返工{detail}"),
    Kind.BACKLOG: _text("work is piling up{times}", "積壓增加{times}"),
    Kind.RATE: _text("more often than chance explains{times}", "發生率偏高，難以用偶然解釋{times}"),
    Kind.KEY_ACCOUNT: _text("a key customer is falling away{gap}", "重要客戶有流失跡象{gap}"),
    Kind.TOPIC_BURST: _text(
        "{topic} comes up far more often{times}{examples}", "{topic}的反饋明顯增多{times}{examples}"
    ),
    Kind.STRUCTURAL_BREAK: _text("a lasting change of structure{times}", "結構發生持續性變化{times}"),
    Kind.EXTERNAL_EVENT: _text("an external event to watch{detail}", "需關注的外部事件{detail}"),
    Kind.AUDIT_SIGN: _text("a sign for review, which says nothing of guilt", "供覆核的跡象，不代表任何過失"),
    Kind.REPORTED: _text("reported by a person{detail}", "由人員上報{detail}"),
}
