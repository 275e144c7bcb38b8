"""The system's alarm about itself: planned checks that could not be made."""

from __future__ import annotations

from detect.model import Level, NightSummary, Outcome, Text
from detect.notices.catalogue import filled
from detect.notices.draft import Alarm

__all__ = ["alarm"]

_FAILED = (Outcome.NO_DATA, Outcome.NON_FINITE, Outcome.LATE, Outcome.ERROR, Outcome.NOT_CHECKED)
_MANY = 0.1

_NOTHING_MADE = Text(
    en="No check took place for {day}: {missed} of {planned} could not be made.",
    zh="{day} 未進行任何檢查：{planned} 項中有 {missed} 項未能進行。",
)
_SOME_MISSED = Text(
    en="{missed} of {planned} checks of {day} could not be made.",
    zh="{day} 的 {planned} 項檢查中有 {missed} 項未能進行。",
)
_IMPACT = Text(
    en="Exceptions in the figures concerned would go unseen until the date is judged again.",
    zh="相關數據的異常在重新檢查之前無法發現。",
)
_MEASURES = (
    Text(en="Look at the causes listed below and restore the table or connection.", zh="按下列原因恢復資料表或連線。"),
    Text(
        en="Then run `detect run --as-of {day}` again: it completes the date.",
        zh="然後重新執行 `detect run --as-of {day}` 以補齊該日檢查。",
    ),
)


def alarm(summary: NightSummary) -> Alarm | None:
    """Make the alarm of an incomplete night; None when every check that could be expected was made."""
    missed = sum(summary.outcomes.get(outcome, 0) for outcome in _FAILED)
    if summary.state == "complete" and not missed:
        return None
    values = {"day": summary.as_of.isoformat(), "missed": f"{missed:,}", "planned": f"{summary.planned:,}"}
    return Alarm(
        description=filled(_SOME_MISSED if summary.made else _NOTHING_MADE, **values),
        level=_level(summary, missed),
        impact=_IMPACT,
        measures=tuple(filled(measure, **values) for measure in _MEASURES),
    )


def _level(summary: NightSummary, missed: int) -> Level:
    if not summary.made:
        return Level.MAJOR
    return Level.LARGER if missed > _MANY * summary.planned else Level.SOME
