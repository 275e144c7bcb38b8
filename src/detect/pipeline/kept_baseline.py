"""The baseline of the night judged last, kept in the store: whoever asks about that night need not walk its days again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from detect.detectors._base import Baseline, Feedback
from detect.detectors.baseline import Replay
from detect.detectors.transforms import Transform
from detect.model import Panel
from detect.pipeline.session import Session

__all__ = ["night_baseline"]

_NAME: Final = "baseline"
_CELLS: Final = (
    250_000  # series-days of a Panel whose baseline is kept, some megabytes; that of a larger one is walked anew
)
_OF_CHANNELS: Final = ("statistics", "onset")


def night_baseline(
    session: Session, panel: Panel, day: date, feedback: Sequence[Feedback], *, keep: bool = False
) -> Baseline:
    """Return the baseline that the night of `day`, the Panel's last one, has; with `keep` it is there for whoever asks next.

    One that was kept is used only where all that it was made of is still the same.
    """
    small, made_of = panel.values.size <= _CELLS, ""
    if small:
        made_of = _digest(session, panel, day, feedback)
        kept = session.store.get_model(_NAME, day, made_of)
        if kept is not None and kept.fitted_through == day:
            return _read(kept.payload)
    last = len(panel.days) - 1
    settings = session.book.policy.detection.structural
    base = Replay(panel, session.book.metrics, session.calendar(day), settings, last, feedback).baseline(last, last + 1)
    if keep and small:
        session.store.put_model(_NAME, day, made_of, _written(base), alone=True)
    return base


def _digest(session: Session, panel: Panel, day: date, feedback: Sequence[Feedback]) -> str:
    found = hashlib.sha256()
    for part in _made_of(session, panel, day, feedback):
        found.update(part)
    return found.hexdigest()


def _made_of(session: Session, panel: Panel, day: date, feedback: Sequence[Feedback]) -> Iterator[bytes]:
    """Yield all that a baseline depends on: figures, verdicts, calendars, settings, and what reckons it."""
    for array in (panel.days, panel.values, panel.present, panel.weights, panel.repeated):
        yield b"-" if array is None else np.ascontiguousarray(array).tobytes()
    calendar, metrics = session.calendar(day), session.book.metrics
    countries = [(name, metrics[name].country) for name in sorted({key.metric for key in panel.keys})]
    settings = session.book.policy.detection.structural.model_dump_json()
    said = (panel.keys, countries, feedback, calendar.known_events, calendar.settings.model_dump_json(), settings)
    yield repr(said).encode()
    yield repr([field.name for field in (*fields(Baseline), *fields(Transform))]).encode()  # another shape is not read
    yield repr([version(name) for name in ("yujing", "numpy", "scipy", "holidays")]).encode()


def _written(base: Baseline) -> bytes:
    arrays: dict[str, Any] = {f.name: getattr(base, f.name) for f in fields(Baseline) if f.name not in _OF_CHANNELS}
    del arrays["transform"]
    for name in _OF_CHANNELS:
        arrays |= {f"{name}.{channel}": array for channel, array in getattr(base, name).items()}
    if base.transform is not None:
        arrays |= {f"transform.{name}": array for name, array in vars(base.transform).items() if array is not None}
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def _read(payload: bytes) -> Baseline:
    arrays = dict(np.load(io.BytesIO(payload), allow_pickle=False))
    parts: dict[str, dict[str, Any]] = {"transform": {}, "statistics": {}, "onset": {}}
    for name in [name for name in arrays if "." in name]:
        part, _, own = name.partition(".")
        parts[part][own] = arrays.pop(name)
    transform = Transform(**parts["transform"]) if parts["transform"] else None
    return Baseline(**arrays, transform=transform, statistics=parts["statistics"], onset=parts["onset"])
