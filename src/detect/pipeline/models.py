"""What is learnt across series and stored between nights: tails, peers, the forest."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from detect.detectors.peers import Peers
from detect.findings.calibration import Tail
from detect.findings.episodes import USUAL_RATE
from detect.model import SeriesKey

__all__ = ["Models"]


@dataclass(frozen=True, eq=False)
class Models:
    """Learnt from days up to `through`; arrays by 'part.name', so that they are stored without pickle."""

    through: date
    version: str
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    keys: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_parts(
        cls, through: date, parts: Mapping[str, Mapping[str, np.ndarray]], keys: tuple[SeriesKey, ...]
    ) -> Models:
        """Put parts together; the version is the day and a digest of what was learnt."""
        arrays = {f"{part}.{name}": array for part, named in parts.items() for name, array in named.items()}
        digest = hashlib.sha256()
        for name in sorted(arrays):
            digest.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
        return cls(
            through,
            f"{through.isoformat()}-{digest.hexdigest()[:10]}",
            arrays,
            tuple((k.metric, k.segment) for k in keys),
        )

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

    def tail(self, channel: str) -> Tail:
        """Return the stored tail of a channel, or the prior one."""
        stored = self.arrays.get(f"tail.{channel}")
        return Tail() if stored is None else Tail.of_array(stored)

    @property
    def rate(self) -> float:
        """The episodes that the channels told together per unit of p, when they were learnt."""
        stored = self.arrays.get("rate.episodes")
        return USUAL_RATE if stored is None else float(stored[0])

    def widths_of(self, keys: tuple[SeriesKey, ...]) -> np.ndarray:
        """Return the stored widths of the own errors of the series with these keys (1 where none is stored)."""
        stored = self.arrays.get("own.width")
        known = {} if stored is None else {SeriesKey(*key): float(w) for key, w in zip(self.keys, stored, strict=True)}
        return np.array([known.get(key, 1.0) for key in keys])

    def peers_of(self, keys: tuple[SeriesKey, ...], count: int) -> Peers:
        """Return the stored peers, as rows of a Panel with these keys; a series or a peer that is not there has none."""
        number = len(keys)
        found = Peers(np.full((number, count), -1, np.int64), np.zeros((number, count)), np.ones(number))
        stored = self.of("peers")
        if not stored:
            return found
        row_of = {key: i for i, key in enumerate(keys)}
        new_row = np.array([row_of.get(SeriesKey(*key), -1) for key in self.keys] + [-1])
        for old, new in enumerate(new_row[:-1]):
            if new >= 0:
                k = min(count, stored["index"].shape[1])
                found.index[new, :k] = new_row[stored["index"][old, :k]]
                found.weight[new, :k], found.spread[new] = stored["weight"][old, :k], stored["spread"][old]
        return found
