"""Signs for audit in payments or postings: worth a look by somebody, proof of nothing. Every text says "for review".

A frame comes in with the columns that `AuditSettings` names; missing optional columns leave out the signs that need them. Each function
looks at whole vendors or pairs at once; `since` keeps signs whose last row is not older.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from detect.model import Frozen, Text

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AuditSettings",
    "Sign",
    "SignKind",
    "duplicates",
    "off_hours",
    "reversals",
    "round_amounts",
    "signs",
    "splits",
]

_RECURRENT = 4  # a vendor paid the same amount so often has a contract, not a duplicate


class SignKind(StrEnum):
    """What caught the eye."""

    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    ROUND_AMOUNTS = "round_amounts"
    OFF_HOURS = "off_hours"
    SPLITTING = "splitting"
    REVERSAL = "reversal"
    FIRST_DIGITS = "first_digits"


_TEXTS = {
    SignKind.DUPLICATE: Text(
        en="For review: the same document may have been paid twice", zh="供覆核：同一單據可能重複付款"
    ),
    SignKind.NEAR_DUPLICATE: Text(en="For review: two payments are nearly the same", zh="供覆核：兩筆付款幾乎相同"),
    SignKind.ROUND_AMOUNTS: Text(en="For review: unusually many round amounts", zh="供覆核：整數金額異常偏多"),
    SignKind.OFF_HOURS: Text(en="For review: posted at a weekend or after hours", zh="供覆核：於週末或下班時間入帳"),
    SignKind.SPLITTING: Text(
        en="For review: payments that together pass an approval limit", zh="供覆核：多筆付款合計超過審批限額"
    ),
    SignKind.REVERSAL: Text(en="For review: entered and reversed within minutes", zh="供覆核：入帳後數分鐘內沖銷"),
    SignKind.FIRST_DIGITS: Text(
        en="For review: first digits depart from Benford's law", zh="供覆核：首位數字偏離班佛定律"
    ),
}


class AuditSettings(Frozen):
    """Which columns to read and what counts as a sign; `document` and `posted_by` may be None where the table has none."""

    id: str = "id"
    vendor: str = "vendor"
    amount: str = "amount"
    posted_at: str = "posted_at"
    document: str | None = "document"
    near_days: int = Field(default=10, ge=1)
    approval_limits: tuple[float, ...] = ()
    splitting_days: int = Field(default=3, ge=1)
    splitting_share: float = Field(default=0.5, gt=0, lt=1)  # of the limit, that each part must reach
    round_to: float = Field(default=1000.0, gt=0)
    round_probability: float = Field(default=0.0001, gt=0, lt=0.1)
    round_payments: int = Field(default=5, ge=3)
    first_hour: int = Field(default=6, ge=0, le=23)
    last_hour: int = Field(default=21, ge=1, le=24)
    closed_weekdays: tuple[int, ...] = (5, 6)
    usual_share: float = Field(
        default=0.05, ge=0, lt=1
    )  # off-hours postings more common than this are how the company works
    reversal_minutes: float = Field(default=60.0, gt=0)
    benford_rows: int = Field(default=5000, ge=5000)
    benford_deviation: float = Field(default=0.015, gt=0)


@dataclass(frozen=True)
class Sign:
    """Something for an auditor to look at: `rows` are ids of the rows concerned, `amount` the money in them."""

    kind: SignKind
    text: Text
    rows: tuple[str, ...]
    amount: float
    last_day: date | None
    evidence: Mapping[str, Any] = field(default_factory=dict)


def signs(frame: pd.DataFrame, settings: AuditSettings, since: date | None = None) -> list[Sign]:
    """Give all signs on rows, those last seen from `since` on; first digits are asked for by `benford.first_digits`."""
    found = [
        *duplicates(frame, settings),
        *splits(frame, settings),
        *reversals(frame, settings),
        *round_amounts(frame, settings),
        *off_hours(frame, settings),
    ]
    return [s for s in found if since is None or s.last_day is None or s.last_day >= since]


def duplicates(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find one vendor paid one amount twice: for one document, however spelt, or for two within `near_days` unless that is regular.

    Payments taken back since do not count.
    """
    paid = _kept(frame, settings)
    same = paid[paid["_document"] != ""]
    found = [
        _sign(SignKind.DUPLICATE, group, settings)
        for _, group in same.groupby([settings.vendor, settings.amount, "_document"], sort=True)
        if len(group) > 1
    ]
    return found + _near(paid, settings)


