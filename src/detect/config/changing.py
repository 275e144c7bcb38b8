"""One metric's settings changed for a trial: the same strict checks as of the files, all faults at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from detect.config.book import Book
from detect.config.document import Document
from detect.config.faults import allowed_names, build, nearest
from detect.config.figures import check_metric
from detect.config.loader import parse
from detect.detectors import Detection
from detect.errors import Fault, UsageError
from detect.series.metric import Metric

__all__ = ["changed", "settable"]

_SET = "--set"
_PREFIX = "detection."
# What a figure is made of: another one is another metric, whose days the store does not hold.
_FIGURE = frozenset(
    {"id", "source", "value", "numerator", "denominator", "where", "where_denominator", "segments", "segment_names"}
    | {"top_segments", "total", "absent"}
)
_UNJUDGED = frozenset({"name", "department", "stage", "unit"})  # make no difference to what is told
Values = dict[str, Any]


def settable() -> tuple[list[str], list[str]]:
    """Return the keys of a metric and those of the policy's detection that `changed` takes."""
    return sorted(allowed_names(Metric, ()) - _FIGURE - _UNJUDGED), _leaves(Detection)


def changed(book: Book, metric: str, settings: Sequence[str]) -> Book:
    """Return the book with `key=value` settings of one metric, or of the policy's detection, put in place.

    A key is a metric's (`minimum`, `limits`) or detection's (`budget`, `structural.shares.point`, with or without `detection.` before
    it); a value is written as in YAML. Raises UsageError that names every fault, each with what is allowed.
    """
    if not settings:
        return book
    own, policy, faults = _sorted(settings)
    settings_of = {"metrics": [book.metric(metric).model_dump(mode="json", by_alias=True) | own]}
    document = Document(_SET, data=settings_of, lines={})
    found: list[Fault] = list(check_metric(document, ("metrics", 0), settings_of["metrics"][0]))
    strangers = [name for name in _listed(own.get("related")) if name not in book.metrics]
    faults += [f"related: unknown metric {name!r}. {nearest(name, book.metrics)}" for name in strangers]
    made = build(Metric, settings_of["metrics"][0], document, ("metrics", 0), found)
    detection = _nested(book.policy.detection.model_dump(mode="json"), policy)
    judged = build(Detection, detection, Document(_SET, data=detection, lines={}), (), found)
    faults += [f"{_plain(fault.key)}: {fault.found}. {fault.allowed}" for fault in found]
    if faults or made is None or judged is None:
        raise UsageError(f"--set {'; '.join(dict.fromkeys(faults))}", "Nothing was judged.")
    return replace(
        book,
        metrics={**book.metrics, metric: made},
        policy=book.policy.model_copy(update={"detection": judged.with_promises(book.policy.detection.promises)}),
    )


def _sorted(settings: Iterable[str]) -> tuple[Values, Values, list[str]]:
    """Return the metric's values, detection's by dotted key, and what is wrong with the keys."""
    metric_keys, detection_keys = settable()
    own, policy, faults = Values(), Values(), list[str]()
    for setting in settings:
        key, equals, text = setting.partition("=")
        key = key.strip()
        if not equals:
            faults.append(f"{setting!r} has no =. Allowed: key=value")
            continue
        document = parse(text.encode(), f"{_SET} {key}")
        if document.faults:
            faults.append(f"{key}: {document.faults[0].found}. {document.faults[0].allowed}")
        elif key in metric_keys:
            own[key] = document.data
        elif key.removeprefix(_PREFIX) in detection_keys:
            policy[key.removeprefix(_PREFIX)] = document.data
        elif key in _FIGURE:
            made = "it says what the figure is made of; change it in config/metrics/, and let a night read the figures"
            faults.append(f"{key}: {made}. Allowed: {', '.join(metric_keys)}")
        else:
            faults.append(f"unknown key {key!r}. {nearest(key, {*metric_keys, *detection_keys})}")
    return own, policy, faults


def _leaves(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Name the settings of a model by dotted keys, those of the models within it too."""
    found = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += _leaves(inner, f"{prefix}{name}.")
        else:
            found.append(f"{prefix}{name}")
    return found


def _nested(data: Values, changes: Mapping[str, Any]) -> Values:
    """Put values at dotted keys of nested plain data."""
    for key, value in changes.items():
        *path, last = key.split(".")
        place = data
        for part in path:
            place = place[part]
        place[last] = value
    return data


def _listed(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _plain(key: str) -> str:
    """Leave out of a place what the caller did not write."""
    return key.rpartition("].")[2] if "]." in key else key
