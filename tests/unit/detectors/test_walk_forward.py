"""The baseline and its channels: each day by the days before it, alone as among others, tonight as in a backfill."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from detect.detectors import Detection, baseline
from detect.detectors._base import CODE, Feedback
from detect.detectors.baseline import Replay
from detect.model import (
    Category,
    Departure,
    Direction,
    Judgement,
    Kind,
    Level,
    Outcome,
    Panel,
    SeriesKey,
    Text,
    Verdict,
)
from detect.pipeline.judging import Models, fit, judge
from detect.series.calendars import Calendar, CalendarSettings
from detect.series.metric import Limit, Metric
from detect.series.panel import select, until

CALENDAR = Calendar(CalendarSettings(country=None))
DETECTION = Detection()
START = date(2024, 1, 1)
WEEK = np.array([1.0, 1.05, 1.0, 1.1, 1.2, 0.6, 0.5])


def _panel(values: np.ndarray, repeated: np.ndarray | None = None) -> Panel:
    days = np.arange(np.datetime64(START), np.datetime64(START) + values.shape[1])
    keys = tuple(SeriesKey(f"m{i:02d}", "") for i in range(len(values)))
    return Panel(keys, days, values, ~np.isnan(values), None, repeated)


def _business(series: int = 4, days: int = 420, seed: int = 0, noise: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.round(1000 * WEEK[np.arange(days) % 7] * np.exp(rng.normal(0, noise, (series, days))), 2)


def _judge(
    panel: Panel, first: int, feedback: Sequence[Feedback] = (), metrics: dict[str, Metric] | None = None
) -> Judgement:
    models = fit(panel, metrics or {}, CALENDAR, DETECTION, START + timedelta(days=first - 1))
    return judge(panel, metrics or {}, CALENDAR, DETECTION, models, START + timedelta(days=first), feedback)


def _of(judgement: Judgement, series: int = 0) -> list[Departure]:
    return [d for d in judgement.departures if d.series == series]


def _facts(departures: Sequence[Departure]) -> set[tuple[object, ...]]:
    return {(d.series, d.day, d.first, d.kind, d.channel, d.statistic, d.p, d.expected) for d in departures}


def _metric(**more: object) -> Metric:
    return Metric(
        id="m00", name=Text(en="m", zh="m"), department="d", category=Category.DATA, source="t", value="count()", **more
    )


@pytest.fixture(scope="module")
def eventful() -> Panel:
    """Series with a spike, a dip, a lasting shift and a gap."""
    values = _business(6)
    values[0, 330] *= 1.6
    values[1, 350] *= 0.5
    values[2, 340:] *= 1.5
    values[3, 360:363] = np.nan
    return _panel(values)


def test_cutting_the_future_off_changes_no_earlier_finding(eventful: Panel) -> None:
    """What was said up to a day stands, whatever comes after it."""
    models = fit(eventful, {}, CALENDAR, DETECTION, START + timedelta(days=299))
    whole = judge(eventful, {}, CALENDAR, DETECTION, models, START + timedelta(days=300))
    for end in (331, 345, 370):
        part = judge(until(eventful, end), {}, CALENDAR, DETECTION, models, START + timedelta(days=300))
        assert _facts(part.departures) == _facts([d for d in whole.departures if d.day < end])
        assert np.allclose(part.expected, whole.expected[:, : end - 300], equal_nan=True, rtol=1e-9)


def test_a_backfill_is_its_nights(eventful: Panel) -> None:
    """Judging a range gives what judging each of its days as the last one gives."""
    models = fit(eventful, {}, CALENDAR, DETECTION, START + timedelta(days=319))
    whole = judge(until(eventful, 366), {}, CALENDAR, DETECTION, models, START + timedelta(days=320))
    nights = [
        found
        for c in range(320, 366)
        for found in judge(
            until(eventful, c + 1), {}, CALENDAR, DETECTION, models, START + timedelta(days=c)
        ).departures
    ]
    assert _facts(nights) == _facts(whole.departures)
    assert len(nights) >= 4


def test_a_series_alone_is_judged_as_among_others_after_the_models_were_stored(eventful: Panel) -> None:
    """Models survive their bytes, and a run of one series with its stored peers says the same."""
    models = fit(eventful, {}, CALENDAR, DETECTION, START + timedelta(days=299))
    again = Models.load(models.dump())
    assert again.version == models.version
    whole = judge(eventful, {}, CALENDAR, DETECTION, models, START + timedelta(days=300))
    for series in (0, 2):
        alone = judge(select(eventful, [series]), {}, CALENDAR, DETECTION, again, START + timedelta(days=300))
        assert {(d.day, d.kind) for d in alone.departures} == {(d.day, d.kind) for d in _of(whole, series)}


def test_how_many_series_are_walked_at_once_changes_nothing(eventful: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Walked two at a time, for the memory's sake, the series are judged as all together."""
    models = fit(eventful, {}, CALENDAR, DETECTION, START + timedelta(days=299))
    together = judge(eventful, {}, CALENDAR, DETECTION, models, START + timedelta(days=300))
    monkeypatch.setattr(baseline, "_CHUNK", 2)
    apart = judge(eventful, {}, CALENDAR, DETECTION, models, START + timedelta(days=300))
    assert _facts(apart.departures) == _facts(together.departures)
    assert len(together.departures) >= 4
    assert np.allclose(apart.expected, together.expected, equal_nan=True, rtol=1e-9)


