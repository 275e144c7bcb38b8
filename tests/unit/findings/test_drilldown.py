"""Parts that add up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.findings.drilldown import REST, of_ratio, of_sum

amounts = st.floats(min_value=-1e9, max_value=1e9, allow_subnormal=False)
weights = st.floats(min_value=0, max_value=1e6, allow_subnormal=False).map(lambda x: round(x, 3))


def arrays(*columns):
    return tuple(np.array(c, dtype=float) for c in columns)


def test_the_segment_that_fell_makes_up_the_gap():
    """One segment falls by 60 of 70: it leads, with its share and the largest surprise."""
    parts = of_sum(["UK", "FR", "DE"], *arrays([40, 90, 100], [100, 100, 100]))
    assert [(p.segment, p.gap) for p in parts] == [("UK", -60.0), ("FR", -10.0), ("DE", 0.0)]
    assert parts[0].share == pytest.approx(6 / 7)
    assert parts[0].surprise == max(p.surprise for p in parts)


def test_a_fall_of_all_alike_surprises_in_none():
    """When every segment halves, each contributes and none has moved its share."""
    parts = of_sum(["UK", "FR"], *arrays([50, 10], [100, 20]))
    assert [p.surprise for p in parts] == pytest.approx([0, 0], abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=12), amounts, amounts)
def test_the_gaps_add_up_to_the_gap_of_the_total(pairs, more_actual, more_expected):
    """With the rest as a part of its own the gaps add up to the gap of the total, whatever the numbers."""
    actual, expected = arrays(*zip(*pairs, strict=True))
    total, wanted = actual.sum() + more_actual, expected.sum() + more_expected
    parts = of_sum([f"s{i}" for i in range(len(pairs))], actual, expected, total, wanted)
    size = max(1.0, np.abs(actual).sum() + np.abs(expected).sum() + abs(total) + abs(wanted))
    assert math.fsum(p.gap for p in parts) == pytest.approx(total - wanted, abs=1e-8 * size)


def test_a_segment_without_a_value_goes_into_the_rest():
    """Missing is not zero: its part is not guessed but lumped with what no segment covers."""
    parts = of_sum(["UK", "FR"], *arrays([50, np.nan], [100, 20]), 70.0, 120.0)
    assert {p.segment: p.gap for p in parts} == {"UK": -50.0, REST: 0.0}


def test_negative_values_have_contributions_but_no_surprise():
    """Shares of a total mean nothing where segments may be negative."""
    parts = of_sum(["sales", "refunds"], *arrays([100, -80], [100, -10]))
    assert [(p.segment, p.gap, p.surprise) for p in parts] == [("refunds", -70.0, None), ("sales", 0.0, None)]


def test_no_segments_give_no_parts():
    """Nothing to split is nothing said."""
    assert of_sum([], *arrays([], [])) == ()
    assert of_ratio([], *arrays([], [], [], [])) == ()


def test_a_worse_rate_is_rate_and_a_shift_of_weight_is_mix():
    """The two reasons for a lower margin are told apart."""
    worse = of_ratio(["a", "b"], *arrays([20, 10], [100, 100], [40, 10], [100, 100]))
    assert [(p.segment, round(p.rate, 9), round(p.mix, 9)) for p in worse] == [("a", -0.1, 0.0), ("b", 0.0, 0.0)]
    shifted = of_ratio(["rich", "poor"], *arrays([20, 15], [50, 150], [40, 10], [100, 100]))
    assert sum(p.rate for p in shifted) == pytest.approx(0)
    assert sum(p.mix for p in shifted) == pytest.approx(35 / 200 - 50 / 200)


def test_more_of_the_same_is_all_volume():
    """Twice the business at the same rates moves the amount by volume alone."""
    parts = of_ratio(["a", "b"], *arrays([80, 20], [200, 200], [40, 10], [100, 100]))
    assert sum(p.volume_amount for p in parts) == pytest.approx(50)
    assert [p.rate_amount for p in parts] + [p.mix_amount for p in parts] == pytest.approx([0] * 4)


@settings(deadline=None)
@given(st.lists(st.tuples(amounts, weights, amounts, weights), min_size=1, max_size=10))
def test_rate_mix_and_volume_add_up(rows):
    """Rate and mix add up to the gap of the ratio; with volume, to the gap of the numerator."""
    # A numerator over no denominator has no rate, so it is none here.
    rows = [(n1 if d1 else 0.0, d1, n0 if d0 else 0.0, d0) for n1, d1, n0, d0 in rows]
    n1, d1, n0, d0 = arrays(*zip(*rows, strict=True))
    parts = of_ratio([f"s{i}" for i in range(len(rows))], n1, d1, n0, d0)
    if not (d1.sum() > 0 and d0.sum() > 0):
        assert parts == ()
        return
    gap = n1.sum() / d1.sum() - n0.sum() / d0.sum()
    steepest = max(np.abs(n1).max() / d1[d1 > 0].min(), np.abs(n0).max() / d0[d0 > 0].min(), 1e-9)
    assert math.fsum(p.rate + p.mix for p in parts) == pytest.approx(gap, abs=1e-9 * steepest)
    amount = math.fsum(p.rate_amount + p.mix_amount + p.volume_amount for p in parts)
    scale = steepest * (d1.sum() + d0.sum())
    assert amount == pytest.approx(n1.sum() - n0.sum(), abs=1e-9 * scale)


def test_a_segment_that_came_new_is_all_mix():
    """A product that was not sold before changed no rate."""
    parts = {p.segment: p for p in of_ratio(["old", "new"], *arrays([40, 90], [100, 100], [40, 0], [100, 0]))}
    assert parts["new"].rate == 0.0
    assert parts["old"].rate == 0.0
    assert sum(p.mix for p in parts.values()) == pytest.approx(0.65 - 0.4)
