"""Key accounts that fall silent, each by its own rhythm.

Gaps between an account's orders, counted in open days, are taken as gamma distributed with the account's own mean and a shape shrunk
towards that of the key accounts together. The next gap over the mean of n past ones then follows F(2k, 2kn), which widens the limit
where the past is short. A gap is told once, when it passes its limit; the account must order again before it is told again.
What is said of a day depends on the `memory_days` before it and the present gap alone, so a night and a backfill whose panels begin on
different days say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.checks.settings import AccountSettings
from detect.checks.shrinking import shrunk
from detect.model import Departure, Kind, Outcome, Panel

__all__ = ["NOT_PLANNED", "SILENCE", "key_accounts", "silent"]

NOT_PLANNED = 255  # the account was not a key account on that day: nothing was to be checked
SILENCE = "silence"

_POOLED_GAPS = 8.0  # the key accounts' common variation counts as much as so many gaps of one's own
_LEAST_VARIATION, _MOST_VARIATION = (
    0.15,
    3.0,
)  # of the squared coefficient of variation: nobody is a clock, nobody without rhythm
_OUTCOMES = tuple(Outcome)


def silent(
    panel: Panel, settings: AccountSettings, first: int, open_days: NDArray[np.bool_] | None = None
) -> tuple[tuple[Departure, ...], NDArray[np.uint8]]:
    """Judge the days from column `first` on; the columns before only teach the rhythms.

    Panel rows are accounts, values the amounts ordered (absent or not above zero: no order). `open_days` (days,) says which days the
    business was open; by default those with any order. Returns the departures by day, silent accounts and shrunk ones, and outcomes
    (accounts, judged days), positions in tuple(Outcome) or NOT_PLANNED. What comes after a day changes nothing that was said of it.
    """
    amounts = np.where(panel.present & (panel.values > 0), np.nan_to_num(panel.values), 0.0)
    clock = np.cumsum((amounts > 0).any(axis=0) if open_days is None else open_days)
    key = key_accounts(amounts, settings)
    ever = np.flatnonzero(key.any(axis=1))
    scan = _Scan(panel, amounts[ever], key[ever], clock, settings)
    for day in range(len(panel.days)):
        scan.step(day)
    fallen = shrunk(amounts[ever], amounts.sum(axis=0), key[ever] & ~scan.recently_silent(), settings)
    told = [replace(d, series=int(ever[d.series])) for d in (*scan.departures, *fallen) if d.day >= first]
    outcomes = np.full(amounts.shape, NOT_PLANNED, dtype=np.uint8)
    outcomes[ever] = scan.outcomes
    for departure in told:
        outcomes[departure.series, departure.day] = _OUTCOMES.index(Outcome.FINDING)
    return tuple(sorted(told, key=lambda d: (d.day, d.series, d.channel))), outcomes[:, first:]


def key_accounts(amounts: NDArray[np.float64], settings: AccountSettings) -> NDArray[np.bool_]:
    """Say who is a key account on each day, (accounts, days), by the amounts of the `trailing_days` before that day."""
    total = np.pad(np.cumsum(amounts, axis=1), ((0, 0), (1, 0)))[:, :-1]  # up to the day before
    total -= np.pad(total, ((0, 0), (settings.trailing_days, 0)))[:, : total.shape[1]]
    total = np.round(total, 2)  # sums from another first day differ in the last digits
    rank = min(settings.top, len(total))
    least = np.partition(total, -rank, axis=0)[-rank]
    found: NDArray[np.bool_] = (total > 0) & (total >= least)
    return found


@dataclass(frozen=True, eq=False)
class _Rhythm:
    """Number, sum and sum of squares of the gaps ended in the `memory_days` before each day; all (accounts, days), whole numbers."""

    count: NDArray[np.int64]
    total: NDArray[np.int64]
    squares: NDArray[np.int64]

    @classmethod
    def of(cls, ordered: NDArray[np.bool_], clock: NDArray[Any], memory_days: int) -> _Rhythm:
        """Measure every gap by `clock` (days,), at the day of the order that ended it."""
        days = np.arange(ordered.shape[1])
        before = np.pad(
            np.maximum.accumulate(np.where(ordered, days, -1), axis=1), ((0, 0), (1, 0)), constant_values=-1
        )[:, :-1]
        ended = ordered & (before >= 0)
        gap = np.where(ended, clock - clock[before], 0)
        return cls(*(_before(values, memory_days) for values in (ended.astype(np.int64), gap, gap * gap)))

    def mean(self, who: NDArray[np.intp], day: int) -> NDArray[np.float64]:
        """Give the mean gap in open days, at least one."""
        mean: NDArray[np.float64] = np.maximum(self.total[who, day] / self.count[who, day], 1.0)
        return mean

    def variation(self, who: NDArray[np.intp], day: int) -> NDArray[np.float64]:
        """Give the squared coefficient of variation, shrunk towards that of the accounts `who` together."""
        count, mean = self.count[who, day], self.mean(who, day)
        own = np.maximum(self.squares[who, day] / count - mean**2, 0.0) * count / np.maximum(count - 1, 1) / mean**2
        pooled = np.clip(np.average(own, weights=count), _LEAST_VARIATION, _MOST_VARIATION)
        shrunken: NDArray[np.float64] = (count * own + _POOLED_GAPS * pooled) / (count + _POOLED_GAPS)
        return np.clip(shrunken, _LEAST_VARIATION, _MOST_VARIATION)


def _before(values: NDArray[np.int64], days: int) -> NDArray[np.int64]:
    """Sum the `days` days before each day."""
    total = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))[:, :-1]
    return total - np.pad(total, ((0, 0), (days, 0)))[:, : total.shape[1]]


class _Scan:
    """One ordered pass over the days, all accounts at once."""

    def __init__(
        self,
        panel: Panel,
        amounts: NDArray[np.float64],
        key: NDArray[np.bool_],
        clock: NDArray[Any],
        settings: AccountSettings,
    ) -> None:
        accounts = len(amounts)
        self.panel, self.amounts, self.key, self.clock, self.settings = panel, amounts, key, clock, settings
        self.rhythm = _Rhythm.of(amounts > 0, clock, settings.memory_days)
        self.last = np.full(accounts, -1)  # column of the last order
        self.was_key = np.zeros(
            accounts, dtype=bool
        )  # when it last ordered: silence itself takes an account from the top
        self.told = np.zeros(accounts, dtype=bool)
        self.silent = np.zeros(amounts.shape, dtype=bool)
        self.outcomes = np.full(amounts.shape, NOT_PLANNED, dtype=np.uint8)
        self.departures: list[Departure] = []

    def step(self, day: int) -> None:
        """Judge one day by the days before it, then learn from it."""
        ordered = self.amounts[:, day] > 0
        key = self.key[:, day] | (self.was_key & (day - self.last <= self.settings.trailing_days))
        known = key & (self.rhythm.count[:, day] >= self.settings.minimum_orders - 1)
        self.outcomes[key, day] = _OUTCOMES.index(Outcome.INSUFFICIENT_HISTORY)
        self.outcomes[known, day] = _OUTCOMES.index(Outcome.OK)
        if known.any():
            self._judge(np.flatnonzero(known), day, ordered)
        self._learn(np.flatnonzero(ordered), day)
        self.silent[:, day] = self.told

    def recently_silent(self) -> NDArray[np.bool_]:
        """Say on which days (accounts, days) a silence already told still weighs on the last `shrink_days`."""
        days, window = np.arange(len(self.panel.days)), self.settings.shrink_days
        since = np.maximum.accumulate(np.where(self.silent, days, -window - 1), axis=1)
        recent: NDArray[np.bool_] = days - since <= window
        return recent

    def _judge(self, who: NDArray[np.intp], day: int, ordered: NDArray[np.bool_]) -> None:
        from scipy.special import fdtr, fdtri

        gap = (self.clock[day] - self.clock[self.last[who]]).astype(float)
        mean, shape = self.rhythm.mean(who, day), 1.0 / self.rhythm.variation(who, day)
        freedom = 2 * shape * self.rhythm.count[who, day]
        limit = np.maximum(mean * fdtri(2 * shape, freedom, self.settings.quantile), self.settings.minimum_gap)
        p = 1.0 - fdtr(2 * shape, freedom, gap / mean)
        for n in np.flatnonzero((gap > limit) & ~self.told[who] & ~ordered[who]):
            self.told[who[n]] = True
            self._tell(int(who[n]), day, gap=gap[n], mean=mean[n], limit=limit[n], p=p[n])

    def _tell(self, account: int, day: int, *, gap: float, mean: float, limit: float, p: float) -> None:
        from scipy.special import ndtri

        last = int(self.last[account])
        since = max(last + 1 - self.settings.trailing_days, 0)
        self.departures.append(
            Departure(
                series=account,
                day=day,
                first=last + 1,
                kind=Kind.KEY_ACCOUNT,
                channel=SILENCE,
                statistic=float(ndtri(max(p, 1e-12))),
                p=float(p),
                actual=float(gap),
                expected=float(mean),
                lower=None,
                upper=float(limit),
                evidence={
                    "last_order": str(self.panel.days[last]),
                    "gaps_compared": int(self.rhythm.count[account, day]),
                    "usual_gap_days": round(float(mean), 1),
                    "trailing_amount": round(float(self.amounts[account, since : last + 1].sum()), 2),
                },
            )
        )

    def _learn(self, who: NDArray[np.intp], day: int) -> None:
        self.last[who] = day
        self.was_key[who] = self.key[who, day]
        self.told[who] = False