def test_events_are_told_on_the_day_by_their_names(eventful: Panel) -> None:
    """Spike, dip, shift and gap: each on its first day, and calm series stay calm."""
    found = _judge(eventful, 300)
    assert [(d.day, d.kind) for d in _of(found, 0)] == [(330, Kind.SPIKE)]
    assert [(d.day, d.kind) for d in _of(found, 1)] == [(350, Kind.DIP)]
    assert _of(found, 2)[0].day == 340
    assert _of(found, 2)[-1].day < 350, "a shift is one episode, then the new level is normal"
    assert [(d.day, d.first, d.kind) for d in _of(found, 3)] == [(c, 360, Kind.MISSING) for c in (360, 361, 362)]
    assert not _of(found, 4)


def test_an_outlier_in_a_short_history_is_not_masked_by_itself() -> None:
    """The tested day stays out of what it is compared with: forty days suffice to tell a tenfold value (other tools need sixteen)."""
    values = _business(1, 45)
    values[0, 44] *= 20
    found = _of(_judge(_panel(values), 44))
    assert [(d.day, d.provisional) for d in found] == [(44, True)]


def test_too_little_history_is_an_outcome_not_a_guess() -> None:
    """Twenty-five days give no judgement, and say so."""
    values = _business(1, 25)
    values[0, 24] *= 5
    found = _judge(_panel(values), 24)
    assert not found.departures
    assert found.outcomes["structural"][0, 0] == CODE[Outcome.INSUFFICIENT_HISTORY]


def test_every_kind_of_series_leaves_with_an_outcome_and_finite_numbers() -> None:
    """Constant, zero, negative, huge, rare, empty, with infinities: no traceback, no NaN told, and neighbours unchanged."""
    days, rng = 300, np.random.default_rng(3)
    plain = _business(1, days)
    odd = np.stack(
        [
            np.full(days, 5.0), np.zeros(days), rng.normal(0, 10, days), plain[0] * 1e303, rng.poisson(0.05, days).astype(float),
            np.full(days, np.nan), np.where(np.arange(days) == 280, np.inf, plain[0]), np.where(np.arange(days) == 280, 1e308, plain[0]),
            np.where(np.arange(days) % 7 < 5, plain[0], np.nan), np.where(np.isin(np.arange(days) % 7, (0, 3)), plain[0], np.nan),
            np.where(np.arange(days) < 299, np.nan, 1.0), np.full(days, 5e-324),
        ]
    )  # fmt: skip
    panel = _panel(np.concatenate([plain, odd]))
    panel.present[7, 280] = True
    found = _judge(panel, 250)
    assert all(
        np.isfinite(x) for d in found.departures for x in (d.statistic, d.p, d.actual, d.expected) if x is not None
    )
    assert not _of(found, 1), "a constant column has no anomaly"
    assert found.outcomes["structural"][7, 30] == CODE[Outcome.NON_FINITE]
    assert 280 in [d.day for d in _of(found, 8)]
    assert not _of(found, 9)
    assert not _of(found, 10), "a payment run on two weekdays is not missing on the others"
    alone = _judge(_panel(plain), 250)
    assert [(d.day, d.kind) for d in alone.departures] == [(d.day, d.kind) for d in _of(found, 0)]


