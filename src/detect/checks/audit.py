"""Signs for audit in payments or postings: worth a look by somebody, proof of nothing. Every text says "for review".

A frame comes in as `read_rows` makes it. Each function looks at whole vendors or pairs at once.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from detect.checks.audit_settings import AuditSettings, Sign, SignKind
from detect.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DAY", "duplicates", "off_hours", "read_rows", "reversals", "round_amounts", "sign_of", "splits"]

DAY = "_day"  # the business day of a row
_RECURRENT = 4  # a vendor paid the same amount so often has a contract, not a duplicate


def read_rows(frame: pd.DataFrame, settings: AuditSettings, day: str) -> pd.DataFrame:
    """Read rows as the database gave them: amounts as numbers, times as times, `_day` from column `day`; sorted by time, then id.

    Rows without amount or time are nobody's sign. Raises InputError for amounts or times that cannot be read.
    """
    import pandas as pd

    rows = frame.copy()
    try:
        for name in dict.fromkeys(n for n in (settings.posted_at, settings.document_date, day) if n is not None):
            rows[name] = _times(pd.to_datetime(frame[name], format="ISO8601" if _is_text(frame[name]) else None))
        rows[settings.amount] = pd.to_numeric(frame[settings.amount].astype(object)).astype(float)
    except (ValueError, TypeError) as error:
        what = f"The rows of {settings.id} have an amount or a time that cannot be read ({error})"
        raise InputError(what[:300], "Correct the columns, or name others in `config/audits.yaml`.") from error
    rows[settings.row_id] = rows[settings.row_id].astype(str)
    rows[settings.vendor] = rows[settings.vendor].where(rows[settings.vendor].notna(), "").astype(str)
    usable = rows[np.isfinite(rows[settings.amount]) & rows[settings.posted_at].notna() & rows[day].notna()]
    usable = usable.assign(**{DAY: usable[day].dt.date})
    ordered: pd.DataFrame = usable.sort_values([settings.posted_at, settings.row_id]).reset_index(drop=True)
    return ordered


def _is_text(column: pd.Series[Any]) -> bool:
    return bool(column.map(lambda value: isinstance(value, str)).any())


def _times(seen: pd.Series[Any]) -> pd.Series[Any]:
    """Drop the zone: the database has given times in the company's already."""
    return seen.dt.tz_localize(None) if seen.dt.tz is not None else seen


def duplicates(frame: pd.DataFrame, settings: AuditSettings, since: date | None = None) -> list[Sign]:
    """Find one vendor paid one amount twice: for one document, however spelt, or for two within `near_days` unless that is regular.

    Payments taken back since do not count. With `since` only what a row from that day on shows.
    """
    paid = _kept(frame, settings)
    same = paid[paid["_document"] != ""]
    keys = [settings.vendor, settings.amount, "_document"]
    same = same[(same.groupby(keys)[DAY].transform("size") > 1)]
    if since is not None and len(same):
        same = same[same.groupby(keys)[DAY].transform("max") >= since]
    found = [sign_of(SignKind.DUPLICATE, group, settings) for _, group in same.groupby(keys, sort=True)]
    return found + _near(paid, settings, since)


def splits(frame: pd.DataFrame, settings: AuditSettings, since: date | None = None) -> list[Sign]:
    """Find payments to one vendor within a few days, each under an approval limit, together above it; `since` as for duplicates."""
    found: dict[tuple[float, str], Sign] = {}
    within = np.timedelta64(settings.splitting_days, "D")
    for limit in settings.approval_limits:
        under = frame[settings.amount] < limit
        parts = frame[under & (frame[settings.amount] >= settings.splitting_share * limit)]
        for _, group in parts.groupby(settings.vendor, sort=True):
            times = group[settings.posted_at].to_numpy()
            starts = np.searchsorted(times, times - within)
            for end, start in enumerate(starts):
                if since is not None and group[DAY].iloc[end] < since:
                    continue
                burst = group.iloc[start : end + 1]
                if len(burst) > 1 and burst[settings.amount].sum() >= limit:
                    sign = sign_of(SignKind.SPLITTING, burst, settings, limit=limit)
                    found[limit, sign.place] = sign  # the longest from one first part on
    return list(found.values())


