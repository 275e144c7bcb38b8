"""How many episodes the channels tell together for each unit of p that they spend, counted on the past that they were learnt from.

Alarms of several channels coincide, and come several to an episode; their statistics lean on each other, and no theory says how much.
So the promise is kept by counting: with all channels calibrated, a series-day's joint score is the least of p / share; the episodes of
days whose score is below a bound, over that bound and the days, is the rate sought. Days beyond a far lower bound are taken for true
departures and left out, with the episodes that they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["USUAL_RATE", "episode_rate", "joint_score"]

Floats = NDArray[np.float64]

USUAL_RATE: Final = 0.6  # episodes per unit of p: what is believed before anything was counted
_BELIEF: Final = 20.0  # episodes' worth of that belief
_BOUND: Final = 0.01  # of the joint score: about ten days in a thousand, where normal days outnumber departures
_DEPARTED: Final = 2e-4
_GAP: Final = 3  # days: alarms no further apart are one episode
_LIMITS: Final = (0.2, 2.0)


def joint_score(channels: Iterable[tuple[Floats, Floats]]) -> Floats | None:
    """Return the least p / share (series, days) of channels given as p (series, days) and share (series,)."""
    least: Floats | None = None
    for p, share in channels:
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.where(np.isnan(p) | (share[:, None] <= 0), np.inf, p / share[:, None])
        least = score if least is None else np.minimum(least, score)
    return least


def episode_rate(score: Floats, judged: NDArray[np.bool_]) -> float:
    """Return the episodes per series-day and unit of joint score, from scores (series, days) of the days that were `judged`."""
    hit = judged & (score < _BOUND)
    before = np.zeros(hit.shape, bool)
    for lag in range(1, _GAP + 1):
        before[:, lag:] |= hit[:, :-lag]
    episode = np.cumsum(hit & ~before, axis=1) + (np.arange(len(hit)) * (hit.shape[1] + 1))[:, None]
    told = np.unique(episode[hit])
    departed = np.unique(episode[judged & (score < _DEPARTED)])
    ordinary = len(told) - len(departed)
    spent = float(judged.sum()) * (_BOUND - _DEPARTED)
    return float(np.clip((ordinary + _BELIEF) / (spent + _BELIEF / USUAL_RATE), *_LIMITS))
