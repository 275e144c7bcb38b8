"""Learning across series, on a schedule: peers, tails, the rate of episodes, the forest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from detect.detectors import Detection
from detect.detectors._base import Baseline, Bools, Context, Floats
from detect.detectors.baseline import Replay
from detect.detectors.peers import fit_peers, surprise
from detect.findings.calibration import fit_tail, own_width, p_value
from detect.findings.episodes import episode_rate, joint_score
from detect.model import Panel
from detect.pipeline.evidence import QUANTILES, own_statistics, peer_statistics, shares_of
from detect.pipeline.models import Models
from detect.series.calendars import Calendar
from detect.series.metric import Metric
from detect.series.panel import column_of, until

__all__ = ["fit", "learn"]

_LEARN: Final = 365  # days from which tails are learnt


def fit(panel: Panel, metrics: Mapping[str, Metric], calendar: Calendar, detection: Detection, through: date) -> Models:
    """Learn across series from the Panel's days up to and including `through`; those after it are not looked at."""
    end = column_of(panel, through) + 1
    past = until(panel, end)
    replay = Replay(past, metrics, calendar, detection.structural, max(end - 1, 0))
    return learn(past, metrics, calendar, detection, replay.baseline(max(end - 1, 0), end), through)


def learn(
    panel: Panel, metrics: Mapping[str, Metric], calendar: Calendar, detection: Detection, base: Baseline, through: date
) -> Models:
    """Learn across series from a baseline that ends on `through`."""
    begin = max(0, len(panel.days) - _LEARN)
    # A series that never moved has no errors to learn from; its zeros would thin the tails of the others.
    moved = np.asarray(np.nan_to_num(base.z[:, begin:]).any(axis=1), bool)
    enough = (base.history[:, begin:] >= detection.min_history_provisional) & moved[:, None]
    recent = np.where(enough, base.z[:, begin:], np.nan)
    width = own_width(recent)
    peers = fit_peers(base.z, detection.structural.peers, detection.structural.min_correlation)
    peers = replace(peers, spread=peers.spread * own_width(surprise(recent, peers)[1]))
    parts: dict[str, dict[str, np.ndarray]] = {
        "peers": {"index": peers.index, "weight": peers.weight, "spread": peers.spread},
        "own": {"width": width},
        "tail": {},
    }
    context = Context(panel, metrics, calendar, base, begin, detection.budget)
    statistics = own_statistics(base, width, begin) | peer_statistics(base, peers, begin)
    found = {name: np.where(enough, statistic, np.nan) for name, (statistic, _) in statistics.items()}
    spent = [
        *_calibrated(found, shares_of(detection.structural.shares, peers), parts),
        *_stl(context, detection, moved, parts),
    ]
    score = joint_score(spent)
    if score is not None:
        judged = np.isfinite(recent) & (base.history[:, begin:] >= detection.min_history)
        parts["rate"] = {"episodes": np.array([episode_rate(score, judged)])}
    if detection.forest.enabled and hasattr(detection.forest, "fit"):
        parts["forest"] = dict(detection.forest.fit(context))
    return Models.of_parts(through, parts, panel.keys)


def _calibrated(
    found: Mapping[str, Floats], shares: Mapping[str, Floats], parts: dict[str, dict[str, np.ndarray]]
) -> Iterator[tuple[Floats, Floats]]:
    """Learn the tail of each statistic (series, days), write it into `parts`, and yield its p and share."""
    for name, statistic in found.items():
        tail = fit_tail(statistic, QUANTILES[name])
        parts["tail"][name] = tail.as_array()
        yield p_value(statistic, tail), shares[name]


def _stl(
    context: Context, detection: Detection, moved: Bools, parts: dict[str, dict[str, np.ndarray]]
) -> Iterator[tuple[Floats, Floats]]:
    if detection.stl.enabled:
        for scores in detection.stl.judge(context).scores:
            statistic = np.where(moved[:, None], scores.statistic, np.nan)
            tail = fit_tail(statistic)
            parts["tail"][scores.channel] = tail.as_array()
            yield p_value(statistic, tail), np.full(len(statistic), detection.stl.share)
