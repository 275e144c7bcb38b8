"""The walk-forward pass: one-step errors of every series on every day, with cleaning, as one blocked forward substitution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from detect.detectors._base import Bools, Floats, Ints
from detect.detectors.covariance import CENTRAL, Design
from detect.detectors.runs import Runs
from detect.detectors.scale import BankWeights, DayOfMonth, Scale, Shifts
from detect.detectors.transforms import Transform
from detect.model import Verdict

__all__ = ["Days", "Pass", "Said", "Walk", "walk"]

_BLOCK: Final = 16
_EXTREME: Final = 5.0  # spreads: an error beyond it teaches nothing
_IMPLAUSIBLE: Final = 15.0  # spreads: believed of a day that the calendar moves only once the next such day had it too
_SHIFTED: Final = 3.0  # spreads beyond which two dates of a weekday are its new level
_WARM: Final = 28  # values before which nothing is cleaned away as extreme


@dataclass(frozen=True, eq=False)
class Days:
    """What is known of the rows (R,) beforehand: weekday class 0-6, day of the month 1-31, and whether the calendar is plain there."""

    weekday: Ints
    month_day: Ints
    plain: Bools


@dataclass(frozen=True)
class Said:
    """What people said of a series (its column in x) and some rows, to act from a row on."""

    verdict: Verdict
    series: int
    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Pass:
    """What the pass is given: transformed values (R, N), relative noise from denominators (R, N) or None, and what people said.

    `said` maps a row to the verdicts that are known from it on.
    """

    x: Floats
    noise: Floats | None
    said: Mapping[int, Sequence[Said]]
    memory: float
    clip: float


@dataclass(eq=False)
class Walk:
    """What the pass gives, all (R, N): expected value, error and spread in transformed units, z, the run statistic and its onset row."""

    expected: Floats
    error: Floats
    spread: Floats
    z: Floats
    history: Ints
    effect: Floats  # calendar effect expected from the rows before
    run: Floats
    onset: Ints


def walk(given: Pass, design: Design, days: Days, transform: Transform, start: Floats) -> Walk:
    """Run over the rows in order; row t of every result uses rows before t alone, besides x[t] itself. `start` (N,) centres x."""
    rows = len(given.x)
    state = _State(given, design, days, transform, start)
    for begin in range(0, rows, _BLOCK):
        end = min(begin + _BLOCK, rows)
        ahead = np.matmul(design.factor[:, begin:end, :begin], state.taught[:, :begin])
        state.out.effect[begin:end] = design.calendar[:begin, begin:end].T @ state.taught[CENTRAL, :begin]
        for t in range(begin, end):
            state.step(
                t, ahead[:, t - begin] + np.matmul(design.factor[:, t : t + 1, begin:t], state.taught[:, begin:t])[:, 0]
            )
    return state.out


class _State:
    """Everything that earlier rows leave behind for the next."""

    def __init__(self, given: Pass, design: Design, days: Days, transform: Transform, start: Floats) -> None:
        rows, series = given.x.shape
        members = len(design.factor)
        self.given, self.design, self.days, self.transform = given, design, days, transform
        self.taught = np.zeros((members, rows, series))
        self.level = start.copy()
        self.count = np.zeros(series, np.int64)
        self.weights = BankWeights(members, series)
        self.scale = Scale(given.x, transform, given.memory)
        self.months = DayOfMonth(series)
        self.runs = Runs(design.response, series)
        self.pattern = Shifts(7, series, _SHIFTED)
        self.held = np.zeros(series)
        empty = np.full((rows, series), np.nan)
        self.out = Walk(
            empty, np.zeros((rows, series)), empty.copy(), empty.copy(), np.zeros((rows, series), np.int32),
            np.zeros((rows, series)), empty.copy(), np.zeros((rows, series), np.int32),
        )  # fmt: skip

    def step(self, t: int, ahead: Floats) -> None:
        """Judge row t, then learn from it. `ahead` (M, N) is what each member expects beyond the level."""
        x, out, weights = self.given.x[t], self.out, self.weights.current
        for said in self.given.said.get(t, ()):
            self._heed(said, t)
        seen = ~np.isnan(x)
        day_effect = self.months.expected(int(self.days.month_day[t]), self.scale.spread)
        base = self.level + self.pattern.moved[int(self.days.weekday[t])] + day_effect
        out.effect[t] += day_effect
        expected = base + np.einsum("mn,mn->n", weights, ahead)
        errors = np.where(seen, x - base - ahead, 0.0)
        error = np.where(seen, x - expected, 0.0)
        relative = self.design.width[:, t] @ weights
        if self.given.noise is not None:
            relative = relative * self.given.noise[t]
        spread = self.scale.expected(int(self.days.weekday[t]), expected, plain=bool(self.days.plain[t])) * relative
        z = error / spread
        out.expected[t], out.error[t], out.spread[t], out.history[t] = expected, error, spread, self.count
        out.z[t] = np.where(seen, z, np.nan)
        self._learn(t, seen, errors, error, z, relative)

    def _learn(self, t: int, seen: Bools, errors: Floats, error: Floats, z: Floats, relative: Floats) -> None:
        extreme = seen & (np.abs(z) > _EXTREME) & (self.count >= _WARM)
        standard = errors / (self.design.width[:, t] * self.design.ordinary)[:, None]
        if self.given.noise is not None:
            standard = standard / np.maximum(self.given.noise[t], 1.0)
        # On a day that the calendar moves, the factor gives nearly all of an error to the calendar's columns, hardly any to the level.
        if self.design.movable[t]:
            self.taught[:, t] = np.where(seen & self._believed(seen, z), standard, 0.0)
        else:
            self.taught[:, t] = self.weights.clipped(standard, self.given.clip, seen & ~extreme)
        self.weights.learn(standard, self.design.width[:, t] * self.design.ordinary, seen, t)
        plain = bool(self.days.plain[t])
        self.scale.learn(error / relative, int(self.days.weekday[t]), seen, plain=plain)
        if plain:
            self.months.learn(int(self.days.month_day[t]), error, z, seen)
        self.count += seen
        moved, self.out.run[t], self.out.onset[t] = self.runs.step(
            t, error, z, seen & (self.count > _WARM) & (plain or not self.design.movable[t]), self.weights.current
        )
        self.level += moved
        if plain:
            self.pattern.learn(int(self.days.weekday[t]), error, z, seen & (moved == 0) & (self.count > _WARM))

    def _believed(self, seen: Bools, z: Floats) -> Bools:
        """Say which series' errors on a day that the calendar may move are habits: not a wrong unit that fell on a month's last day."""
        far = seen & (np.abs(z) > _IMPLAUSIBLE)
        ratio = np.divide(z, self.held, out=np.zeros_like(z), where=self.held != 0)
        again = far & (ratio > 0.5) & (ratio < 2.0)  # noqa: PLR2004 - as large as the last, give or take a factor of two
        self.held = np.where(seen, np.where(far & ~again, z, 0.0), self.held)
        return np.asarray(~far | again)

    def _heed(self, said: Said, t: int) -> None:
        """Change what is learnt: an expected day teaches nothing, a false alarm teaches fully, a new normal moves the level."""
        series, rows = said.series, slice(said.first, min(said.last, t - 1) + 1)
        width = self.design.width[:, rows] * self.design.ordinary[:, None]
        if said.verdict is Verdict.EXPECTED:
            self.taught[:, rows, series] = 0.0
        elif said.verdict is Verdict.FALSE:
            self.taught[:, rows, series] = self.out.error[rows, series] / width
            self.scale.widen(series, float(np.nanmax(np.abs(self.out.z[rows, series]), initial=0.0)))
        elif said.verdict is Verdict.NEW_NORMAL:
            self.level[series] += self.runs.gap(series, t - said.first)
            self.runs.forget(np.array([series]))
