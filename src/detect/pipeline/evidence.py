"""Everything the channels say of a part of the judged days: a statistic, its p-value, and where a departure began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from detect.detectors import Detection
from detect.detectors._base import Baseline, Bools, Context, Floats, Ints, Opinion
from detect.detectors.channels import burst, missing, repeated, stuck
from detect.detectors.peers import Peers, surprise, together
from detect.detectors.structural import Shares
from detect.findings.calibration import RESTLESS, p_value, restless
from detect.model import Panel
from detect.pipeline.models import Models
from detect.series.metric import Metric

__all__ = [
    "MARGIN",
    "QUANTILES",
    "Channel",
    "Evidence",
    "Facts",
    "facts_of",
    "gather",
    "own_statistics",
    "peer_statistics",
    "shares_of",
]

MARGIN: Final = 42  # columns before the judged ones whose flags still matter: episodes that go on
QUANTILES: Final[Mapping[str, tuple[float, float]]] = {  # of |statistic|, from which a channel's tail is read
    "point": (0.5, 0.96), "burst": (0.5, 0.95), "run": (0.5, 0.95), "peer": (0.5, 0.96), "peer_run": (0.5, 0.95),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Channel:
    """One channel over the columns from the margin on: `statistic`, `p` (series, columns), and the column where it began."""

    name: str
    statistic: Floats
    p: Floats
    onset: Ints
    share: Floats  # (series,) of the promised false alarms


@dataclass(frozen=True, eq=False)
class Evidence:
    """All channels of a part, beginning at Panel column `start`; `missing` holds the presence expected of absent days."""

    start: int
    begin: int
    end: int
    rate: float  # episodes that the channels tell together per unit of p
    settled: int  # values after which a judgement is no longer provisional
    baseline: Baseline
    channels: tuple[Channel, ...]
    missing: Floats
    missing_since: Ints
    repeated: Bools
    opinions: Mapping[str, Opinion]


@dataclass(frozen=True, eq=False)
class Facts:
    """What is read off the Panel itself, (series, days from column `begin` on), each day from the days before it."""

    begin: int
    stuck: Floats
    stuck_since: Ints
    missing: Floats
    missing_since: Ints
    repeated: Bools


def facts_of(panel: Panel, metrics: Mapping[str, Metric], off: Bools, first: int) -> Facts:
    """Return the facts of a Panel whose holidays are `off` (days,), for what is judged from column `first` on and its margin."""
    begin = max(0, first - MARGIN)
    absent = missing(panel, off, _sources(panel, metrics), begin)
    return Facts(begin, *stuck(panel, begin), *absent, repeated(panel)[:, begin:])


def gather(context: Context, models: Models, detection: Detection, facts: Facts) -> Evidence:
    """Ask every channel about the columns of `context.panel` from `context.first` on, with the models given."""
    panel, base, begin = context.panel, context.baseline, context.first
    start = max(0, begin - MARGIN)
    opinions = dict(_opinions(context, models, detection))
    channels = [*_own(context, models, detection, facts, start), *_second(opinions, models, detection, (start, begin))]
    span = slice(start - facts.begin, len(panel.days) - facts.begin)
    return Evidence(
        start=start,
        begin=begin,
        end=len(panel.days),
        rate=models.rate,
        settled=detection.min_history,
        baseline=base,
        channels=tuple(channels),
        missing=facts.missing[:, span],
        missing_since=facts.missing_since[:, span],
        repeated=facts.repeated[:, span],
        opinions=opinions,
    )


def own_statistics(base: Baseline, width: Floats, start: int) -> dict[str, tuple[Floats, Ints]]:
    """Return statistic and onset of the channels that the pooled tails calibrate, for the columns from `start` on.

    `width` (series,) is how much wider than normal each series' errors are.
    """
    days = np.arange(start, base.z.shape[1])
    here = np.tile(days, (len(base.z), 1))
    begin = max(0, start - RESTLESS)
    unrest = width[:, None] * restless(base.z[:, begin:] / width[:, None])[:, start - begin :]
    return {
        "point": (base.z[:, start:] / unrest, here),
        "burst": (burst(_since(base, start)) / unrest, np.maximum(here - 1, 0)),
        "run": (base.statistics["run"][:, start:], base.onset["run"][:, start:]),
    }


def peer_statistics(base: Baseline, peers: Peers, start: int, *, every: bool = False) -> dict[str, tuple[Floats, Ints]]:
    """Return statistic and onset of the channels that compare a series with its peers.

    With `every`, of all series as they stand, from which the tails are learnt; otherwise zero but for the odd ones out.
    """
    begin = max(0, start - RESTLESS)
    odd, left = surprise(base.z[:, begin:], peers)
    chosen = ((left if every else odd) / restless(left))[:, start - begin :]
    run, onset = together(chosen)
    here = np.tile(np.arange(start, base.z.shape[1]), (len(base.z), 1))
    return {"peer": (chosen, here), "peer_run": (run, onset + start)}


def _sources(panel: Panel, metrics: Mapping[str, Metric]) -> Ints:
    """Return a number for each series: that of the table it comes from."""
    names = [metrics[k.metric].source if k.metric in metrics else "" for k in panel.keys]
    return np.unique(np.array(names, dtype=str), return_inverse=True)[1].astype(np.int64)


def _since(base: Baseline, start: int) -> Baseline:
    return replace(base, z=base.z[:, start:], active=base.active[:, start:])


def _own(context: Context, models: Models, detection: Detection, facts: Facts, start: int) -> Iterator[Channel]:
    settings, panel, base = detection.structural, context.panel, context.baseline
    here = slice(start - facts.begin, len(panel.days) - facts.begin)
    if not settings.enabled:
        return
    peers = models.peers_of(panel.keys, settings.peers)
    shares = shares_of(settings.shares, peers)
    enough = base.history[:, start:] >= detection.min_history_provisional
    found = own_statistics(base, models.widths_of(panel.keys), start) | peer_statistics(base, peers, start)
    for name, (statistic, onset) in found.items():
        p = p_value(statistic, models.tail(name))
        p = np.where(enough, p, np.nan)
        yield Channel(name, statistic, p, onset, shares[name])
    p = np.where(enough, facts.stuck[:, here], np.nan)
    yield Channel("stuck", -np.log10(np.maximum(p, 1e-300)), p, facts.stuck_since[:, here], shares["stuck"])


def shares_of(shares: Shares, peers: Peers) -> dict[str, Floats]:
    """Return each channel's share (series,); a series without peers spends theirs on its own channels."""
    alone = np.asarray(~(peers.index >= 0).any(axis=1))
    out = {name: np.full(len(alone), float(share)) for name, share in shares.model_dump().items()}
    for own, other in (("point", "peer"), ("run", "peer_run")):
        out[own] = out[own] + np.where(alone, out[other], 0.0)
        out[other] = np.where(alone, 0.0, out[other])
    return out