def test_a_day_without_rows_is_not_zero_and_zero_is_not_a_day_without_rows() -> None:
    """A gap is told as missing with no value; a zero where there never was one is told as such."""
    values = _business(3)
    values[0, 400], values[1, 400] = np.nan, 0.0
    found = _judge(_panel(values), 390)
    gap, zero = _of(found, 0)[0], _of(found, 1)[0]
    assert (gap.kind, gap.actual) == (Kind.MISSING, None)
    assert (zero.kind, zero.actual, zero.evidence["shape"]) == (Kind.MISSING, 0.0, "zero_for_missing")


@pytest.mark.parametrize(
    ("factor", "kind", "shape"),
    [
        (1000.0, Kind.UNIT_ERROR, "power_of_ten"),
        (0.01, Kind.UNIT_ERROR, "power_of_ten"),
        (-1.0, Kind.UNIT_ERROR, "sign_flip"),
        (2.0, Kind.DOUBLE_LOAD, "doubled"),
    ],
)
def test_a_departure_is_named_for_what_it_looks_like(factor: float, kind: Kind, shape: str) -> None:
    """Powers of ten, flipped signs and doubled days are said to be that."""
    values = _business(1, noise=0.03)
    values[0, 410] *= factor
    found = [d for d in _of(_judge(_panel(values), 405)) if d.day == 410]
    assert [(d.kind, d.evidence["shape"]) for d in found] == [(kind, shape)]


def test_repeated_rows_and_a_stuck_value_are_told_once_each() -> None:
    """A day loaded twice is exact; six equal values of a measured series are one episode."""
    values, repeated = _business(2), np.zeros((2, 420), bool)
    repeated[0, 400] = True
    values[1, 400:407] = values[1, 399]
    found = _judge(_panel(values, repeated), 390)
    assert [(d.day, d.kind) for d in _of(found, 0)] == [(400, Kind.DOUBLE_LOAD)]
    stuck = [d for d in _of(found, 1) if d.kind is Kind.STUCK]
    assert len(stuck) == 1
    assert stuck[0].first == 399


def test_pay_day_is_learnt_from_the_data() -> None:
    """An effect on the tenth of each month is expected after a year, and its absence is what is told."""
    days = np.arange(np.datetime64(START), np.datetime64(START) + 500)
    tenth = (days - days.astype("M8[M]")).astype(int) == 9
    values = _business(3, 500) * np.where(tenth, 1.35, 1.0)
    last = int(np.flatnonzero(tenth)[-1])
    values[0, last] /= 1.35
    found = _judge(_panel(values), last)
    assert [(d.day, d.kind) for d in _of(found, 0)] == [(last, Kind.DIP)]
    assert not [d for s in (1, 2) for d in _of(found, s) if d.day == last]


def test_a_series_that_parts_from_its_peers_is_told_though_small_by_itself() -> None:
    """Five series move together by 20 %; a quarter more in one of them alone is plain only beside the others."""
    rng = np.random.default_rng(5)
    common = np.exp(rng.normal(0, 0.2, 420))
    values = 1000 * common * np.exp(rng.normal(0, 0.02, (5, 420)))
    values[2, 410] *= 1.3
    found = _judge(_panel(values), 405)
    assert {(d.series, d.channel) for d in found.departures if d.day == 410} == {(2, "peer")}


