"""The sentences that answer "why?" and "why not?"; their places are filled by whoever knows the figures."""

from __future__ import annotations

from detect.model import Text

__all__ = ["ANSWERS", "CHANNELS", "SAID", "TITLES", "WEEKDAYS"]


def _text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


TITLES = {
    "expected": _text("What was expected, and from which days", "預期為何，依據哪些日子"),
    "calendar": _text("What the calendar says of the day", "當天的日曆情況"),
    "detectors": _text("Which detector said what", "各檢測方法的判斷"),
    "parts": _text("Which parts make up the departure", "偏離由哪些分項構成"),
    "rows": _text("The rows that weigh most", "影響最大的資料行"),
    "effects": _text("What followed an external event that touches it", "相關外部事件之後的變化"),
    "level": _text("How grave, and by which rule", "級別及其依據"),
    "ledger": _text("What the run of that night recorded", "當晚運行的記錄"),
}
# By `Quiet`, the reason of the examination; `where` is the metric and its part, `day` an ISO date.
ANSWERS = {
    "told": _text("{where} was told on {day}: {what}", "{day}的{where}已預警：{what}"),
    "told_now": _text(
        "{where} was not told on {day}, but judged again with today's figures, models and rules it would be: {what}",
        "{day}的{where}當時未預警；以目前的資料、模型與規則重新判斷，則會預警：{what}",
    ),
    "told_then": _text(
        "{where} was told on {day}; judged again with today's figures, models and rules it would not be.",
        "{day}的{where}當時已預警；以目前的資料、模型與規則重新判斷，則不會預警。",
    ),
    "no_series": _text(
        "There are no figures of {where} up to {day}, so nothing could be judged.",
        "截至{day}沒有{where}的任何數值，無從判斷。",
    ),
    "no_data": _text(
        "{where} was not told on {day}: no figure came on a day on which one was due. The gap is counted as not judged, not as normal.",
        "{day}的{where}未預警：應有數值而沒有資料。此日計為未判斷，不視為正常。",
    ),
    "not_due": _text(
        "{where} was not told on {day}: no figure came, and none was due on that day.",
        "{day}的{where}未預警：當天沒有數值，且當天本不應有數值。",
    ),
    "non_finite": _text(
        "{where} was not told on {day}: what came was no finite number. It is counted as not judged, not as normal.",
        "{day}的{where}未預警：所得並非有效數值。此日計為未判斷，不視為正常。",
    ),
    "too_little_history": _text(
        "{where} was not told on {day}: with {history} values before it there was too little history; {least} are needed.",
        "{day}的{where}未預警：此前僅有 {history} 個數值，歷史資料不足；至少需要 {least} 個。",
    ),
    "inside_the_band": _text(
        "{where} was not told on {day}: the figure was within what ordinary days bring; no detector passed its line.",
        "{day}的{where}未預警：數值在平常日子的波動之內，沒有檢測方法超出其警戒線。",
    ),
    "people_said_so": _text(
        "{where} was not told on {day}: within the year before, people called a departure of this kind and size expected or false.",
        "{day}的{where}未預警：此前一年內，同類且同等幅度的偏離已被認定為預期之內或誤報。",
    ),
    "below_the_minimum": _text(
        "{where} was not told on {day}: it departed, by {gap}, which is less than the metric's minimum of {minimum}.",
        "{day}的{where}未預警：偏離 {gap}，小於此指標的最小幅度 {minimum}。",
    ),
    "not_the_harmful_side": _text(
        "{where} was not told on {day}: it departed {side}, and the metric asks to hear only of the other side.",
        "{day}的{where}未預警：偏離方向為{side}，而此指標只關注另一方向。",
    ),
    "kind_not_wanted": _text(
        "{where} was not told on {day}: it departed, but the metric asks to hear only of other shapes ({kinds}).",
        "{day}的{where}未預警：雖有偏離，但此指標只關注其他形態（{kinds}）。",
    ),
    "told_already": _text(
        "{where} was not told on {day}: the same lasting change had been told in the days before, and is told once.",
        "{day}的{where}未預警：同一持續變化於前些日子已經預警，只預警一次。",
    ),
    "within_the_limits": _text(
        "{where} was not told on {day}: it is judged by its fixed limits alone, and none was passed.",
        "{day}的{where}未預警：此指標僅以固定限值判斷，而未超出任何限值。",
    ),
    "judged_by_a_check": _text(
        "{where} was not told on {day}: it is judged by the check “{check}”, each account by its own rhythm, which had nothing to tell.",
        "{day}的{where}未預警：由檢查「{check}」按各自的節奏判斷，當天無需預警。",
    ),
    "case": _text("{what}", "{what}"),
}
SAID = {
    "actual": _text("The figure was {actual}; {expected} was expected.", "實際為 {actual}；預期為 {expected}。"),
    "expected_only": _text("No figure came; {expected} was expected.", "沒有數值；預期為 {expected}。"),
    "actual_only": _text("The figure was {actual}.", "實際為 {actual}。"),
    "band": _text(
        "Of 1,000 ordinary days about 998 lie within {band}.", "平常的日子，一千天中約有 998 天在 {band} 之間。"
    ),
    "history": _text(
        "It was worked out from the {history} days with a figure before it, the first of them {first}; none later was used.",
        "依據此前 {history} 個有數值的日子推算，最早為 {first}；未使用其後的任何資料。",
    ),
    "provisional": _text(
        "That is less than the {settled} days of a full judgement: what is said is provisional, and only the clearest is told.",
        "少於完整判斷所需的 {settled} 天：判斷為暫定，只預警最明確者。",
    ),
    "weekdays": _text("The {weekday}s before: {list}.", "此前各{weekday}：{list}。"),
    "none": _text("no figure", "無數值"),
    "holiday": _text("It is a holiday: {name}.", "當天為假日：{name}。"),
    "near": _text("{name} is on {when}.", "{when}為{name}。"),
    "event": _text("It lies in a known event: {name} ({effect}).", "當天屬於已登記事件：{name}（{effect}）。"),
    "event_expected": _text("its effect is expected", "其影響在預期之內"),
    "event_external": _text("an external event, watched", "外部事件，需關注"),
    "workday": _text(
        "It is a working day ({weekday}), with no holiday near.", "當天為工作日（{weekday}），附近沒有假日。"
    ),
    "workday_near": _text("It is a working day ({weekday}).", "當天為工作日（{weekday}）。"),
    "offday": _text("It is a day on which the company is closed ({weekday}).", "當天公司不營業（{weekday}）。"),
    "reading": _text(
        "{channel}: such a day comes {often}; it tells what comes {line} or more seldom. {verdict}",
        "{channel}：這樣的日子{often}；警戒線為{line}。{verdict}",
    ),
    "beyond": _text("It took the day for no ordinary one.", "判為異常。"),
    "within": _text("It took the day for an ordinary one.", "判為平常。"),
    "once_in": _text("once in {n} days", "約每 {n} 天一次"),
    "every_day": _text("nearly every day", "幾乎每天都有"),
    "budget": _text(
        "All of them together may raise {budget} false alarm(s) in 1,000 days of a series; each has its share of that.",
        "所有方法合計，每個序列一千天允許 {budget} 次誤報，各方法各佔一份。",
    ),
    "limit": _text("The fixed limit {limit} of level {level} was passed.", "超出固定限值 {limit}（{level} 級）。"),
    "limits": _text("Fixed limits: {list}.", "固定限值：{list}。"),
    "above": _text("above {value} is level {level}", "高於 {value} 為 {level} 級"),
    "below": _text("below {value} is level {level}", "低於 {value} 為 {level} 級"),
    "missing": _text(
        "The day should have had a figure, and others of the table had theirs.", "當天應有數值，而同表的其他序列均有。"
    ),
    "repeated": _text("The day's rows came more than once.", "當天的資料重複載入。"),
    "no_question": _text("No detector had a question about the day.", "沒有檢測方法對這一天作出判斷。"),
    "check": _text(
        "The check “{check}” judges each account by the gaps between its own orders.",
        "檢查「{check}」按各帳戶自身的訂單間隔判斷。",
    ),
    "rule_check": _text("The rule “{name}” found it: {rows}.", "由規則「{name}」發現：{rows}。"),
    "rows": _text("{failed} of {checked} rows at fault", "{checked} 行中有 {failed} 行不符"),
    "pooled": _text(
        "{channel}: among the {days} days of all series from which its tail was learnt, none is as far out; how seldom it is comes "
        "from the tail fitted to them.",
        "{channel}：學習其尾部分布的 {days} 個序列日中無一達此程度；其罕見程度由所擬合的尾部分布推算。",
    ),
    "rows_unread": _text("They could not be read: {fault}", "無法讀取：{fault}"),
    "rows_none": _text("The table has no such rows.", "資料表中沒有這樣的資料行。"),
    "rows_query": _text("All of them: {query}", "全部資料行的查詢：{query}"),
    "models": _text("What is learnt across series stood as of {version}.", "跨序列學習的模型版本：{version}。"),
    "graded": _text("{level}, by the rule “{rule}” ({id}).", "{level}，依規則「{rule}」（{id}）。"),
    "graded_default": _text("{level}: no rule of a graver level holds.", "{level}：不符合任何更高級別的規則。"),
    "case": _text("The case is {id}; it stands as “{status}”.", "案件編號 {id}；狀態為「{status}」。"),
    "parent": _text("It is part of the same trouble as {id}.", "與 {id} 屬同一問題。"),
    "run": _text("{state}; {planned} checks were planned.", "{state}；計劃檢查 {planned} 項。"),
    "complete": _text("The run of that night is complete", "當晚的運行完整"),
    "incomplete": _text("The run of that night is incomplete", "當晚的運行不完整"),
    "outcome": _text("{detector}: {outcome}.", "{detector}：{outcome}。"),
    "no_run": _text(
        "There was no run for that day; `detect run --as-of {day}` makes one.",
        "當天沒有運行記錄；可用 `detect run --as-of {day}` 補做。",
    ),
    "up": _text("upwards", "偏高"),
    "down": _text("downwards", "偏低"),
}
CHANNELS = {
    "point": _text("The day alone", "單日偏離"),
    "burst": _text("Two or three days together", "連續兩三天"),
    "run": _text("A lasting change of level", "水平持續變化"),
    "peer": _text("Against the series it usually moves with", "與同向序列比較"),
    "peer_run": _text("A lasting change against those series", "相對同向序列的持續變化"),
    "stuck": _text("The same figure again and again", "數值反覆不變"),
    "stl": _text("STL decomposition", "STL 時序分解"),
    "joint": _text("Isolation forest, over several metrics", "孤立森林（多指標）"),
    "forest": _text("Isolation forest", "孤立森林"),
    "forecast": _text("Forecast of a limit", "限值預測"),
    "forecast_breach": _text("Forecast of a limit", "限值預測"),
    "limit": _text("Fixed limit", "固定限值"),
}
WEEKDAYS = tuple(
    _text(en, zh)
    for en, zh in zip(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        ("週一", "週二", "週三", "週四", "週五", "週六", "週日"),
        strict=True,
    )
)
