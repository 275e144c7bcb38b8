"""The nightly job: pull, check, judge, grade, record, tell. A backfill is the same over many nights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import partial

import pandas as pd

from detect.db.records import Lease
from detect.pipeline.casework import Desk
from detect.pipeline.customer_feedback import forget_old, with_examples
from detect.pipeline.feedback import feedback_of
from detect.pipeline.gathering import check_all, joined, pull_all
from detect.pipeline.judged import judge_nights
from detect.pipeline.order import NightResult, Order
from detect.pipeline.pulling import Pulled
from detect.pipeline.recording import grade_night, record_night
from detect.pipeline.session import Session
from detect.pipeline.stages import GRADE, JUDGE, RECORD, Call, plainly
from detect.pipeline.watching import watch_all

__all__ = ["run_nights"]

LEASE = timedelta(hours=2)


def run_nights(
    session: Session, order: Order, call: Call = plainly, progress: Callable[[str], None] = lambda _: None
) -> Iterator[NightResult]:
    """Judge the nights of `order`, the oldest first; yields each once it is recorded.

    Raises StoreBusy when another run holds the store. A source that does not answer, a table that is not as configured and a metric
    that fails end as outcomes in the ledger; the others go on.
    """
    metrics = order.wanted(session.book)
    with _lease(session, order) as lease:
        pulled = pull_all(session, order, lease, call, progress)
        suites = check_all(session, order, metrics, pulled, call, progress)
        beside = watch_all(session, order, metrics, pulled, call, progress)
        progress("judging")
        judged = judge_nights(
            session,
            metrics,
            order.first,
            order.last,
            feedback=feedback_of(session.store, session.book.company.timezone),
            fresh=_unwritten(pulled) if order.dry_run else None,
            lease=lease,
        )
        if lease is not None:
            forget_old(session, order.last)
        desk = Desk.of(session.book, session.store.cases())
        for as_of in order.nights:
            night = call(JUDGE, f"{as_of}", partial(next, judged))
            whole = with_examples(session, joined(night, pulled, metrics, suites[as_of] | beside[as_of]))
            progress(f"recording {as_of}")
            graded = call(GRADE, f"{as_of}", partial(grade_night, session, order, whole, pulled, desk))
            yield call(RECORD, f"{as_of}", partial(record_night, session, order, graded, desk, lease))


def _lease(session: Session, order: Order) -> AbstractContextManager[Lease | None]:
    return nullcontext() if order.dry_run else session.store.lease(order.holder, LEASE)


def _unwritten(pulled: list[Pulled]) -> pd.DataFrame | None:
    frames = [one.frame for one in pulled if one.frame is not None]
    return pd.concat(frames, ignore_index=True) if frames else None
