"""The words of the web page on which a person answers for a case."""

from __future__ import annotations

from detect.model import Text
from detect.notices.catalogue import fill
from detect.notices.links import Refusal

__all__ = ["DONE", "REFUSED", "WORDS", "event_word", "words"]


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


WORDS = {
    "you": _text(
        "You act as {name}. Opening this page changes nothing.", "您以{name}的身份處理。開啟此頁不會改變任何內容。"
    ),
    "answer": _text("Your answer", "您的處理"),
    "nothing_to_do": _text("Nothing is asked of you at present.", "目前無須您處理。"),
    "acknowledge": _text("I have seen it", "確認收到"),
    "assess": _text("A first assessment", "初步評估"),
    "assess_note": _text("How grave is it, and why?", "嚴重程度及理由"),
    "assess_send": _text("Save the assessment", "提交評估"),
    "level": _text("Correct the level", "更正級別"),
    "level_to": _text("The level it should have", "應有的級別"),
    "level_keep": _text("The level is right", "級別無誤"),
    "level_note": _text("The reason", "理由"),
    "level_send": _text("Set the level", "更正級別"),
    "assign": _text("Hand it over", "轉交他人"),
    "assign_to": _text("To whom", "轉交給"),
    "assign_note": _text("Why (may be left empty)", "說明（可留空）"),
    "assign_send": _text("Hand over", "轉交"),
    "accept": _text("Take it over", "接手處理"),
    "snooze": _text("Tell me again later", "稍後再提醒我"),
    "snooze_days": _text("In how many days", "幾天後"),
    "snooze_send": _text("Later", "稍後提醒"),
    "snooze_hint": _text("Only you are told later; the deadlines go on.", "僅延後對您的提醒，處理期限照常計算。"),
    "history": _text("What has happened", "處理記錄"),
    "system": _text("the monitoring system", "監測系統"),
    "valid": _text("This address is yours alone: do not pass it on.", "此連結僅供您本人使用，請勿轉寄。"),
    "other_language": _text("中文", "English"),
    "refused": _text("This could not be done: {why}", "未能完成：{why}"),
    "meanwhile": _text(
        "Somebody changed this case after you opened it. Please look at it again; nothing of yours was saved.",
        "您開啟後此異常已有變更，請重新查看；您的內容未被保存。",
    ),
    "ask": _text(
        "Please open the newest message about this matter, or ask {department}.",
        "請開啟最新的預警信息，或洽詢{department}。",
    ),
    "untouched": _text("Nothing was changed.", "未作任何變更。"),
    "title_refused": _text("This page cannot be shown", "無法顯示此頁"),
    "busy": _text("The system is busy. Please try again in a minute.", "系統忙碌中，請稍後再試。"),
}
REFUSED = {
    Refusal.CHANGED: _text(
        "This address is not complete, or was changed on its way.", "此連結不完整，或在傳送中被改動。"
    ),
    Refusal.EXPIRED: _text("This address was valid for some days, and they are over.", "此連結已超過有效期限。"),
    Refusal.FOREIGN: _text(
        "This address is not for you, or not for this page.", "此連結並非供您使用，或不適用於此頁。"
    ),
}
DONE = {
    "acknowledge": _text("Saved: you have seen it.", "已保存：您已確認收到。"),
    "assess": _text("Saved: your assessment.", "已保存：您的初步評估。"),
    "level": _text("Saved: the level.", "已保存：級別已更正。"),
    "assign": _text(
        "Saved. It stays with its owner until the other takes it over.",
        "已保存：已轉交，對方接手前仍由原責任人負責。",
    ),
    "accept": _text("Saved: it is yours now.", "已保存：現由您負責。"),
    "snooze": _text("Saved: you are told again later.", "已保存：稍後再提醒您。"),
}
_EVENTS = {
    "opened": _text("opened", "建立"),
    "extended": _text("goes on", "持續"),
    "worsened": _text("worse", "加重"),
    "revised": _text("figures revised", "數值修正"),
    "grouped": _text("put under another case", "併入其他異常"),
    "reminded": _text("reminded", "提醒"),
    "escalated": _text("escalated", "升級上報"),
    "recovered": _text("back to normal", "恢復正常"),
    "acknowledged": _text("acknowledged", "確認收到"),
    "assessed": _text("assessed", "初步評估"),
    "assigned": _text("handed over", "轉交"),
    "accepted": _text("taken over", "接手"),
    "level_set": _text("level corrected", "更正級別"),
    "referred": _text("reported to the management group", "上報異常管理小組"),
    "met": _text("the group met", "小組開會"),
    "measure_decided": _text("measure decided", "決定措施"),
    "measure_done": _text("measure done", "措施完成"),
    "progress_reported": _text("progress reported", "匯報進展"),
    "commented": _text("remark", "備註"),
    "verdict_given": _text("verdict given", "作出結論"),
    "cause_given": _text("cause given", "確定原因"),
    "merged": _text("merged", "合併"),
    "muted": _text("muted", "暫停通知"),
    "snoozed": _text("told again later", "稍後提醒"),
    "resolved": _text("handling done", "處理完畢"),
    "verified": _text("signed off", "驗證通過"),
    "closed": _text("closed", "結案"),
    "archived": _text("archived", "歸檔"),
    "reopened": _text("reopened", "重啟"),
    "imported": _text("taken over from earlier records", "由既往記錄匯入"),
    "adopted": _text("a new owner, as nobody was left", "改由新責任人負責"),
    "withdrawn": _text("withdrawn", "撤回"),
}


def words(language: str, **values: str) -> dict[str, str]:
    """Give every word of the page in one language; `values` fill the places of those that have some."""
    return {
        key: fill(text[language], {"name": "", "department": "", "why": ""} | values) for key, text in WORDS.items()
    }


def event_word(type_: str, language: str) -> str:
    """Say what happened; of an event without a word of its own, its name."""
    return _EVENTS[type_][language] if type_ in _EVENTS else type_.replace("_", " ")
