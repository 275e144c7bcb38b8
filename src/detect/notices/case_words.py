"""What is said of the handling of a case: causes, verdicts, what happened, and how an earlier case ended; in both languages."""

from __future__ import annotations

from detect.model import Cause, Text, Verdict

__all__ = ["ALIKE", "CAUSES", "DOSSIER", "EARLIER", "EVENTS", "MILESTONES", "VERDICTS"]


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


CAUSES = {
    Cause.PROCESS_DESIGN: _text("process design", "流程設計缺陷"),
    Cause.OPERATOR_ERROR: _text("operator error", "人為操作失誤"),
    Cause.SYSTEM_FAULT: _text("system fault", "系統故障"),
    Cause.ENTRY_ERROR: _text("entry error", "錄入錯誤"),
    Cause.BUSINESS_CHANGE: _text("business change", "業務變化"),
    Cause.PRODUCT_QUALITY: _text("product quality", "產品質量"),
    Cause.SERVICE: _text("service", "服務"),
    Cause.SUPPLIER: _text("supplier", "供應商"),
    Cause.MARKET: _text("market", "市場"),
    Cause.REGULATION: _text("regulation", "政策法規"),
    Cause.FRAUD_SIGN: _text("sign of fraud", "舞弊跡象"),
    Cause.EXTERNAL: _text("external", "外部因素"),
    Cause.UNKNOWN: _text("unknown", "不明"),
}
VERDICTS = {
    Verdict.TRUE: _text("a true anomaly", "真實異常"),
    Verdict.EXPECTED: _text("expected", "預期之內"),
    Verdict.FALSE: _text("a false alarm", "誤報"),
    Verdict.NEW_NORMAL: _text("the new normal", "新常態"),
}
ALIKE = {
    "metric": _text("metric", "指標"),
    "kind": _text("shape", "形態"),
    "category": _text("category", "類別"),
    "segment": _text("part", "分項"),
    "size": _text("size", "幅度"),
    "words": _text("words", "文字描述"),
}
# How an earlier case is told: its parts follow each other, those that are not known fall away.
EARLIER = {
    "case": _text("{day}: {description}", "{day}：{description}"),
    "alike": _text("Alike in {parts}.", "相似之處：{parts}。"),
    "cause": _text("Cause: {cause}.", "原因：{cause}。"),
    "verdict": _text("It was {verdict}.", "結論：{verdict}。"),
    "measures": _text("Done: {measures}.", "已採措施：{measures}。"),
    "worked": _text("It worked.", "措施有效。"),
    "failed": _text("It did not work.", "措施無效。"),
    "unverified": _text("Whether it worked was not verified.", "成效未經驗證。"),
    "days": _text("Over in {days} days.", "歷時 {days} 天。"),
    "lessons": _text("Learnt: {lessons}.", "經驗：{lessons}。"),
    "id": _text("({id})", "（{id}）"),
    "none": _text(
        "Nothing like it before, among {count} cases that are over.", "在 {count} 件已結案件中，未見類似先例。"
    ),
    "empty": _text("No case is over yet to compare with.", "尚無已結案件可供對照。"),
}
EVENTS = {
    "opened": _text("found", "發現"),
    "imported": _text("taken over from the records", "由既有記錄匯入"),
    "extended": _text("goes on", "持續"),
    "worsened": _text("grew worse", "加重"),
    "revised": _text("figures revised", "數值修正"),
    "grouped": _text("put under another case", "併入同一問題"),
    "reminded": _text("reminded", "提醒"),
    "escalated": _text("escalated", "升級上報"),
    "recovered": _text("back in its band", "指標恢復正常"),
    "adopted": _text("taken over by {owner}", "由{owner}接手"),
    "acknowledged": _text("acknowledged", "確認收到"),
    "assessed": _text("assessed", "初步評估"),
    "assigned": _text("handed over to {to}", "移交給{to}"),
    "accepted": _text("accepted", "接受移交"),
    "level_set": _text("level set to {level}", "級別改為 {level} 級"),
    "referred": _text("reported to the management group", "上報異常管理小組"),
    "met": _text("the management group met", "異常管理小組開會"),
    "measure_decided": _text("measure decided: {text} ({owner}, {due})", "決定措施：{text}（{owner}，{due}）"),
    "measure_done": _text("measure {measure} done", "措施 {measure} 已完成"),
    "progress_reported": _text("progress reported", "匯報進展"),
    "commented": _text("remark", "備註"),
    "verdict_given": _text("verdict: {verdict}", "結論：{verdict}"),
    "cause_given": _text("cause: {cause}", "原因：{cause}"),
    "merged": _text("merged into {into}", "合併至 {into}"),
    "muted": _text("muted until {until}", "靜默至 {until}"),
    "resolved": _text("handling done, under observation", "處理完成，進入觀察"),
    "verified": _text("signed off", "驗收簽核"),
    "closed": _text("closed", "結案"),
    "archived": _text("archived", "歸檔"),
    "reopened": _text("opened again", "重啟"),
    "withdrawn": _text("withdrawn", "撤回"),
}
MILESTONES = {
    "detected": _text("occurrence to detection", "發生至發現"),
    "notified": _text("detection to notification", "發現至通知"),
    "acknowledged": _text("detection to acknowledgement", "發現至確認"),
    "reported": _text("detection to report to the group", "發現至上報小組"),
    "resolved": _text("detection to resolution", "發現至處理完成"),
    "closed": _text("detection to closing", "發現至結案"),
}
DOSSIER = {
    "title": _text("Dossier of case {id}", "異常檔案 {id}"),
    "description": _text("Description", "異常描述"),
    "containment": _text("First response and containment", "初步應對與控制"),
    "cause": _text("Cause", "原因"),
    "measures": _text("Measures", "處理措施"),
    "effectiveness": _text("Whether it worked", "成效驗證"),
    "lessons": _text("Lessons", "經驗教訓"),
    "earlier": _text("Seen before", "過往類似案件"),
    "times": _text("Times", "響應時間"),
    "history": _text("What happened", "處理經過"),
    "parts": _text("Cases under this one", "從屬案件"),
    "when": _text("When", "時間"),
    "who": _text("Who", "人員"),
    "what": _text("What", "事項"),
    "note": _text("Note", "說明"),
    "measure": _text("Measure", "措施"),
    "due": _text("Due", "期限"),
    "done": _text("Done", "完成"),
    "not_yet": _text("Not recorded yet.", "尚無記錄。"),
    "no_cause": _text("No cause has been coded.", "尚未登記原因。"),
    "no_measures": _text("No measures have been decided.", "尚未決定措施。"),
    "suggested": _text("Suggested by the playbook", "預案建議措施"),
    "recovered": _text(
        "The metric was seen back in its band through {through}: {days} days watched, {outside} outside.",
        "觀察至 {through}，指標已恢復正常：觀察 {days} 天，超出範圍 {outside} 天。",
    ),
    "not_back": _text(
        "The metric was not back through {through}: {outside} of {days} days outside its band.",
        "觀察至 {through}，指標未恢復：{days} 天中有 {outside} 天超出範圍。",
    ),
    "signed": _text("Signed off by {who} on {when}.", "{when} 由{who}驗收簽核。"),
    "relapses": _text("It came back {count} times.", "復發 {count} 次。"),
    "unverified": _text("Not verified yet.", "尚未驗證。"),
    "printed": _text("As of {now}; {events} events.", "截至 {now}；共 {events} 項記錄。"),
    "restricted": _text("Restricted: only for those who may see it.", "受限：僅限獲授權人員。"),
    "as_imported": _text("As the imported record says.", "依匯入記錄。"),
    "worked": _text("The measures worked.", "措施有效。"),
    "failed": _text("The measures did not work.", "措施無效。"),
    "duration_days": _text("{count} days", "{count} 天"),
    "duration_hours": _text("{count} hours", "{count} 小時"),
    "duration_minutes": _text("{count} minutes", "{count} 分鐘"),
}
