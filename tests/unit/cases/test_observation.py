"""Observation under bands that are wider above than below."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from detect.cases.observation import Recovery, observe
from detect.model import Case, History, Kind

FIRST, RESOLVED, THROUGH = date(2026, 3, 1), date(2026, 3, 20), date(2026, 3, 30)


def skewed(level: float) -> History:
    """Give thirty days around `level`, under a band that runs from half to twice the 1,000 expected."""
    days = np.datetime64(FIRST) + np.arange(30)
    one = np.ones(30)
    actual = level * np.exp(0.08 * np.sin(np.arange(30)))
    return History(days, actual, 1000 * one, 500 * one, 2000 * one, np.zeros(30, bool))


@pytest.mark.parametrize(
    ("level", "state"), [(1000, Recovery.BACK), (1900, Recovery.NOT_BACK), (560, Recovery.NOT_BACK)]
)
@pytest.mark.parametrize("kind", [Kind.SPIKE, Kind.LEVEL_SHIFT])
def test_a_skewed_band_is_measured_from_what_is_expected(
    open_case: Case, kind: Kind, level: float, state: Recovery
) -> None:
    """Days at what is expected are back though the middle of the band lies elsewhere; days along an edge are not."""
    case = replace(open_case, kind=kind, first_day=date(2026, 3, 16))
    assert observe(case, skewed(level), RESOLVED, THROUGH).state is state
