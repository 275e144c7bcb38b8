"""Refusals and causes that the program wrote in English, said in the reader's language.

An error and a row of the ledger are written where something happened, in English and for every reader. Here the English sentence is the
key: what it was filled with is found again and put into the Chinese one. A sentence that is not here (what a database said) stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from detect.notices.catalogue import STATUSES, fill

__all__ = ["in_language"]

# A place takes anything; `{who}`, `{steps}`, `{status}`, `{subject}` are themselves said in Chinese, each part of a list.
_SENTENCES: Mapping[str, str] = {
    # what refuses a step of a case
    "case {id} is {status}; {step} is not possible now": "異常 {id} 目前狀態為「{status}」，不能「{step}」",
    "Possible now: {steps}": "目前可以：{steps}",
    "nobody is known as {name}": "查無此人：{name}",
    "Give the id of a person in `config/company.yaml`": "請使用 config/company.yaml 中的人員代號",
    "Give the id of a person of audit": "請使用審計人員的代號",
    "case {id}: {step} needs a note": "異常 {id}：「{step}」須附說明",
    "case {id}: {step} needs a note, as no metric can say it": "異常 {id}：沒有指標可資驗證，「{step}」須附說明",
    "Say in the note what, and why": "請說明內容及理由",
    "Say how you saw that the measures worked": "請說明如何確認措施有效",
    "case {id}: {step} is not for {name}": "異常 {id}：{name} 無權「{step}」",
    "case {id}: {step} is not for {name}, who handled it": "異常 {id}：{name} 為處理人，不得自行「{step}」",
    "It is for {who}": "應由{who}處理",
    "Somebody else must sign it off": "須由他人驗證",
    "case {id}: {step} names {name}, whom nobody knows": "異常 {id}：「{step}」所指的 {name} 不是已知人員",
    "case {id}: {step} names {name}, who owns it already": "異常 {id}：{name} 已是責任人",
    "Hand it to somebody else": "請轉交其他人",
    "case {id}: {step} is {level} already": "異常 {id}：級別已為 {level}",
    "Give another level": "請選擇其他級別",
    "case {id}: {step} says nothing": "異常 {id}：「{step}」沒有內容",
    "Say what is to be done": "請說明要採取的措施",
    "case {id}: {step} is due on {day}, which is past": "異常 {id}：「{step}」的期限 {day} 已過",
    "Give a date from today on": "請填寫今天或之後的日期",
    "case {id}: {step} names measure {number}": "異常 {id}：沒有第 {number} 項措施",
    "Measures are numbered 1 to {number}": "措施編號為 1 至 {number}",
    "case {id}: {step} names measure {number}, which is done already": "異常 {id}：第 {number} 項措施已完成",
    "Nothing is left to do for it": "無須再處理",
    "case {id}: {step} would go in a circle": "異常 {id}：不能併入自身或自身的分項",
    "Name another case": "請指定其他異常",
    "case {id}: {step} names {other}, which is {status}": "異常 {id}：所指的 {other} 狀態為「{status}」",
    "Name an open case": "請指定未結的異常",
    "case {id}: {step} needs an end in the future": "異常 {id}：「{step}」的截止時間須在未來",
    "Give an instant with its zone": "請填寫附時區的時間",
    "case {id}: {step} needs an end within a week": "異常 {id}：「{step}」最長一週",
    "Give an instant with its zone, at most 7 days away": "請填寫附時區、七天以內的時間",
    "case {id}: {step} must wait: measure {number} is not done": "異常 {id}：措施 {number} 未完成，暫不能「{step}」",
    "case {id}: {step} must wait: the metric is not seen back in its band": "異常 {id}：指標尚未回到正常範圍，暫不能「{step}」",
    "Wait for the observation, or reopen the case": "請等待觀察結果，或重啟異常",
    # what the page for answers refuses
    "the note has {number} characters": "說明長達 {number} 字",
    "Say it in {number}": "請精簡至 {number} 字以內",
    "there is no answer {name}": "沒有「{name}」這項操作",
    "Use the buttons of the page": "請使用頁面上的按鈕",
    "no level is given": "未選擇級別",
    "Choose 1, 2 or 3": "請選擇 1、2 或 3",
    "no number of days is given": "未選擇天數",
    "Choose one of the days offered": "請選擇所列天數之一",
    # causes in the ledger of a night
    "departs from what was expected": "偏離預期",
    "no row where one was expected": "應有資料而無",
    "the value is not a finite number": "數值無效",
    "the table is not yet complete for the day": "資料表當日尚未完整",
    "no figures of this metric were ever seen": "此指標從無數據",
    "a value never seen before": "出現從未見過的值",
    "a value that came steadily stays away": "原本穩定出現的值不再出現",
    "not run for a past night: only the table as it is now can answer it; the last night of a range runs it":
        "此規則只能以資料表的現況回答，不對過去的日期執行；區間的最後一晚會執行",
    "Table {table}: column {column}: expected one currency among the amounts of {metric}, seen {seen}":
        "資料表 {table} 的欄位 {column}：{metric} 的金額應為單一幣別，實為 {seen}",
    "nothing is planned for {name}": "{name} 沒有計劃值",
    "{name} has no figures": "{name} 沒有數值",
    "{name} has no figures so far": "{name} 至今沒有數值",
    "only {n} periods before it were seen whole": "此前僅有 {n} 期數據完整",
    "the two sides differ": "兩邊不一致",
    "{name} could not be pulled": "無法讀取 {name}",
    "{name} have no figure": "{name} 沒有數值",
    "{name} was not seen whole": "{name} 的數據不完整",
}  # fmt: skip
_WORDS: Mapping[str, str] = {
    **{status.value: said.zh for status, said in STATUSES.items()},
    "the owner": "責任人", "the head of the department": "部門負責人", "a member of the department": "部門成員",
    "the management group": "異常管理小組", "the monitoring department": "監測部門", "audit": "審計",
    "the person it was handed to": "受轉交人", "the owner of a measure": "措施負責人",
    "ack": "確認收到", "assess": "評估", "refer": "上報", "meet": "開會", "measure": "決定措施", "measure --done": "完成措施",
    "progress": "匯報進展", "resolve": "處理完畢", "verify": "驗證", "close": "結案", "archive": "歸檔", "reopen": "重啟",
    "assign": "轉交", "accept": "接手", "level": "更正級別", "verdict": "下結論", "cause": "確定原因", "comment": "備註",
    "merge": "合併", "mute": "暫停通知", "snooze": "稍後提醒", "withdraw": "撤回",
}  # fmt: skip
_NAMED = frozenset({"who", "steps", "step", "status"})  # places whose parts are words of ours
_PARTS = re.compile(r", | or ")


def in_language(text: str, language: str) -> str:
    """Return the sentences of `text` in the language asked, each that is known; in English they are as they were written."""
    if language != "zh":
        return text
    whole = _chinese(text)
    if whole is not None:
        return whole
    what, gap, remedy = text.partition(". ")
    halves = [(_chinese(half), half) for half in (what, remedy) if half]
    if not gap or all(said is None for said, _ in halves):
        return text
    return "".join(f"{said or half.rstrip('.')}。" for said, half in halves)


def _chinese(sentence: str) -> str | None:
    bare = sentence.rstrip(".")
    for pattern, chinese in _patterns():
        found = pattern.fullmatch(bare)
        if found:
            return fill(chinese, {name: _value(name, value) for name, value in found.groupdict().items()})
    return None


def _value(name: str, value: str) -> str:
    bare = value.strip("'")
    return "、".join(_WORDS.get(part, part) for part in _PARTS.split(bare)) if name in _NAMED else bare


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Compile the sentences, those with the fewest places and the most words first: the closest one is found first."""
    closest = sorted(_SENTENCES.items(), key=lambda pair: (pair[0].count("{"), -len(pair[0])))
    return tuple((re.compile(_pattern(english), re.DOTALL), chinese) for english, chinese in closest)


def _pattern(english: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>(?:(?!\. ).)+?)", re.escape(english))  # a place ends where a sentence does