def test_a_weekday_off_its_pattern_twice_running_is_named_so() -> None:
    """The first Monday is a spike; the next, with calm days between, breaks the week's pattern; any other day does not."""
    values = _business(2, noise=0.03)
    values[0, [406, 413]] *= 1.4
    values[1, [406, 414]] *= 1.4
    found = _judge(_panel(values), 400)
    told = [[(d.day, d.kind) for d in _of(found, s) if d.channel == "point"] for s in (0, 1)]
    assert told == [[(406, Kind.SPIKE), (413, Kind.PATTERN_BREAK)], [(406, Kind.SPIKE), (414, Kind.SPIKE)]]


def _said(verdict: Verdict, day: int, recorded: int, kind: Kind, statistic: float) -> Feedback:
    return Feedback(
        SeriesKey("m00", ""), kind, START + timedelta(days=day), START + timedelta(days=day), verdict,
        START + timedelta(days=recorded), statistic,
    )  # fmt: skip


def test_a_false_alarm_is_not_repeated_once_it_was_called_one() -> None:
    """The same spike again is told before the verdict is recorded and not after; a dip still is."""
    values = _business(1)
    values[0, [340, 384, 392]] *= 1.4
    values[0, 400] *= 0.5
    panel = _panel(values)
    told = [d.day for d in _judge(panel, 330).departures]
    assert told == [340, 384, 392, 400]
    size = _of(_judge(panel, 330))[0].statistic * 1.2
    after = [d.day for d in _judge(panel, 330, [_said(Verdict.FALSE, 340, 388, Kind.SPIKE, size)]).departures]
    assert after == [340, 384, 400]


def test_verdicts_change_what_is_learnt_from_the_day_after_they_were_recorded() -> None:
    """A false alarm widens the band, a new normal moves the level; neither before its record."""
    values = _business(1)
    values[0, 350:] *= 1.08
    values[0, 340] *= 1.5
    panel = _panel(values)

    def base(*feedback: Feedback) -> np.ndarray:
        found = Replay(panel, {}, CALENDAR, DETECTION.structural, 330, feedback)
        part = next(p for p in found.parts if p[0] <= 360 < p[1])
        return np.stack([found.baseline(*part).expected[0], found.baseline(*part).spread[0]])

    plain = base()
    widened = base(_said(Verdict.FALSE, 340, 345, Kind.SPIKE, 8.0))
    moved = base(_said(Verdict.NEW_NORMAL, 350, 354, Kind.LEVEL_SHIFT, 3.0))
    assert np.array_equal(plain[:, 330:346], widened[:, 330:346])
    assert widened[1, 346] > plain[1, 346]
    assert np.array_equal(plain[:, 330:355], moved[:, 330:355])
    assert moved[0, 355] > plain[0, 355] * 1.02


def test_only_the_harmful_side_and_only_what_matters_is_told() -> None:
    """Direction and minimum size of the metric decide what its owner hears of."""
    values = _business(1)
    values[0, 400], values[0, 410] = values[0, 400] * 1.6, values[0, 410] * 0.4
    panel = _panel(values)
    down = {"m00": _metric(direction=Direction.DOWN)}
    large = {"m00": _metric(minimum=1e6)}
    assert [d.day for d in _judge(panel, 395, metrics=down).departures] == [410]
    assert not _judge(panel, 395, metrics=large).departures


def test_a_fixed_limit_needs_no_history_and_names_its_level() -> None:
    """The gravest limit passed is told on the first day already."""
    panel = _panel(np.array([[5.0, 95.0, 120.0]]))
    metric = _metric(limits=(Limit(level=Level.SOME, above=90), Limit(level=Level.MAJOR, above=110)))
    found = judge(panel, {"m00": metric}, CALENDAR, DETECTION, None, START)
    assert [(d.day, d.first, d.kind, d.severity) for d in found.departures] == [
        (1, 1, Kind.LIMIT, Level.SOME),
        (2, 1, Kind.LIMIT, Level.MAJOR),
    ]