def reversals(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find an amount and its exact opposite for one vendor within minutes."""
    rows = frame[frame[settings.amount] != 0]
    rows = rows.assign(_size=rows[settings.amount].abs())
    before = rows.groupby([settings.vendor, "_size"])[[settings.posted_at, settings.amount, settings.row_id]].shift()
    gap = (rows[settings.posted_at] - before[settings.posted_at]).dt.total_seconds() / 60
    undone = (before[settings.amount] == -rows[settings.amount]) & (gap <= settings.reversal_minutes)
    return [
        Sign(
            SignKind.REVERSAL,
            (str(before.loc[at, settings.row_id]), str(rows.loc[at, settings.row_id])),
            float(rows.loc[at, "_size"]),
            rows.loc[at, DAY],
            str(before.loc[at, settings.row_id]),
            {"vendor": str(rows.loc[at, settings.vendor]), "minutes": round(float(gap.loc[at]), 1)},
        )
        for at in rows.index[undone]
    ]


def round_amounts(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find vendors whose share of round amounts is improbable beside that of all others (binomial)."""
    from scipy.stats import binom

    paid = frame[frame[settings.amount] >= settings.round_to]
    is_round = paid[settings.amount] % settings.round_to == 0
    by_vendor = is_round.groupby(paid[settings.vendor]).agg(["sum", "count"])
    others = len(paid) - by_vendor["count"]
    usual = (is_round.sum() - by_vendor["sum"] + 1) / (others + 2)
    p = binom.sf(by_vendor["sum"] - 1, by_vendor["count"], usual)
    caught = by_vendor[(p < settings.round_probability) & (by_vendor["sum"] >= settings.round_payments)]
    return [
        sign_of(
            SignKind.ROUND_AMOUNTS,
            paid[is_round & (paid[settings.vendor] == vendor)],
            settings,
            place=str(vendor),
            round_payments=int(row["sum"]),
            payments=int(row["count"]),
            usual_share=round(float(usual[vendor]), 4),
        )
        for vendor, row in caught.iterrows()
    ]


def off_hours(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find postings at a weekend or outside business hours, one sign a day; none where that is how the company works."""
    at = frame[settings.posted_at].dt
    off = (
        at.day_of_week.isin(settings.closed_weekdays)
        | (at.hour < settings.first_hour)
        | (at.hour >= settings.last_hour)
    )
    if not off.any() or off.mean() > settings.usual_share:
        return []
    caught = frame[off]
    return [sign_of(SignKind.OFF_HOURS, group, settings, place="") for _, group in caught.groupby(caught[DAY])]


def _kept(frame: pd.DataFrame, settings: AuditSettings) -> pd.DataFrame:
    """Give the payments that were not taken back, with `_document`; a refund undoes the last payment of its vendor and amount."""
    rows = frame.assign(_document=_document(frame, settings), _size=frame[settings.amount].abs())
    refunds = (rows[settings.amount] < 0).groupby([rows[settings.vendor], rows["_size"]]).transform("sum")
    paid = rows[rows[settings.amount] > 0]
    from_last = paid.groupby([settings.vendor, "_size"]).cumcount(ascending=False)
    return paid[from_last >= refunds[paid.index]]


def _near(paid: pd.DataFrame, settings: AuditSettings, since: date | None) -> list[Sign]:
    pair = paid.groupby([settings.vendor, settings.amount])
    before = pair[[settings.posted_at, settings.row_id, "_document"]].shift()
    times = pair[settings.amount].transform("size")
    close = (paid[settings.posted_at] - before[settings.posted_at]) <= np.timedelta64(settings.near_days, "D")
    differs = (before["_document"] != paid["_document"]) | (paid["_document"] == "")
    if since is not None:
        close &= paid[DAY] >= since
    return [
        Sign(
            SignKind.NEAR_DUPLICATE,
            (str(before.loc[at, settings.row_id]), str(paid.loc[at, settings.row_id])),
            float(paid.loc[at, settings.amount]),
            paid.loc[at, DAY],
            str(before.loc[at, settings.row_id]),
            {"vendor": str(paid.loc[at, settings.vendor])},
        )
        for at in paid.index[close & differs & (times < _RECURRENT)]
    ]


def _document(frame: pd.DataFrame, settings: AuditSettings) -> pd.Series[Any]:
    """Spell document numbers alike: upper case, without punctuation and leading zeros; '' where there is none."""
    if settings.document is None or settings.document not in frame:
        return frame[settings.row_id].astype(str).where(frame[settings.row_id].isna(), "")
    text = frame[settings.document].fillna("").astype(str).str.upper()
    return text.str.replace(r"[\W_]+", "", regex=True).str.lstrip("0")


def sign_of(
    kind: SignKind, rows: pd.DataFrame, settings: AuditSettings, place: str | None = None, **evidence: Any
) -> Sign:
    """Make a sign of the rows concerned; its place is the first of them unless said otherwise."""
    vendors = sorted(rows[settings.vendor].astype(str).unique())
    return Sign(
        kind=kind,
        rows=tuple(rows[settings.row_id].astype(str)),
        amount=float(rows[settings.amount].sum()),
        last_day=rows[DAY].max(),
        place=str(rows[settings.row_id].iloc[0]) if place is None else place,
        evidence={"vendor": vendors[0] if len(vendors) == 1 else f"{len(vendors)} vendors", **evidence},
    )
