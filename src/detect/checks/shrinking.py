"""Key accounts that still order, but far less than they did.

The amount of the last `shrink_days` is compared with the rate of the `trailing_days` before them, lowered by as much as all accounts
together fell. Orders are taken as a compound Poisson stream, so the variance of a window is the sum of its squared orders, and its
amount as gamma distributed (a sum of few positive orders is too skew for a normal tail). Single orders are capped against the
account's own usual order, lest one large order makes all later windows look shrunk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detect.checks.settings import AccountSettings
from detect.model import Departure, Kind

__all__ = ["SHRINKING", "shrunk"]

SHRINKING = "shrinking"
Floats = NDArray[np.float64]

_CAP = 4.0  # of the account's usual order
_PROBABILITY = 0.001  # of so little by chance


def shrunk(amounts: Floats, everybody: Floats, key: NDArray[np.bool_], settings: AccountSettings) -> list[Departure]:
    """Tell each key account once when its amount falls below the share `shrunk_to` of its former rate, beyond chance.

    `amounts` and `key` are (accounts, days), `everybody` (days,) the amounts of all accounts together. It is told again only after it
    came back to half way between that share and its former rate. An account whose last window is empty is left to silence.
    """
    rates = _Rates.of(amounts, everybody, settings)
    told = np.zeros(len(amounts), dtype=bool)
    found: list[Departure] = []
    for day in range(settings.trailing_days + settings.shrink_days, amounts.shape[1]):
        share = rates.share(day)
        low = key[:, day] & (share > 0) & (share < settings.shrunk_to)
        who = np.flatnonzero(low & ~told)
        who = who[rates.probability(who, day) < _PROBABILITY]
        found += [_departure(int(account), day, rates, settings) for account in who]
        told[who] = True
        told &= share < (1 + settings.shrunk_to) / 2
    return found


@dataclass(frozen=True, eq=False)
class _Rates:
    """Amounts of the last window and of one at the former rate, with the spread of their difference; all (accounts, days)."""

    now: Floats
    before: Floats
    spread: Floats

    @classmethod
    def of(cls, amounts: Floats, everybody: Floats, settings: AccountSettings) -> _Rates:
        window, past = settings.shrink_days, settings.trailing_days
        capped = _capped(amounts, settings.memory_days)
        scale = window / past
        before = _shifted(_trailing(capped, past), window) * scale
        squares = _shifted(_trailing(capped**2, past), window) * scale
        all_now, all_before = (
            _trailing(everybody[None], window)[0],
            _shifted(_trailing(everybody[None], past), window)[0] * scale,
        )
        market = np.minimum(np.divide(all_now, all_before, out=np.ones_like(all_now), where=all_before > 0), 1.0)
        return cls(_trailing(capped, window), before * market, np.sqrt(squares * market * (1 + scale)))

    def share(self, day: int) -> NDArray[np.float64]:
        """Give the last window as a share of the former rate; 1 where there is no former rate."""
        before = self.before[:, day]
        return np.divide(self.now[:, day], before, out=np.ones_like(before), where=before > 0)

    def probability(self, who: NDArray[np.intp], day: int) -> NDArray[np.float64]:
        """Give how probable so small a window is at the former rate, for the accounts `who`."""
        from scipy.special import gammainc

        before = self.before[who, day]
        shape = (before / np.maximum(self.spread[who, day], 1e-9)) ** 2
        p: NDArray[np.float64] = gammainc(shape, shape * self.share(day)[who])
        return p


def _capped(amounts: Floats, memory_days: int) -> Floats:
    """Cap each order at four times the account's usual one: the geometric mean of the orders in the days before."""
    ordered = (amounts > 0).astype(float)
    logs = np.log(np.where(amounts > 0, amounts, 1.0))
    count, total = (_shifted(_trailing(values, memory_days), 1) for values in (ordered, logs))
    usual = np.exp(np.divide(total, count, out=np.full_like(total, np.inf), where=count > 0))
    capped: Floats = np.minimum(amounts, _CAP * usual)
    return capped


def _trailing(values: Floats, days: int) -> Floats:
    """Sum the last `days` days up to and with each day; each window by itself, so that the first day of the panel does not matter."""
    padded = np.pad(values, ((0, 0), (days - 1, 0)))
    sums: Floats = np.lib.stride_tricks.sliding_window_view(padded, days, axis=1).sum(axis=-1)
    return sums


def _shifted(values: Floats, days: int) -> Floats:
    return np.pad(values, ((0, 0), (days, 0)))[:, : values.shape[1]]


def _departure(account: int, day: int, rates: _Rates, settings: AccountSettings) -> Departure:
    from scipy.special import ndtri

    p = float(rates.probability(np.array([account]), day)[0])
    before = float(rates.before[account, day])
    return Departure(
        series=account,
        day=day,
        first=day - settings.shrink_days + 1,
        kind=Kind.KEY_ACCOUNT,
        channel=SHRINKING,
        statistic=float(ndtri(max(p, 1e-12))),
        p=p,
        actual=float(rates.now[account, day]),
        expected=before,
        lower=settings.shrunk_to * before,
        upper=None,
        evidence={"window_days": settings.shrink_days, "compared_days": settings.trailing_days},
    )
