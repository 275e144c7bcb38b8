"""Which values of a column count as gone, and when that is said."""

from __future__ import annotations

import numpy as np
import pytest

from detect.checks.vanishing import vanished

DAYS = 200
OPEN = np.ones(DAYS, bool)


def seen(*rhythms: int) -> np.ndarray:
    """Make values that come every so many days."""
    return np.array([np.arange(DAYS) % rhythm == 0 for rhythm in rhythms])


def nights(came: np.ndarray, open_days: np.ndarray = OPEN, first: int = 150) -> list[tuple[int, int]]:
    """Return (row, day) of all that is told in nights one by one."""
    return [(v.series, day) for day in range(first, DAYS) for v in vanished(came[:, : day + 1], open_days[: day + 1])]


@pytest.mark.parametrize(("rhythm", "after"), [(1, 3), (2, 5), (7, 15)])
def test_a_value_is_missed_once_by_its_own_rhythm(rhythm: int, after: int):
    """What came daily is missed on the third day, what came weekly after two weeks; never again in the same absence."""
    came = seen(rhythm, 1, 1)
    last = max(day for day in range(161) if came[0, day])
    came[0, last + 1 :] = False
    assert nights(came) == [(0, last + after)]


def test_values_that_come_are_never_missed():
    """Steady values of any rhythm, and one that comes by chance on four days of ten, are quiet for fifty nights."""
    came = np.vstack([seen(1, 2, 5, 7), np.random.default_rng(3).random((20, DAYS)) < 0.4])
    assert nights(came) == []


def test_what_never_had_a_rhythm_is_not_missed():
    """A value seen on few days, or only every third week, says nothing by staying away."""
    came = seen(1, 1, 21)
    came[2, 160:] = False
    assert nights(came) == []
    rare = seen(1, 1, 1)
    rare[2, :150], rare[2, 160:] = False, False
    assert nights(rare) == []


def test_closed_days_and_a_table_that_came_in_part_do_not_count():
    """Nobody is missed while the company is closed, nor on days on which most values are away; the wait goes on after them."""
    came = seen(1, 1, 1, 1)
    came[0, 160:] = False
    closed = OPEN.copy()
    closed[161:166] = False
    came[:, 161:166] = False
    assert nights(came, closed) == [(0, 167)]
    partly = seen(1, 1, 1, 1)
    partly[:3, 160:163] = False  # one of four came
    assert nights(partly) == []


def test_a_value_that_came_back_may_be_missed_again():
    """Each absence is told by itself; the one before is part of the past that the next is held against."""
    came = seen(1, 1, 1)
    came[0, 155:160], came[0, 165:190] = False, False
    first, second = nights(came)
    assert first == (0, 157)
    assert second == (0, 164 + 2 * 6 + 1)  # it had stayed away for five days: six from one coming to the next
