"""What a run watches beside metrics and suites: processes, rows for audit. Each fails alone; a run of some metrics leaves them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from detect.config.book import Book
from detect.errors import DetectError, SourceUnavailable
from detect.model import Outcome
from detect.pipeline.auditing import audit_nights
from detect.pipeline.ledger import unmade
from detect.pipeline.order import Order
from detect.pipeline.session import Session
from detect.pipeline.stages import AUDIT, TRACE, Call, Stage
from detect.pipeline.suites import Checked
from detect.pipeline.tracing import trace_nights
from detect.series.metric import Metric

__all__ = ["watch_all"]

Nights = dict[date, dict[str, Checked]]
_Work = Callable[..., dict[date, Checked]]


@dataclass(frozen=True)
class _Watch:
    """One thing watched: the stage that carries it out, the subjects whose checks are planned, and the work."""

    stage: Stage
    name: str
    subjects: tuple[str, ...]
    work: _Work


def watch_all(
    session: Session, order: Order, metrics: Mapping[str, Metric], call: Call, progress: Callable[[str], None]
) -> Nights:
    """Judge every process and audit for the nights of `order`."""
    nights: Nights = {night: {} for night in order.nights}
    if len(metrics) < len(session.book.metrics):
        return nights
    for watch in _watches(session.book):
        progress(f"{watch.stage.name} {watch.name}")
        for night, checked in _watched(session, watch, order.nights, call).items():
            nights[night][f"{watch.stage.name} {watch.name}"] = checked
    return nights


def _watches(book: Book) -> Iterator[_Watch]:
    for process in book.processes.values():
        subjects = tuple(process.subject(step) for step in process.judged)
        yield _Watch(TRACE, process.id, subjects, partial(trace_nights, process=process))
    for audit in book.audits.values():
        subjects = tuple(audit.subject(kind) for kind in audit.planned)
        yield _Watch(AUDIT, audit.id, subjects, partial(audit_nights, settings=audit))


def _watched(session: Session, watch: _Watch, nights: Sequence[date], call: Call) -> dict[date, Checked]:
    try:
        found: dict[date, Checked] = call(watch.stage, watch.name, partial(watch.work, session, nights=nights))
    except SourceUnavailable as error:
        return dict.fromkeys(nights, _lost(watch, Outcome.NOT_CHECKED, str(error)))
    except DetectError as error:
        return dict.fromkeys(nights, _lost(watch, Outcome.ERROR, str(error)))
    except Exception as error:  # noqa: BLE001 - isolation of one check, as of one metric: recorded in the ledger
        return dict.fromkeys(nights, _lost(watch, Outcome.ERROR, f"{type(error).__name__}: {error}"[:400]))
    return found


def _lost(watch: _Watch, outcome: Outcome, cause: str) -> Checked:
    return Checked((), tuple(unmade(subject, watch.stage.name, 1, outcome, cause) for subject in watch.subjects))
