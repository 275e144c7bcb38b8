"""Judging a Panel: the detectors, one false-alarm budget, and an outcome for every series-day."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from detect.detectors import Detection
from detect.detectors._base import Feedback
from detect.model import Judgement, Panel
from detect.series.calendars import Calendar
from detect.series.metric import Metric

__all__ = ["Models", "fit", "judge"]


@dataclass(frozen=True, eq=False)
class Models:
    """What is learnt across series, from days up to `through`: tails, peers, the forest. Arrays by 'part.name', no pickle."""

    through: date
    version: str
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    keys: tuple[tuple[str, str], ...] = ()

    def dump(self) -> bytes:
        """Return the models as bytes (an npz archive with a JSON head)."""
        head = json.dumps({"through": self.through.isoformat(), "version": self.version, "keys": self.keys})
        stream = io.BytesIO()
        np.savez_compressed(stream, allow_pickle=False, head=np.array(head), **dict(self.arrays))
        return stream.getvalue()

    @classmethod
    def load(cls, data: bytes) -> Models:
        """Return the models of `dump`."""
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            head = json.loads(str(stored["head"]))
            arrays = {name: stored[name] for name in stored.files if name != "head"}
        keys = tuple((str(metric), str(segment)) for metric, segment in head["keys"])
        return cls(date.fromisoformat(head["through"]), str(head["version"]), arrays, keys)

    def of(self, part: str) -> dict[str, np.ndarray]:
        """Return the arrays of one part by their own names."""
        return {name.partition(".")[2]: array for name, array in self.arrays.items() if name.partition(".")[0] == part}


def fit(panel: Panel, metrics: Mapping[str, Metric], calendar: Calendar, detection: Detection, through: date) -> Models:
    """Learn across series from the Panel's days up to `through`."""
    raise NotImplementedError


def judge(  # noqa: PLR0917 - the order in which a night knows them
    panel: Panel,
    metrics: Mapping[str, Metric],
    calendar: Calendar,
    detection: Detection,
    models: Models | None,
    first: date,
    feedback: Sequence[Feedback] = (),
) -> Judgement:
    """Judge the Panel's days from `first` on, each by the days before it alone."""
    raise NotImplementedError