def _opinions(context: Context, models: Models, detection: Detection) -> Iterator[tuple[str, Opinion]]:
    if detection.stl.enabled:
        yield "stl", detection.stl.judge(context)
    if detection.forest.enabled and hasattr(detection.forest, "judge") and models.of("forest"):
        yield "forest", detection.forest.judge(context, models.of("forest"))
    if detection.forecast.enabled and any(m.limits for m in context.metrics.values()):
        yield "forecast", detection.forecast.judge(context)


def _second(
    opinions: Mapping[str, Opinion], models: Models, detection: Detection, span: tuple[int, int]
) -> Iterator[Channel]:
    """Turn second opinions into channels; they have nothing to say of the margin."""
    for name, opinion in opinions.items():
        share = float(getattr(detection, name).share)
        for scores in opinion.scores:
            own = np.isnan(scores.p).all()
            p = p_value(scores.statistic, models.tail(scores.channel)) if own else scores.p
            days = scores.statistic.shape[1]
            pad = ((0, 0), (span[1] - span[0], 0))
            onset = np.tile(np.arange(span[0], span[1] + days), (len(p), 1))
            yield Channel(
                scores.channel,
                np.pad(scores.statistic, pad, constant_values=np.nan),
                np.pad(p, pad, constant_values=np.nan),
                onset,
                np.full(len(p), share / len(opinion.scores)),
            )
