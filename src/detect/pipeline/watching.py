"""What a run watches beside metrics and suites: processes, rows for audit, targets, identities.

Each fails alone; a run of some metrics leaves them all out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from detect.config.book import Book
from detect.errors import DetectError, SourceUnavailable
from detect.model import Outcome
from detect.pipeline.auditing import audit_nights
from detect.pipeline.closing import balance_nights, close_nights
from detect.pipeline.ledger import unmade
from detect.pipeline.order import Order
from detect.pipeline.pulling import Pulled
from detect.pipeline.session import Session
from detect.pipeline.stages import AUDIT, CLOSE, TRACE, Call, Stage
from detect.pipeline.suites import Checked
from detect.pipeline.tracing import trace_nights
from detect.series.metric import Metric

if TYPE_CHECKING:
    import pandas as pd

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
    session: Session,
    order: Order,
    metrics: Mapping[str, Metric],
    pulled: Sequence[Pulled],
    call: Call,
    progress: Callable[[str], None],
) -> Nights:
    """Judge every process, audit, target and identity for the nights of `order`."""
    nights: Nights = {night: {} for night in order.nights}
    if len(metrics) < len(session.book.metrics):
        return nights
    for watch in (*_watches(session.book), *_closings(session.book, _unwritten(order, pulled), _lost_metrics(pulled))):
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


def _closings(book: Book, fresh: pd.DataFrame | None, lost: frozenset[str]) -> Iterator[_Watch]:
    for target in book.targets.values():
        work = partial(close_nights, target=target, fresh=fresh, lost=lost)
        yield _Watch(CLOSE, target.id, (target.id,), work)
    for identity in book.identities.values():
        balance = partial(balance_nights, identity=identity, fresh=fresh, lost=lost)
        yield _Watch(CLOSE, identity.id, (identity.id,), balance)


def _unwritten(order: Order, pulled: Sequence[Pulled]) -> pd.DataFrame | None:
    """Return the figures that a dry run has not written."""
    import pandas as pd

    frames = [one.frame for one in pulled if order.dry_run and one.figures is not None]
    return pd.concat(frames, ignore_index=True) if frames else None


def _lost_metrics(pulled: Sequence[Pulled]) -> frozenset[str]:
    return frozenset(metric for one in pulled for metric in one.failures)


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
