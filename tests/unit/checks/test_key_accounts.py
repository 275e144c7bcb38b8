"""Key accounts that fall silent or shrink: found by their own rhythm, told once, seldom for nothing."""

import numpy as np
import pytest

from detect.checks.accounts import NOT_PLANNED, SILENCE, key_accounts, silent
from detect.checks.settings import AccountSettings
from detect.checks.shrinking import SHRINKING
from detect.model import Outcome, Panel, SeriesKey

SETTINGS = AccountSettings(metric="revenue_by_customer")
DAYS = 900
FIRST = 250
YEARS = (DAYS - FIRST) / 365
OPEN = np.arange(DAYS) % 7 < 5


def panel_of(values: np.ndarray) -> Panel:
    keys = tuple(SeriesKey("revenue_by_customer", f"{n:05d}") for n in range(len(values)))
    days = np.datetime64("2022-01-03") + np.arange(values.shape[1])
    return Panel(keys, days, values, ~np.isnan(values))


def customers(seed: int, count: int = 200) -> np.ndarray:
    """Generate accounts that order at random (Poisson), each at its own rate, amounts log-normal; NaN where there is no order."""
    random = np.random.default_rng(seed)
    rate = np.exp(random.normal(np.log(1 / 7), 0.6, count))
    size = np.exp(random.normal(6, 0.8, count))
    ordered = (random.random((count, DAYS)) < rate[:, None]) & OPEN
    return np.where(ordered, size[:, None] * np.exp(random.normal(0, 0.6, (count, DAYS))), np.nan)


def key_on(values: np.ndarray, day: int) -> np.ndarray:
    return np.flatnonzero(key_accounts(np.nan_to_num(values), SETTINGS)[:, day])


def test_random_ordering_seldom_looks_like_loss() -> None:
    """Over accounts that order at random, the 25 largest give well under a false telling a fortnight."""
    told = [len(silent(panel_of(customers(seed)), SETTINGS, FIRST, OPEN)[0]) for seed in range(3)]
    assert np.mean(told) / YEARS < 15


@pytest.mark.parametrize("seed", [11, 12])
def test_lost_key_accounts_are_told_once(seed: int) -> None:
    """Of key accounts that stop ordering four in five are told, each once, from the day after the last order."""
    values = customers(seed)
    lost = key_on(values, 500)[:10]
    values[lost, 500:] = np.nan
    departures, outcomes = silent(panel_of(values), SETTINGS, FIRST, OPEN)
    told = [d for d in departures if d.series in lost and d.day >= 500 and d.channel == SILENCE and d.first <= 500]
    assert len({d.series for d in told}) == len(told) >= 8
    for departure in told:
        last = np.flatnonzero(~np.isnan(values[departure.series, :500]))[-1]
        assert departure.first == last + 1
        assert departure.actual > departure.upper >= SETTINGS.minimum_gap
        assert outcomes[departure.series, departure.day - FIRST] == tuple(Outcome).index(Outcome.FINDING)


def test_an_account_is_told_again_only_after_it_ordered_again() -> None:
    """Two long silences with orders between them are two tellings; one silence is one, however long."""
    values = np.full((3, DAYS), np.nan)
    values[:, ::4] = 100.0
    values[0, 400:500] = np.nan
    values[0, 600:] = np.nan
    departures, _ = silent(panel_of(values), SETTINGS, FIRST, np.ones(DAYS, dtype=bool))
    assert [(d.series, d.first, d.channel) for d in departures] == [(0, 397, SILENCE), (0, 597, SILENCE)]


def test_a_key_account_that_orders_a_tenth_is_told_as_shrunk() -> None:
    """Orders go on at a tenth of their amount: silence sees nothing, the amount does, within the window."""
    values = np.full((6, DAYS), np.nan)
    random = np.random.default_rng(5)
    values[:, ::3] = 100 * np.exp(random.normal(0, 0.4, values[:, ::3].shape))
    values[2, 500:] /= 10
    departures, _ = silent(panel_of(values), SETTINGS, FIRST, np.ones(DAYS, dtype=bool))
    assert [(d.series, d.channel) for d in departures] == [(2, SHRINKING)]
    assert 500 < departures[0].day <= 500 + SETTINGS.shrink_days


def test_closed_days_are_not_silence() -> None:
    """Six weeks in which nobody could order lengthen no gap."""
    values = customers(21)
    values[:, 400:442] = np.nan
    closed = OPEN.copy()
    closed[400:442] = False
    told = {(d.series, d.day) for d in silent(panel_of(values), SETTINGS, FIRST, closed)[0] if 400 <= d.day < 446}
    assert len(told) <= 1


def test_later_days_change_nothing() -> None:
    """Cutting the future off leaves the same departures and outcomes."""
    values = customers(31)
    values[key_on(values, 500)[:5], 500:] = np.nan
    whole, outcomes = silent(panel_of(values), SETTINGS, FIRST, OPEN)
    for end in (501, 560, 640):
        cut, cut_outcomes = silent(panel_of(values[:, :end]), SETTINGS, FIRST, OPEN[:end])
        assert cut == tuple(d for d in whole if d.day < end)
        assert (cut_outcomes == outcomes[:, : end - FIRST]).all()


def test_only_key_accounts_are_planned_and_new_ones_lack_history() -> None:
    """Accounts outside the top are not planned; one without enough orders is insufficient history."""
    values = np.full((30, DAYS), np.nan)
    values[:, ::5] = np.arange(1, 31)[:, None]
    values[29] = np.nan
    values[29, 600::40] = 1e6
    _, outcomes = silent(panel_of(values), SETTINGS, FIRST, np.ones(DAYS, dtype=bool))
    assert (outcomes[:4] == NOT_PLANNED).all()
    assert outcomes[29, 700 - FIRST] == tuple(Outcome).index(Outcome.INSUFFICIENT_HISTORY)
    assert outcomes[20, 700 - FIRST] == tuple(Outcome).index(Outcome.OK)


def test_nights_whose_panels_begin_later_say_the_same() -> None:
    """With a year of memory and the present gap in the panel, its first day does not matter: a backfill equals the nights."""
    values = customers(41)
    values[key_on(values, 700)[:8], 700:] = np.nan
    values[key_on(values, 640)[10:14], 640:] /= 20
    whole, outcomes = silent(panel_of(values), SETTINGS, 650, OPEN)
    later, later_outcomes = silent(panel_of(values[:, 120:]), SETTINGS, 530, OPEN[120:])
    assert [(d.series, d.day, d.channel, d.actual, d.expected, d.p) for d in whole] == [
        (d.series, d.day + 120, d.channel, d.actual, d.expected, d.p) for d in later
    ]
    assert {d.channel for d in whole} == {SILENCE, SHRINKING}
    assert (outcomes == later_outcomes).all()
