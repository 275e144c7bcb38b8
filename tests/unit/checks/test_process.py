"""Event logs: steps missing, out of order or redone; slow stages, stuck cases, interruption and backlog, each planted and found."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from detect.checks.faults import fault_signs, order_faults
from detect.checks.flow import shift
from detect.checks.process import ProcessSettings, as_known, read_log
from detect.checks.telling import process_findings
from detect.checks.tracing import trace
from detect.checks.waiting import backlog, interruption, slow_stages, stuck
from detect.errors import InputError
from detect.model import Kind, Outcome, Text

SETTINGS = ProcessSettings(
    id="purchase",
    name=Text(en="Purchase", zh="採購"),
    department="procurement",
    source="events",
    steps=("order", "approve", "receive", "pay"),
    optional=("approve",),
)
START = datetime(2024, 1, 1, 9, tzinfo=UTC)
DAYS = 300
DAY = date(2024, 1, 1) + timedelta(days=DAYS - 10)
NOW = datetime.combine(DAY, datetime.min.time(), tzinfo=UTC) + timedelta(hours=23, minutes=59)


def log_of(*events: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(events, columns=["case_id", "activity", "timestamp"])


def purchases(seed: int, slow_from: int | None = None, slower: float = 1.0) -> pd.DataFrame:
    """Generate twelve purchases a day; a stage takes about a day, `slower` times as long for cases begun from day `slow_from` on."""
    random = np.random.default_rng(seed)
    begun = np.repeat(np.arange(DAYS), 12)
    factor = np.where((slow_from is not None) & (begun >= (slow_from or 0)), slower, 1.0)
    hours = np.exp(random.normal(np.log(20), 0.5, (len(begun), 3)))
    hours[:, 1] *= factor
    at = begun[:, None] * 24 + np.cumsum(np.c_[random.uniform(0, 8, len(begun)), hours], axis=1)
    frame = pd.DataFrame(
        {
            "case_id": np.repeat([f"c{n:05d}" for n in range(len(begun))], 4),
            "activity": list(SETTINGS.steps) * len(begun),
        }
    )
    return frame.assign(timestamp=pd.Timestamp(START) + pd.to_timedelta(at.ravel(), unit="h"))


def test_faults_of_order_are_told_when_they_show() -> None:
    """A later step shows a missing one, an earlier time a wrong order, a second time a rework; a case on its way lacks nothing."""
    frame = log_of(
        ("good", "order", "2024-01-01"), ("good", "receive", "2024-01-02"), ("good", "pay", "2024-01-03"),
        ("gap", "order", "2024-01-01"), ("gap", "pay", "2024-01-04"),
        ("swap", "receive", "2024-01-01"), ("swap", "order", "2024-01-02"), ("swap", "pay", "2024-01-03"),
        ("redo", "order", "2024-01-01"), ("redo", "receive", "2024-01-02"), ("redo", "receive", "2024-01-05"),
        ("odd", "order", "2024-01-01"), ("odd", "gift", "2024-01-02"),
    )  # fmt: skip
    faults = order_faults(read_log(frame, SETTINGS, NOW), SETTINGS)
    assert [(f.case, f.kind, f.step, f.at.day) for f in faults] == [
        ("odd", Kind.WRONG_ORDER, "gift", 2),
        ("swap", Kind.WRONG_ORDER, "receive", 2),
        ("gap", Kind.MISSING_STEP, "receive", 4),
        ("redo", Kind.REWORK, "receive", 5),
    ]
    earlier = order_faults(read_log(frame, SETTINGS, datetime(2024, 1, 3, 12, tzinfo=UTC)), SETTINGS)
    assert [f.case for f in earlier] == ["odd", "swap"]


def test_a_burst_of_rework_is_told_as_a_rate() -> None:
    """One order in fifty is redone as a rule; a day on which half are redone is told, and no other day."""
    frame = purchases(1)
    random = np.random.default_rng(2)
    orders = frame[frame["activity"] == "order"]
    day = orders["timestamp"].dt.date
    redone = orders[(random.random(len(orders)) < np.where(day == DAY, 0.9, 0.02))]
    frame = pd.concat([frame, redone.assign(timestamp=redone["timestamp"] + pd.Timedelta(minutes=1))])
    log = read_log(frame, SETTINGS, NOW)
    told = {}
    for back in range(30):
        day = DAY - timedelta(days=back)
        told[day] = [(s.kind, s.step) for s in fault_signs(as_known(log, SETTINGS, day), SETTINGS, day)]
    assert told.pop(DAY) == [(Kind.REWORK, "order")]
    assert not any(told.values())


def test_what_a_process_never_leaves_out_is_told_the_first_time() -> None:
    """One order of thousands that was never received is told with its name; and so is an activity that nobody knows."""
    frame = purchases(8)
    paid = frame[(frame["activity"] == "pay") & (frame["timestamp"].dt.date == DAY)]
    victim, odd = paid["case_id"].iloc[:2]
    frame = frame[(frame["case_id"] != victim) | (frame["activity"] != "receive")]
    extra = pd.DataFrame({"case_id": [odd], "activity": ["gift"], "timestamp": [pd.Timestamp(NOW)]})
    log = as_known(read_log(pd.concat([frame, extra]), SETTINGS, NOW), SETTINGS, DAY)
    signs = {(s.kind, s.step): s.cases for s in fault_signs(log, SETTINGS, DAY)}
    assert signs == {(Kind.MISSING_STEP, "receive"): (victim,), (Kind.WRONG_ORDER, "gift"): (odd,)}


def test_a_lasting_change_of_how_many_cases_begin_is_told_once() -> None:
    """When three times as many purchases come from a day on, one night within four weeks says so, and no other of ten weeks."""
    frame = purchases(9)
    late = frame[frame["timestamp"] >= pd.Timestamp(START) + pd.Timedelta(days=DAYS - 70)]
    more = [late.assign(case_id=late["case_id"] + suffix) for suffix in "xy"]
    log = read_log(pd.concat([frame, *more]), SETTINGS, NOW)
    told = []
    for back in range(69, -1, -1):
        day = DAY - timedelta(days=back)
        sign = shift(as_known(log, SETTINGS, day), SETTINGS, day)
        told += [] if sign is None else [(day, sign)]
    ((day, sign),) = told
    assert date(2024, 1, 1) + timedelta(days=DAYS - 70) <= day <= date(2024, 1, 1) + timedelta(days=DAYS - 42)
    assert sign.kind is Kind.LEVEL_SHIFT
    assert sign.actual > 2 * sign.expected


def test_a_night_sees_of_a_longer_log_what_it_would_see_alone() -> None:
    """Later events, and cases that ended before anything the night looks at, change nothing."""
    frame = purchases(10, slow_from=DAYS - 30, slower=5.0)
    open_days = np.ones(SETTINGS.lookback + 1, dtype=bool)
    whole = read_log(frame, SETTINGS, NOW + timedelta(days=20))
    for day in (DAY, DAY - timedelta(days=5)):
        alone = frame[frame["timestamp"].dt.date <= day]
        log = read_log(alone, SETTINGS, datetime.combine(day, NOW.timetz()))
        assert trace(whole, SETTINGS, day, open_days) == trace(log, SETTINGS, day, open_days)
        assert trace(whole, SETTINGS, day, open_days).signs


def test_a_young_log_is_too_little_history_and_an_empty_one_no_data() -> None:
    """Neither counts as well."""
    open_days = np.ones(SETTINGS.lookback + 1, dtype=bool)
    first = date(2024, 1, 5)
    young = trace(read_log(purchases(11), SETTINGS, NOW), SETTINGS, first, open_days)
    assert set(young.outcomes.values()) == {Outcome.INSUFFICIENT_HISTORY}
    empty = trace(read_log(purchases(11).head(0), SETTINGS, NOW), SETTINGS, first, open_days)
    assert set(empty.outcomes.values()) == {Outcome.NO_DATA}


def test_a_case_that_goes_on_after_its_end_is_open_again() -> None:
    """Paid and ordered anew, it has not ended; a comment after the end changes nothing."""
    settings = SETTINGS.model_copy(update={"allowed": ("note",)})
    frame = log_of(
        ("again", "order", "2024-01-01"), ("again", "pay", "2024-01-02"), ("again", "order", "2024-01-03"),
        ("over", "order", "2024-01-01"), ("over", "pay", "2024-01-02"), ("over", "note", "2024-01-03"),
    )  # fmt: skip
    log = read_log(frame, settings, NOW)
    ended = dict(zip(log.cases, log.ended, strict=True))
    assert np.isnat(ended["again"])
    assert str(ended["over"])[:10] == "2024-01-02"


def test_a_slower_stage_is_told_and_an_ordinary_day_is_not() -> None:
    """When receiving takes five times as long, that stage is told on the days it shows; before, of 60 days hardly one."""
    quiet = purchases(3)
    told = 0
    for back in range(60):
        night = NOW - timedelta(days=back)
        told += len(slow_stages(read_log(quiet, SETTINGS, night), SETTINGS, night.date()))
    assert told <= 2
    slow = read_log(purchases(3, slow_from=DAYS - 20, slower=5.0), SETTINGS, NOW)
    assert [(s.step, s.kind) for s in slow_stages(slow, SETTINGS, DAY)] == [("order → receive", Kind.DELAY)]


def test_a_stuck_case_is_told_before_it_ends_and_once() -> None:
    """A case that waits longer than all but two in a thousand is told on the night it passes that limit, not on the next."""
    frame = purchases(4)
    victim = frame.loc[frame["timestamp"] < pd.Timestamp(NOW) - pd.Timedelta(days=12), "case_id"].iloc[-1]
    frame = frame[(frame["case_id"] != victim) | (frame["activity"] == "order")]
    told = Counter()
    for back in range(12, -1, -1):
        night = NOW - timedelta(days=back)
        log = read_log(frame, SETTINGS, night)
        told.update(c for s in stuck(log, SETTINGS, since=log.now - np.timedelta64(1, "D")) for c in s.cases)
    assert told[victim] == 1
    assert sum(told.values()) <= 15
    assert victim in stuck(read_log(frame, SETTINGS, NOW), SETTINGS)[0].cases


def test_a_day_without_a_step_is_an_interruption_unless_closed() -> None:
    """No payment on a day that always has some is told by step; on a closed day nothing is."""
    frame = purchases(5)
    frame = frame[(frame["activity"] != "pay") | (frame["timestamp"].dt.date != DAY)]
    log = read_log(frame, SETTINGS, NOW)
    assert [(s.step, s.kind) for s in interruption(log, SETTINGS, DAY)] == [("pay", Kind.INTERRUPTION)]
    open_days = np.ones(SETTINGS.memory_days + 1, dtype=bool)
    open_days[-1] = False
    assert interruption(log, SETTINGS, DAY, open_days) == []


def test_old_cases_piling_up_are_told() -> None:
    """When stages take four times as long for three weeks, more cases than usual are old; before, not."""
    assert backlog(read_log(purchases(6), SETTINGS, NOW), SETTINGS, DAY) is None
    sign = backlog(read_log(purchases(6, slow_from=DAYS - 30, slower=5.0), SETTINGS, NOW), SETTINGS, DAY)
    assert sign is not None
    assert sign.kind is Kind.BACKLOG
    assert sign.actual > sign.upper > sign.expected


def test_days_are_those_of_the_companys_zone_and_bad_logs_are_refused() -> None:
    """Half past four in the afternoon in UTC is the next day in Shanghai; a missing column is named."""
    frame = log_of(("a", "order", "2024-01-01T16:30:00Z"))
    log = read_log(frame, SETTINGS, datetime(2024, 1, 2, 1, tzinfo=ZoneInfo("Asia/Shanghai")))
    assert str(log.time[0]) == "2024-01-02T00:30:00"
    with pytest.raises(InputError, match="no column 'activity'"):
        read_log(frame.drop(columns="activity"), SETTINGS, NOW)


def test_signs_become_findings_on_the_process_and_its_step() -> None:
    """A sign is told of `process:step` by the department of the process; the same step and kind is one finding a day."""
    frame = purchases(5)
    frame = frame[(frame["activity"] != "pay") | (frame["timestamp"].dt.date != DAY)]
    signs = interruption(read_log(frame, SETTINGS, NOW), SETTINGS, DAY)
    (finding,) = process_findings([*signs, *signs], SETTINGS, DAY)
    assert (finding.subject, finding.kind, finding.department) == ("purchase:pay", Kind.INTERRUPTION, "procurement")
    assert (finding.actual, finding.expected) == (0.0, signs[0].expected)