def splits(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find payments to one vendor within a few days, each under an approval limit, together above it."""
    found: list[Sign] = []
    paid = _ordered(frame, settings)
    for limit in settings.approval_limits:
        parts = paid[(paid[settings.amount] < limit) & (paid[settings.amount] >= settings.splitting_share * limit)]
        for _, group in parts.groupby(settings.vendor, sort=True):
            for start, end in _bursts(group[settings.posted_at], settings.splitting_days):
                burst = group.iloc[start:end]
                if len(burst) > 1 and burst[settings.amount].sum() >= limit:
                    found.append(_sign(SignKind.SPLITTING, burst, settings, limit=limit))
    return found


def reversals(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find an amount and its exact opposite for one vendor within minutes."""
    rows = _ordered(frame[frame[settings.amount] != 0], settings)
    rows = rows.assign(_size=rows[settings.amount].abs())
    before = rows.groupby([settings.vendor, "_size"])[[settings.posted_at, settings.amount, settings.id]].shift()
    gap = (rows[settings.posted_at] - before[settings.posted_at]).dt.total_seconds() / 60
    undone = (before[settings.amount] == -rows[settings.amount]) & (gap <= settings.reversal_minutes)
    return [
        Sign(
            SignKind.REVERSAL,
            _TEXTS[SignKind.REVERSAL],
            (str(before.loc[at, settings.id]), str(rows.loc[at, settings.id])),
            float(rows.loc[at, "_size"]),
            rows.loc[at, settings.posted_at].date(),
            {"minutes": round(float(gap.loc[at]), 1)},
        )
        for at in rows.index[undone]
    ]


def round_amounts(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find vendors whose share of round amounts is improbable beside that of all others (binomial)."""
    from scipy.stats import binom  # type: ignore[import-untyped]  # noqa: PLC0415 - ships no types; heavy

    paid = _ordered(frame[frame[settings.amount] >= settings.round_to], settings)
    is_round = paid[settings.amount] % settings.round_to == 0
    by_vendor = is_round.groupby(paid[settings.vendor]).agg(["sum", "count"])
    others = len(paid) - by_vendor["count"]
    usual = (is_round.sum() - by_vendor["sum"] + 1) / (others + 2)
    p = binom.sf(by_vendor["sum"] - 1, by_vendor["count"], usual)
    caught = by_vendor[(p < settings.round_probability) & (by_vendor["sum"] >= settings.round_payments)]
    return [
        _sign(
            SignKind.ROUND_AMOUNTS,
            paid[is_round & (paid[settings.vendor] == vendor)],
            settings,
            round_payments=int(row["sum"]),
            payments=int(row["count"]),
            usual_share=round(float(usual[vendor]), 4),
        )
        for vendor, row in caught.iterrows()
    ]


def off_hours(frame: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    """Find postings at a weekend or outside business hours, one sign a day; none where that is how the company works."""
    rows = _ordered(frame, settings)
    at = rows[settings.posted_at].dt
    off = (
        at.day_of_week.isin(settings.closed_weekdays)
        | (at.hour < settings.first_hour)
        | (at.hour >= settings.last_hour)
    )
    if not off.any() or off.mean() > settings.usual_share:
        return []
    caught = rows[off]
    return [
        _sign(SignKind.OFF_HOURS, group, settings) for _, group in caught.groupby(caught[settings.posted_at].dt.date)
    ]


def _kept(frame: pd.DataFrame, settings: AuditSettings) -> pd.DataFrame:
    """Give the payments that were not taken back, with `_document`; a refund undoes the last payment of its vendor and amount."""
    rows = _ordered(frame, settings)
    rows = rows.assign(_document=_document(rows, settings), _size=rows[settings.amount].abs())
    refunds = (rows[settings.amount] < 0).groupby([rows[settings.vendor], rows["_size"]]).transform("sum")
    paid = rows[rows[settings.amount] > 0]
    from_last = paid.groupby([settings.vendor, "_size"]).cumcount(ascending=False)
    return paid[from_last >= refunds[paid.index]]


def _near(paid: pd.DataFrame, settings: AuditSettings) -> list[Sign]:
    pair = paid.groupby([settings.vendor, settings.amount])
    before = pair[[settings.posted_at, settings.id, "_document"]].shift()
    times = pair[settings.amount].transform("size")
    close = (paid[settings.posted_at] - before[settings.posted_at]) <= np.timedelta64(settings.near_days, "D")
    differs = (before["_document"] != paid["_document"]) | (paid["_document"] == "")
    return [
        Sign(
            SignKind.NEAR_DUPLICATE,
            _TEXTS[SignKind.NEAR_DUPLICATE],
            (str(before.loc[at, settings.id]), str(paid.loc[at, settings.id])),
            float(paid.loc[at, settings.amount]),
            paid.loc[at, settings.posted_at].date(),
            {"vendor": str(paid.loc[at, settings.vendor])},
        )
        for at in paid.index[close & differs & (times < _RECURRENT)]
    ]


def _ordered(frame: pd.DataFrame, settings: AuditSettings) -> pd.DataFrame:
    """Sort by time, then id; rows without amount or time are nobody's sign."""
    usable = frame[np.isfinite(frame[settings.amount].astype(float)) & frame[settings.posted_at].notna()]
    return usable.sort_values([settings.posted_at, settings.id]).reset_index(drop=True)


def _document(frame: pd.DataFrame, settings: AuditSettings) -> pd.Series[Any]:
    """Spell document numbers alike: upper case, without punctuation and leading zeros; '' where there is none."""
    if settings.document is None or settings.document not in frame:
        return frame[settings.id].astype(str).where(frame[settings.id].isna(), "")
    text = frame[settings.document].fillna("").astype(str).str.upper()
    return text.str.replace(r"[\W_]+", "", regex=True).str.lstrip("0")


def _bursts(times: pd.Series[Any], days: int) -> list[tuple[int, int]]:
    """Cut sorted times where the next lies more than `days` after the first of its burst; positions (start, end)."""
    found: list[tuple[int, int]] = []
    values = times.to_numpy()
    start = 0
    for at in range(1, len(values) + 1):
        if at == len(values) or values[at] - values[start] > np.timedelta64(days, "D"):
            found.append((start, at))
            start = at
    return found


def _sign(kind: SignKind, rows: pd.DataFrame, settings: AuditSettings, **evidence: Any) -> Sign:
    vendors = sorted(rows[settings.vendor].astype(str).unique())
    return Sign(
        kind=kind,
        text=_TEXTS[kind],
        rows=tuple(rows[settings.id].astype(str)),
        amount=float(rows[settings.amount].sum()),
        last_day=rows[settings.posted_at].max().date(),
        evidence={"vendor": vendors[0] if len(vendors) == 1 else f"{len(vendors)} vendors", **evidence},
    )
