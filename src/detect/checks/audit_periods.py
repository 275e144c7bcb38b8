"""Signs about the end of a period: what is reversed once it is over, and what is posted into it after its close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detect.checks.audit import DAY, sign_of
from detect.checks.audit_settings import AuditSettings, Sign, SignKind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["late_postings", "period_end_reversals"]


def period_end_reversals(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find an amount entered in the last days of a month whose exact opposite for the same vendor comes in the first days of the next."""
    rows = frame[frame[settings.amount] != 0]
    rows = rows.assign(_size=rows[settings.amount].abs())
    before = rows.groupby([settings.vendor, "_size"])[[settings.posted_at, settings.amount]].shift()
    earlier = rows[settings.row_id].groupby([rows[settings.vendor], rows["_size"]]).shift()
    at, then = rows[settings.posted_at].dt, before[settings.posted_at].dt
    opposite = before[settings.amount] == -rows[settings.amount]
    next_month = (at.year * 12 + at.month) - (then.year * 12 + then.month) == 1
    early = at.day <= settings.period_end_days
    late = then.days_in_month - then.day < settings.period_end_days
    found = []
    for place in rows.index[opposite & next_month & early & late]:
        pair = rows[rows[settings.row_id].isin([earlier.loc[place], rows.loc[place, settings.row_id]])]
        sign = sign_of(SignKind.PERIOD_END_REVERSAL, pair, settings)
        size = float(rows.loc[place, "_size"])
        found.append(Sign(sign.kind, sign.rows, size, rows.loc[place, DAY], str(earlier.loc[place]), sign.evidence))
    return found


def late_postings(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find rows whose document belongs to a month that was closed, `close_days` after its end, when they were posted; one sign a day."""
    import pandas as pd

    if settings.document_date is None:
        return []
    closed = frame[settings.document_date] + pd.offsets.MonthEnd(0) + pd.Timedelta(days=settings.close_days + 1)
    caught = frame[frame[settings.posted_at] >= closed.dt.normalize()]
    return [
        sign_of(
            SignKind.LATE_POSTING,
            group,
            settings,
            place="",
            oldest_document=group[settings.document_date].min().date().isoformat(),
        )
        for _, group in caught.groupby(caught[DAY])
    ]
