"""What a user would pick instead: each takes a Panel and its first judged column and gives (row, column) pairs told.

The calibration of each is its own usual one; `random` tells as often as it is told to. PyOD, statsforecast and Prophet are asked only
where they are installed, on as many series as a few minutes allow.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable

import numpy as np
import pandas as pd
from benchmarks.generator import FIRST

from detect.model import Panel

Pairs = list[tuple[int, int]]
SPREADS = 5.0  # from the same-weekday median, at which a day is told


def everything(panel: Panel) -> Pairs:
    return [(row, column) for row in range(len(panel.keys)) for column in range(FIRST, len(panel.days))]


def at_random(panel: Panel, share: float, seed: int) -> Pairs:
    chosen = np.random.default_rng(seed).random((len(panel.keys), len(panel.days) - FIRST)) < share
    return _pairs(chosen)


def weekday_median(panel: Panel) -> Pairs:
    return _pairs(weekday_distance(panel)[:, FIRST:] >= SPREADS)


def weekday_distance(panel: Panel) -> np.ndarray:
    """Return the distance from the median of the last eight same weekdays, in robust spreads of the last eight weeks' distances."""
    frame = pd.DataFrame(panel.values.T)
    days = np.arange(len(frame)) % 7
    usual = frame.groupby(days).transform(lambda v: v.shift(1).rolling(8, min_periods=4).median())
    off = frame - usual
    spread = 1.4826 * off.abs().shift(1).rolling(56, min_periods=20).median()
    return np.nan_to_num(np.abs((off / np.maximum(spread, 0.01 * usual.abs())).to_numpy().T))


def fixed_limits(panel: Panel) -> Pairs:
    """Outside the range that the year before the judged ones had."""
    before = panel.values[:, FIRST - 365 : FIRST]
    low, high = np.nanmin(before, axis=1, keepdims=True), np.nanmax(before, axis=1, keepdims=True)
    judged = panel.values[:, FIRST:]
    return _pairs((judged < low) | (judged > high))


def stl_in_sample(panel: Panel, limit: float = 4.0) -> Pairs:
    """STL with statsmodels' defaults over the whole series, the tested day inside, robust z of its residual: the usual recipe."""
    from statsmodels.tsa.seasonal import STL  # noqa: PLC0415

    z = np.zeros(panel.values.shape)
    for row, values in enumerate(_filled(panel.values)):
        residual = STL(values, period=7).fit().resid
        z[row] = np.abs(residual - np.median(residual)) / (
            1.4826 * np.median(np.abs(residual - np.median(residual))) + 1e-12
        )
    return _pairs(z[:, FIRST:] >= limit)


def forest_per_series(panel: Panel, share: float = 0.005) -> Pairs:
    """IsolationForest on value, weekday and the values a day and a week before, fitted on the days before the judged ones."""
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415

    flagged = np.zeros((len(panel.keys), len(panel.days) - FIRST), bool)
    for row, rows in enumerate(lagged(_filled(panel.values))):
        model = IsolationForest(contamination=share, random_state=1).fit(rows[7:FIRST])
        flagged[row] = model.predict(rows[FIRST:]) < 0
    return _pairs(flagged)


def pyod(panel: Panel, share: float = 0.005) -> Pairs:
    """ECOD on value and lags, fitted on the days before the judged ones."""
    from pyod.models.ecod import ECOD  # type: ignore[import-not-found]  # noqa: PLC0415

    flagged = np.zeros((len(panel.keys), len(panel.days) - FIRST), bool)
    for row, rows in enumerate(lagged(_filled(panel.values))):
        model = ECOD(contamination=share).fit(rows[7:FIRST])
        flagged[row] = model.predict(rows[FIRST:]) > 0
    return _pairs(flagged)


def statsforecast(panel: Panel) -> Pairs:
    """Outside the 99.8 % interval of AutoETS with a weekly season, forecast four weeks ahead, thirteen times."""
    from statsforecast import StatsForecast  # type: ignore[import-not-found]  # noqa: PLC0415
    from statsforecast.models import AutoETS  # type: ignore[import-not-found]  # noqa: PLC0415

    filled = _filled(panel.values)
    ids = np.repeat([f"{row:04d}" for row in range(len(filled))], filled.shape[1])
    frame = pd.DataFrame(
        {"unique_id": ids, "ds": np.tile(pd.DatetimeIndex(panel.days), len(filled)), "y": filled.ravel()}
    )
    engine = StatsForecast(models=[AutoETS(season_length=7)], freq="D", n_jobs=1)
    ahead = engine.cross_validation(df=frame, h=28, step_size=28, n_windows=13, refit=True, level=[99.8]).reset_index()
    outside = (ahead["y"] > ahead["AutoETS-hi-99.8"]) | (ahead["y"] < ahead["AutoETS-lo-99.8"])
    return _outside(ahead, outside, "unique_id", panel)


def prophet(panel: Panel) -> Pairs:
    """Outside the 99.8 % interval of Prophet with the country's holidays, fitted anew each quarter."""
    from prophet import Prophet  # type: ignore[import-not-found]  # noqa: PLC0415

    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    days, told = pd.DatetimeIndex(panel.days), []
    for row, values in enumerate(_filled(panel.values)):
        frame = pd.DataFrame({"ds": days, "y": values})
        for start in range(FIRST, len(days), 92):
            model = Prophet(interval_width=0.998, daily_seasonality=False)
            model.add_country_holidays("CN")
            ahead = model.fit(frame[:start]).predict(frame[["ds"]][start : start + 92])
            actual = values[start : start + 92]
            off = (actual > ahead["yhat_upper"].to_numpy()) | (actual < ahead["yhat_lower"].to_numpy())
            told += [(row, start + int(column)) for column in np.flatnonzero(off)]
    return told


def installed() -> dict[str, Callable[[Panel], Pairs] | None]:
    """Return the peers by name, None where they are not installed."""
    found = {
        "PyOD ECOD": ("pyod", pyod),
        "statsforecast AutoETS": ("statsforecast", statsforecast),
        "Prophet": ("prophet", prophet),
    }
    return {name: run if importlib.util.find_spec(module) else None for name, (module, run) in found.items()}


def lagged(values: np.ndarray) -> np.ndarray:
    """Return value, weekday, the change from the day before and from a week before: (series, days, 4); the first week is 0."""
    out = np.zeros((*values.shape, 4))
    out[:, :, 0], out[:, :, 1] = values, np.arange(values.shape[1]) % 7
    out[:, 1:, 2] = values[:, 1:] - values[:, :-1]
    out[:, 7:, 3] = values[:, 7:] - values[:, :-7]
    return out


def _outside(frame: pd.DataFrame, outside: pd.Series, name: str, panel: Panel) -> Pairs:
    told = frame[outside.to_numpy()]
    columns = (pd.DatetimeIndex(told["ds"]) - pd.Timestamp(panel.days[0])).days
    pairs = zip(told[name].astype(int), columns, strict=True)
    return [
        (int(row), int(column)) for row, column in pairs if np.isfinite(panel.values[row, column]) and column >= FIRST
    ]


def _filled(values: np.ndarray) -> np.ndarray:
    """Fill gaps with the value of a week before; peers take no gaps."""
    frame = pd.DataFrame(values.T)
    for _ in range(5):
        frame = frame.fillna(frame.shift(7))
    return frame.ffill().bfill().to_numpy().T


def _pairs(flagged: np.ndarray) -> Pairs:
    return [(int(row), int(column) + FIRST) for row, column in np.argwhere(flagged)]
