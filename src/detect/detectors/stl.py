"""The second opinion: STL with long smooth windows, judging a day by what the days before it leave to expect."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from detect.detectors._base import CODE, Context, Floats, Opinion, codes
from detect.detectors.stl_operator import Windows, forecast_row
from detect.detectors.trailing import carried_forward, exponential_weights, trailing_sum
from detect.model import Frozen, Outcome, Scores

__all__ = ["CHANNEL", "StlSettings"]

CHANNEL = "stl"
_STEP = 13  # periods between the lengths of history for which an operator is kept
_RECENT = 7.0  # days: time constant of the mean of the last residuals
_CHUNK = 1000  # series judged together: what lies between input and answer stays small
_LEARN = 182  # days of residuals from which their size and their memory are learnt
_READ = 2 * _LEARN + 4 * int(_RECENT)  # days of residuals that a judgement can depend on
_MEAN_TO_SIGMA = 1.2533  # standard deviation of a Gaussian over its mean absolute value
_PSEUDO_DAYS = 10.0  # days' worth of belief that the residual spreads like the baseline's own
_LEAST_SCALE = 0.5  # of the baseline's spread


class StlSettings(Frozen):
    """Seasonal-trend decomposition by loess (Cleveland et al. 1990), as a detector of its own.

    The windows are long and the local fits constant (degree 0) on purpose: with the usual short windows the last day pulls the fit to
    itself (leverage 0.73) and keeps a quarter of its own surprise. `seasonal` counts weeks, `trend` and `window` days.
    """

    enabled: bool = True
    share: float = Field(default=0.05, ge=0.0, le=1.0)  # of the promised false alarms
    period: int = Field(default=7, ge=2)
    seasonal: int = Field(default=51, ge=3)
    trend: int = Field(default=61, ge=3)
    low_pass: int | None = None  # None: the smallest odd number above the period, as in statsmodels
    seasonal_degree: Literal[0, 1] = 0
    trend_degree: Literal[0, 1] = 0
    low_pass_degree: Literal[0, 1] = 0
    window: int = Field(
        default=728, ge=56
    )  # days of history that the operator reads; older days never change a judgement
    min_history: int = Field(default=84, ge=28)  # days needed before the first judgement
    memory: float = Field(default=180.0, gt=1.0)  # days: the scale forgets with this time constant

    @model_validator(mode="after")
    def _windows_have_a_middle(self) -> StlSettings:
        """Refuse windows that loess cannot centre."""
        for name, window in (("seasonal", self.seasonal), ("trend", self.trend), ("low_pass", self.low_pass_window)):
            if window % 2 == 0:
                msg = f"{name} is {window}: an odd number of points is needed, so that a window has a middle"
                raise ValueError(msg)
        if min(self.trend, self.low_pass_window) <= self.period:
            msg = f"trend and low_pass must be longer than the period of {self.period}"
            raise ValueError(msg)
        return self

    @property
    def low_pass_window(self) -> int:
        """The low-pass filter's window: the one given, or the smallest odd number above the period."""
        return self.low_pass or self.period + 1 + self.period % 2

    @property
    def windows(self) -> Windows:
        """What the decomposition itself needs to know."""
        return Windows(
            period=self.period,
            seasonal=self.seasonal,
            trend=self.trend,
            low_pass=self.low_pass_window,
            seasonal_degree=self.seasonal_degree,
            trend_degree=self.trend_degree,
            low_pass_degree=self.low_pass_degree,
        )

    @property
    def lengths(self) -> tuple[int, ...]:
        """Lengths of history with an operator of their own, longest first; a history is cut to the longest that it fills."""
        longest = self.window - self.window % self.period
        shortest = min(longest, -(-self.min_history // self.period) * self.period)
        return (*range(longest, shortest, -_STEP * self.period), shortest)

    def judge(self, context: Context) -> Opinion:
        """Judge each day by its leave-one-out residual in units of what such residuals have been.

        The value judged is the calendar-adjusted one, what it is judged by are the cleaned days before it. A smooth trend lags behind a
        level that moves, so what the last residuals lead to expect of the next is taken off. The statistic is left to the pooled
        calibration (p is NaN).
        """
        baseline, first = context.baseline, context.first
        count, days = baseline.cleaned.shape
        expected, statistic = np.empty((count, days - first)), np.empty((count, days - first))
        for start in range(0, count if days > first else 0, _CHUNK):
            rows = slice(start, start + _CHUNK)
            columns = (baseline.adjusted[rows], baseline.cleaned[rows], baseline.spread[rows])
            expected[rows], statistic[rows] = self._statistic(*columns, first)
        return Opinion(
            scores=(Scores(CHANNEL, statistic, np.full_like(statistic, np.nan)),),
            outcomes=self._outcomes(context, expected, statistic),
        )

    def _statistic(self, adjusted: Floats, cleaned: Floats, spread: Floats, first: int) -> tuple[Floats, Floats]:
        """Return expectation and statistic of the days from `first` on, both (series, days - first)."""
        begin = max(0, first - _READ)
        judged = slice(first - begin, None)
        expected = self.expectation(cleaned, begin)
        unit = np.where(spread > 0.0, spread, np.nan)[:, begin:]
        error = (adjusted[:, begin:] - expected) / unit
        usual = np.where(np.isfinite(error), (cleaned[:, begin:] - expected) / unit, np.nan)
        carried = _carried(usual)
        scale = self._scale(usual - carried, first - begin)
        return expected[:, judged], (error - carried)[:, judged] / scale

    def expectation(self, cleaned: Floats, first: int) -> Floats:
        """Return what the days before lead to expect of each day from `first` on, (series, days - first); NaN while they are too few.

        `cleaned` (series, days) may hold NaN before a series begins; gaps later carry the last value forward.
        """
        days = cleaned.shape[1]
        begun = np.where(np.isfinite(cleaned).any(axis=1), np.isfinite(cleaned).argmax(axis=1), days)
        length = np.arange(first, days)[None, :] - begun[:, None] + 1
        past, out = carried_forward(cleaned), np.full((len(cleaned), days - first), np.nan)
        open_days = np.ones_like(length, dtype=bool)
        for n in self.lengths:
            fits = open_days & (length >= n)
            columns = np.flatnonzero(fits.any(axis=0))
            if len(columns):
                used = slice(int(columns[0]), int(columns[-1]) + 1)
                row = forecast_row(n, self.windows)
                found = trailing_sum(past[:, : first + used.stop], row, first + used.start)
                out[:, used] = np.where(fits[:, used], found, out[:, used])
            open_days &= ~fits
        return out

    def _scale(self, usual: Floats, first: int) -> Floats:
        """Return the residuals' usual size before each day, in units of the baseline's spread: (series, days - first)."""
        known = np.isfinite(usual)
        fading = exponential_weights(self.memory, _LEARN)
        size = trailing_sum(np.where(known, np.abs(usual), 0.0), fading, first) * _MEAN_TO_SIGMA
        days = trailing_sum(known.astype(float), fading, first)
        return np.maximum((size + _PSEUDO_DAYS) / (days + _PSEUDO_DAYS), _LEAST_SCALE)

    @staticmethod
    def _outcomes(context: Context, expected: Floats, statistic: Floats) -> NDArray[np.int8]:
        """Say how each check ended, before any finding: (series, judged days)."""
        judged = slice(context.first, None)
        values, present = context.panel.values[:, judged], context.panel.present[:, judged]
        out = codes(Outcome.OK, (statistic.shape[0], statistic.shape[1]))
        out[~np.isfinite(statistic)] = CODE[Outcome.INSUFFICIENT_HISTORY]
        out[np.isfinite(expected) & ~present] = CODE[Outcome.NO_DATA]
        out[~present & ~context.baseline.active[:, judged]] = CODE[Outcome.OK]
        out[present & ~np.isfinite(values)] = CODE[Outcome.NON_FINITE]
        return out


def _carried(usual: Floats) -> Floats:
    """Return what the residuals before each day lead to expect of its own, (series, days).

    A regression on the residual of the day before and on the mean of the last week or so, learnt from the last half year of each
    series and shrunk towards nothing by ridge.
    """
    residual = np.nan_to_num(usual)
    fading = exponential_weights(_RECENT, 4 * int(_RECENT))
    known = trailing_sum(np.isfinite(usual).astype(float), fading, 0)
    level = trailing_sum(residual, fading, 0) / (known + 1.0)
    before = np.pad(residual[:, :-1], ((0, 0), (1, 0)))
    evenly = np.ones(_LEARN)

    def total(product: Floats) -> Floats:
        return trailing_sum(product, evenly, 0)

    aa, bb, ab = total(before**2) + _PSEUDO_DAYS, total(level**2) + _PSEUDO_DAYS, total(before * level)
    ay, by = total(before * residual), total(level * residual)
    determinant = aa * bb - ab**2
    return np.asarray(((bb * ay - ab * by) * before + (aa * by - ab * ay) * level) / determinant)
