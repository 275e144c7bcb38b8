"""Amounts far beyond all usual ones, by the tail of the amounts themselves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from detect.checks.audit import DAY, sign_of
from detect.checks.audit_settings import AuditSettings, Sign, SignKind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["extreme_amounts"]

_TAIL = 0.05  # of the amounts make the tail
_LEAST_TAIL = 20


def extreme_amounts(frame: pd.DataFrame, settings: AuditSettings, day: date) -> list[Sign] | None:
    """Find the rows of `day` whose amount comes once in `extreme_days` or more seldom; None where the rows before are too few.

    The tail is Pareto's, its index Hill's estimate over the largest twentieth (Hill, B. M. (1975), Annals of Statistics 3(5)), of the rows
    before. The largest one in 200 of them are left out of the estimate, so that one monster of last week does not excuse another.
    """
    days = frame[DAY].to_numpy()
    sizes = np.maximum(
        frame[settings.amount].to_numpy(float), 0.0
    )  # what is taken back is as large as what it takes back
    past, now = sizes[(days < day) & (sizes > 0)], days == day
    if len(past) < settings.extreme_rows:
        return None
    usual = np.sort(past)[: len(past) - len(past) // 200]
    tail = max(int(len(usual) * _TAIL), _LEAST_TAIL)
    threshold = usual[-tail - 1]
    # Winsorised Hill: what was left out counts as if it were as large as the largest kept.
    logs = np.log(usual[-tail:] / threshold)
    left_out = len(past) - len(usual)
    hill = (logs.sum() + left_out * logs[-1]) / tail
    if threshold <= 0 or hill <= 0:
        return []
    share = (tail + left_out) / len(past)
    span = max((day - frame[DAY].min()).days, 1)
    with np.errstate(divide="ignore"):
        seldom = len(past) / span * share * (np.maximum(sizes, threshold) / threshold) ** (-1 / hill)
    caught = frame[now & (sizes > threshold) & (seldom < 1 / settings.extreme_days)]
    return [
        sign_of(
            SignKind.EXTREME_AMOUNT,
            caught.iloc[[n]],
            settings,
            largest_before=float(past.max()),
            once_in_days=float(f"{1 / max(seldom[caught.index[n]], 1e-12):.3g}"),
        )
        for n in range(len(caught))
    ]
