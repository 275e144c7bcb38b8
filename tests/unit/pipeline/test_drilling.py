"""Which parts make up a departure: they close, whatever the figures, and the part that fell is named."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.model import Category, Finding, Judgement, Kind, Panel, SeriesKey, SeriesType, Text
from detect.notices.contributions import made_of, part_lines
from detect.pipeline.detecting import Part
from detect.pipeline.drilling import Driller
from detect.series.metric import Metric

DAYS = np.arange(np.datetime64("2025-01-01"), np.datetime64("2025-03-13"))
DAY: date = DAYS[-1].item()
AMOUNTS = st.floats(-1e6, 1e6).map(lambda v: round(v, 2))
WEIGHTS = st.floats(0, 1e4).map(lambda v: round(v, 1))


def metric(**more) -> Metric:
    given = {"value": "sum(amount)", "segments": ("shop",), "unit": "£"} | more
    return Metric(id="m", name=Text(en="M", zh="M"), department="d", category=Category.DATA, source="t", **given)


def part(actual: dict[str, float], expected: dict[str, float], weights: dict[str, float] | None = None) -> Part:
    """Judge nothing: a part whose last day has these figures, all days before their expectations."""
    keys = tuple(SeriesKey("m", name) for name in sorted(actual))
    usual = np.array([expected[k.segment] for k in keys], float)
    values = np.tile(usual[:, None], len(DAYS))
    values[:, -1] = [actual[k.segment] for k in keys]
    known = None
    if weights is not None:
        known = np.tile(np.array([weights[k.segment] for k in keys], float)[:, None], len(DAYS))
    panel = Panel(keys, DAYS, values, np.isfinite(values), known)
    nothing = np.full(values.shape, np.nan)
    return Part(panel, Judgement(0, np.tile(usual[:, None], len(DAYS)), nothing, nothing, (), {}))


def finding(actual: float, expected: float, segment: str = "") -> Finding:
    return Finding(
        DAY, DAY, DAY, "m", segment, "point", Category.DATA, Kind.DIP, "d", "m", actual, expected, unit="£"
    )  # fmt: skip


def told(found: Finding, judged: Part, of: Metric) -> list[dict]:
    return Driller([judged], {"m": of}).drilled(found).evidence.get("contributions", [])


@given(
    st.dictionaries(st.sampled_from(list("abcdefghijkl")), st.tuples(AMOUNTS, AMOUNTS), min_size=1), AMOUNTS, AMOUNTS
)
def test_the_parts_of_a_sum_add_up_to_its_gap_whatever_the_figures(pairs, actual, expected):
    """Negative, zero, uncovered: the gaps of the parts and of the rest are the gap of the whole, and their shares are one."""
    judged = part({"": actual} | {k: a for k, (a, _) in pairs.items()}, {"": expected} | {k: e for k, (_, e) in pairs.items()})  # fmt: skip
    found = told(finding(actual, expected), judged, metric())
    if actual == expected:
        assert found == []
        return
    gap = actual - expected
    largest = max(abs(p["gap"]) for p in found)
    assert math.fsum(p["gap"] for p in found) == pytest.approx(gap, abs=1e-9 * max(largest, 1.0))
    assert math.fsum(p["share"] for p in found) == pytest.approx(1.0, abs=1e-9 * max(largest / abs(gap), 1.0))
    assert all(math.isfinite(p["gap"]) for p in found)


RATIOS = st.tuples(st.floats(0, 1), st.floats(0, 1), WEIGHTS)


@given(st.dictionaries(st.sampled_from(list("abcde")), RATIOS, min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_rate_and_mix_of_a_ratio_add_up_to_its_gap_whatever_the_figures(parts, actual, expected):
    """Each part's gap is its rate and its mix, and all gaps with the rest are the gap of the whole."""
    judged = part(
        {"": actual} | {k: a for k, (a, _, _) in parts.items()},
        {"": expected} | {k: e for k, (_, e, _) in parts.items()},
        {"": 1.0} | {k: w for k, (_, _, w) in parts.items()},
    )
    ratio = metric(value=None, numerator="count()", denominator="count()", type=SeriesType.RATIO)
    found = told(finding(actual, expected), judged, ratio)
    if found:
        assert math.fsum(p["gap"] for p in found) == pytest.approx(actual - expected, abs=1e-9)
        for p in (p for p in found if "rate" in p):
            assert p["rate"] + p["mix"] == pytest.approx(p["gap"], abs=1e-7)


def test_parts_that_are_all_of_the_whole_leave_no_remainder_although_their_models_differ():
    """The parts' own expectations add up to 90 and the whole's is 100: they are brought into line, and no part is 'all others'."""
    judged = part({"": 50.0, "a": 10.0, "b": 40.0}, {"": 100.0, "a": 50.0, "b": 40.0})
    found = Driller([judged], {"m": metric()}).drilled(finding(50.0, 100.0))
    assert [p["segment"] for p in found.evidence["contributions"]] == ["a", "b"]
    assert made_of(found).en == "a makes up £45.56 of the gap of £50."
    assert [line.en for line in part_lines(found.evidence, "£")][-1] == "Together -£50, which is the whole gap."


def test_a_part_that_departs_more_than_the_whole_is_said_to():
    """One part fell by 60 while another rose by 20."""
    judged = part({"": 60.0, "a": 0.0, "b": 60.0}, {"": 100.0, "a": 60.0, "b": 40.0})
    found = Driller([judged], {"m": metric()}).drilled(finding(60.0, 100.0))
    assert "a alone departs by £60, more than the gap of £40" in made_of(found).en
    assert "單是a即偏離 £60" in made_of(found).zh


def test_what_does_not_add_up_is_not_split():
    """A maximum, a count of distinct customers who buy in two shops, a part itself, a gap of nothing: no contributions."""
    judged = part({"": 9.0, "a": 9.0, "b": 8.0}, {"": 12.0, "a": 11.0, "b": 12.0})
    assert told(finding(9.0, 12.0), judged, metric(value="max(amount)")) == []
    assert told(finding(9.0, 12.0), judged, metric(value="count_distinct(customer)")) == []
    assert told(finding(9.0, 12.0, "a"), judged, metric()) == []
    assert told(finding(12.0, 12.0), judged, metric()) == []
    assert told(finding(17.0, 12.0), judged, metric(value="count_distinct(customer)")) != []


def test_the_column_whose_parts_surprise_more_is_told():
    """All shops fell alike and one product vanished: the product is the answer."""
    actual = {"": 60.0, "shop=x": 30.0, "shop=y": 30.0, "product=tea": 60.0, "product=cups": 0.0}
    expected = {"": 100.0, "shop=x": 50.0, "shop=y": 50.0, "product=tea": 60.0, "product=cups": 40.0}
    found = Driller([part(actual, expected)], {"m": metric(segments=("shop", "product"))}).drilled(finding(60.0, 100.0))
    assert found.evidence["split_by"] == "product"
    assert made_of(found).en == "cups makes up £40 of the gap of £40."
