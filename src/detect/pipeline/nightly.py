"""The nightly job: pull, check, judge, grade, record, tell. A backfill is the same over many nights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from detect.db.records import CaseConflict, Lease, Run
from detect.pipeline.casework import Desk
from detect.pipeline.customer_feedback import forget_old, with_examples
from detect.pipeline.data_first import data_first, repeats_of
from detect.pipeline.feedback import feedback_of
from detect.pipeline.gathering import check_all, joined, pull_all
from detect.pipeline.judged import JudgedNight, judge_nights
from detect.pipeline.new_values import CHANNEL, keep_values, new_values, values_by
from detect.pipeline.order import NightResult, Order
from detect.pipeline.pulling import Pulled
from detect.pipeline.record import TRIES
from detect.pipeline.recording import grade_night, record_night
from detect.pipeline.revising import late_nights, revision, with_what_was_kept
from detect.pipeline.session import Session
from detect.pipeline.stages import GRADE, JUDGE, RECORD, Call, plainly
from detect.pipeline.suites import Checked
from detect.pipeline.vanished_values import GONE, Vanishing
from detect.pipeline.watching import watch_all

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["run_nights"]

LEASE = timedelta(hours=2)


def run_nights(
    session: Session, order: Order, call: Call = plainly, progress: Callable[[str], None] = lambda _: None
) -> Iterator[NightResult]:
    """Judge the nights of `order`, the oldest first; yields each once it is recorded.

    A nightly run also judges again, and first, the nights before it whose data came late or were corrected since (`revised`).
    Raises StoreBusy when another run holds the store. A source that does not answer, a table that is not as configured and a metric
    that fails end as outcomes in the ledger; the others go on.
    """
    order.wanted(session.book)  # a misspelt metric is refused before anything is pulled or written
    with _lease(session, order) as lease:
        pulled = pull_all(session, order, lease, call, progress)
        if lease is not None:
            keep_values(session, pulled, order.last, lease)
        walk = partial(_walk, session, pulled=pulled, lease=lease, call=call, progress=progress)
        again = late_nights(session, order)
        revised: tuple[NightResult, ...] = ()
        if again:
            earlier, orders = revision(session, order, again)
            progress(f"judging {', '.join(map(str, again))} again")
            revised = tuple(walk(earlier, orders=orders, runs=again))
        for night in walk(order):
            yield replace(night, revised=revised)


def _walk(
    session: Session,
    order: Order,
    *,
    pulled: list[Pulled],
    lease: Lease | None,
    call: Call,
    progress: Callable[[str], None],
    orders: Mapping[date, Order] | None = None,
    runs: Mapping[date, Run] | None = None,
) -> Iterator[NightResult]:
    """Judge and record the nights of `order`; `orders` differ from it by night, `runs` are those of nights judged before."""
    metrics = order.wanted(session.book)
    suites = check_all(session, order, metrics, pulled, call, progress)
    beside = watch_all(session, order, metrics, pulled, call, progress)
    mix = _mix(session, pulled, order.first)
    repeats = repeats_of(pulled, order.nights)
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
    desk = Desk.of(session.book, session.store)
    for as_of in order.nights:
        its = orders[as_of] if orders else order
        night = call(JUDGE, f"{as_of}", partial(next, judged))
        mixed = {} if order.scope else mix(night)
        whole = with_examples(session, joined(night, pulled, metrics, suites[as_of] | beside[as_of] | mixed))
        if runs:
            whole = with_what_was_kept(session, whole, runs[as_of])
        whole = data_first(session, whole, metrics, repeats, suites_ran=bool(suites[as_of]))
        progress(f"recording {as_of}")
        yield _taken_in(session, its, whole, pulled, desk, lease, call)


def _mix(session: Session, pulled: list[Pulled], first: date) -> Callable[[JudgedNight], dict[str, Checked]]:
    """Return what says of a night which values of the columns by which figures are split are new, and which stopped coming."""
    values = values_by(session, pulled, first)
    vanishing = cache(partial(Vanishing, session, pulled))  # the nights of one walk have one panel

    def mixed(night: JudgedNight) -> dict[str, Checked]:
        found = {CHANNEL: new_values(session.book, pulled, values, night.as_of)}
        return found if night.panel is None else {**found, GONE: vanishing(night.panel).at(night.as_of)}

    return mixed


def _taken_in(
    session: Session,
    order: Order,
    whole: JudgedNight,
    pulled: list[Pulled],
    desk: Desk,
    lease: Lease | None,
    call: Call,
) -> NightResult:
    """Grade and record one night into the cases as people and the follow-up have left them by now."""
    name = f"{whole.as_of}"
    for _ in range(TRIES):
        if lease is not None:
            desk.refresh(session.store)
        graded = call(GRADE, name, partial(grade_night, session, order, whole, pulled, desk))
        try:
            result: NightResult = call(RECORD, name, partial(record_night, session, order, graded, desk, lease))
        except CaseConflict as conflict:
            overtaken = conflict
            continue
        desk.read_at += result.written.events if result.written else 0  # what it wrote itself it knows
        return result
    raise overtaken


def _lease(session: Session, order: Order) -> AbstractContextManager[Lease | None]:
    return nullcontext() if order.dry_run else session.store.lease(order.holder, LEASE)


def _unwritten(pulled: list[Pulled]) -> pd.DataFrame | None:
    import pandas as pd

    frames = [one.frame for one in pulled if one.figures is not None]
    return pd.concat(frames, ignore_index=True) if frames else None
