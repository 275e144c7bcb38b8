"""Sentences that a head can read aloud."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.model import Category, Finding, Kind, Text
from detect.notices.catalogue import CHANGES, LABELS, fill
from detect.notices.numbers import band, comparison, figure, money, number
from detect.notices.sentences import FACTS, SHAPES
from detect.notices.wording import describe, segment_label

DAY = date(2011, 1, 18)
REVENUE = Text(en="Revenue", zh="營業額")


def finding(kind: Kind = Kind.SPIKE, **changes: Any) -> Finding:
    base: dict[str, Any] = {
        "as_of": DAY,
        "day": DAY,
        "first_day": DAY,
        "subject": "revenue",
        "segment": "country=UK",
        "channel": "point",
        "category": Category.DATA,
        "kind": kind,
        "department": "sales",
        "metric": "revenue",
        "actual": 115340.2,
        "expected": 38000.0,
        "lower": 30100.0,
        "upper": 46500.0,
        "unit": "GBP",
    }
    return Finding(**(base | changes))


def test_a_spike_reads_as_a_person_would_say_it():
    """What was, what was expected with its range, what that is and how much more than usual."""
    said = describe(finding(), REVENUE)
    assert said.en == (
        "Revenue of UK on 2011-01-18 was £115,340; £38,000 (30,100–46,500) was expected: "
        "a spike, three times the usual."
    )
    assert (
        said.zh == "UK的營業額於 2011-01-18 為 £115,340，預期為 £38,000（30,100–46,500）：突然升高，約為平常的 3 倍。"
    )


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_said_in_both_languages_without_jargon(kind):
    """No kind is without words, no place stays unfilled, and nobody needs to know statistics."""
    for changes in ({}, {"actual": None, "expected": None, "lower": None, "upper": None}):
        said = describe(finding(kind, statistic=9.7, p=1e-9, **changes), REVENUE)
        for sentence in (said.en, said.zh):
            assert not re.search(r"[{}]|None|nan|z-score|sigma|p-value|9\.7|1e-|  ", sentence)
        assert said.en.endswith(".")
        assert said.zh.endswith("。")
        assert re.search("[\u4e00-\u9fff]", said.zh)


def test_a_unit_is_not_said_twice():
    """Units sold are a number; the unit stands where the name does not say it."""
    named = describe(finding(unit="units", segment=""), Text(en="Units sold", zh="銷售量"))
    assert named.en.startswith("Units sold on 2011-01-18 was 115,340; 38,000 (30,100–46,500) was expected")
    assert named.zh.startswith("銷售量於 2011-01-18 為 115,340 件")
    assert "115,340 units" in describe(finding(unit="units"), Text(en="Sales volume", zh="銷售量")).en


def test_since_when_is_said_when_it_did_not_begin_today():
    """A shift names the day it began and how long it lasts."""
    said = describe(finding(Kind.LEVEL_SHIFT, first_day=date(2011, 1, 10)), REVENUE)
    assert "since 2011-01-10 (9 days)" in said.en
    assert "自 2011-01-10 起（9 天）" in said.zh


def test_a_broken_rule_counts_its_rows():
    """Rows at fault of rows checked, as the suite counted them, without the check's own zero."""
    said = describe(
        finding(
            Kind.RULE,
            metric=None,
            segment="",
            actual=12.0,
            expected=0.0,
            evidence={"failed_rows": 12, "checked_rows": 3112},
        ),
        Text(en="Unit price is above zero", zh="單價大於零"),
    )
    assert said.en == "Unit price is above zero on 2011-01-18: 12 of 3,112 rows break the rule."
    assert said.zh == "單價大於零（2011-01-18）：3,112 行中有 12 行不符合規則。"


def test_a_missing_figure_is_no_zero():
    """What did not arrive is said to be absent; a zero that stands for it is said as the zero it is."""
    absent = describe(finding(Kind.MISSING, actual=None), REVENUE)
    assert "has no figure for 2011-01-18; £38,000" in absent.en
    assert "was £0" in describe(finding(Kind.MISSING, actual=0.0), REVENUE).en


def test_evidence_finds_its_way_into_the_sentence():
    """Limits, forecasts, silent customers, late tables and lost columns say what was seen."""
    said = {
        kind: describe(finding(kind, evidence=evidence, **changes), REVENUE).en
        for kind, evidence, changes in (
            (Kind.LIMIT, {"limit": 0.1}, {"unit": "%", "actual": 0.12, "expected": None}),
            (Kind.FORECAST_BREACH, {"limit": 50000, "days": 18, "days_low": 11, "days_high": 31}, {}),
            (Kind.KEY_ACCOUNT, {"last_order": "2010-12-08", "usual_gap_days": 7.2}, {}),
            (Kind.FRESHNESS, {"last_day": "2011-01-15"}, {}),
            (Kind.SCHEMA, {"missing": ["price"]}, {}),
        )
    }
    assert "was 12%: the limit of 10% is passed" in said[Kind.LIMIT]
    assert "the limit of £50,000 will be passed in about 18 days (11–31)" in said[Kind.FORECAST_BREACH]
    assert "no order since 2010-12-08; one every 7.2 days is usual" in said[Kind.KEY_ACCOUNT]
    assert "the newest rows are of 2011-01-15" in said[Kind.FRESHNESS]
    assert "missing price" in said[Kind.SCHEMA]


def test_money_at_stake_and_little_history_are_said():
    """The amount in the company's currency, and that a judgement is provisional."""
    said = describe(finding(stake=77340.0, provisional=True), REVENUE, currency="GBP")
    assert "At stake: £77,340." in said.en
    assert "Provisional" in said.en
    assert "暫定" in said.zh


def test_a_sentence_reaches_no_attribute_of_what_fills_it():
    """A name that looks like a template stays a name."""
    said = describe(finding(), Text(en="{where.__class__}", zh="{0}"))
    assert said.en.startswith("{where.__class__} of UK")
    with pytest.raises(KeyError):
        fill("{name.__class__} {gone}", {"name": "x"})


def test_every_sentence_and_label_has_the_same_places_in_both_languages():
    """A place that only one language has would lose a fact in the other."""
    places = re.compile(r"\{(\w+)\}")
    for text in (*FACTS.values(), *SHAPES.values(), *LABELS.values(), *CHANGES.values()):
        assert set(places.findall(text.en)) == set(places.findall(text.zh)), text
        assert text.en.strip() and text.zh.strip()  # noqa: PT018 -- one property of one text


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (115340.2, "GBP", "£115,340"), (0.29, "GBP", "£0.29"), (-38.0, "£", "-£38"), (1234.5, "US$", "US$1,234"),
        (99.5, "SEK", "SEK 99.50"), (0.0512, "%", "5.12%"), (0.05, "share", "5%"), (1, "orders", "1 order"),
        (1234, "orders", "1,234 orders"), (12.345, "kg", "12.3 kg"), (0, "", "0"), (float("nan"), "GBP", "no figure"),
        (None, "GBP", "no figure"), (-0.2, "GBP", "-£0.20"), (-0.0, "", "0"),
    ],
)  # fmt: skip
def test_numbers_are_said_in_their_unit(value, unit, said):
    """Money with its sign, shares in percent, counts with what is counted."""
    assert figure(value, unit).en == said


@pytest.mark.parametrize(
    ("actual", "expected", "unit", "said"),
    [
        (200, 100, "GBP", "twice the usual"), (303, 100, "", "three times the usual"), (250, 100, "", "2.5 times the usual"),
        (136, 100, "", "36% above the usual"), (32, 100, "", "68% below the usual"), (0, 100, "", "nothing at all"),
        (5, 0, "", None), (-5, 10, "", None), (None, 10, "", None), (10, float("inf"), "", None),
        (0.0312, 0.07, "%", "3.9 percentage points below the usual"), (9900, 100, "", "99 times the usual"),
    ],
)  # fmt: skip
def test_comparisons_are_made_where_they_do_not_mislead(actual, expected, unit, said):
    """Times and percent of something positive, percentage points of shares, nothing where a ratio has no meaning."""
    found = comparison(actual, expected, unit)
    assert (found.en if found else None) == said


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "said"),
    [
        (30100, 46500, "GBP", "30,100–46,500"), (0.055, 0.081, "%", "5.5–8.1%"), (None, 7, "", "≤ 7"), (2, None, "", "≥ 2"),
        (None, None, "", ""), (-3, 4, "", "-3 – 4"), (float("-inf"), 5, "", "≤ 5"), (float("nan"), float("nan"), "", ""),
        (1e308, None, "%", ""), (-95.8, 83.93, "GBP", "-95.80 – 83.93"), (0.00012, 0.0034, "", "0.00012–0.00340"),
    ],
)  # fmt: skip
def test_a_band_says_what_is_known_of_it(lower, upper, unit, said):
    """Both ends, one end or nothing."""
    assert band(lower, upper, unit) == said


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["GBP", "£", "%", "orders", ""]))
def test_no_number_is_without_words(value, unit):
    """Any finite number can be said, and none is said as minus nothing."""
    for said in (figure(value, unit).en, figure(value, unit).zh, money(value, "EUR"), number(value)):
        assert said
        assert said.strip() != "-0"
        assert not re.search(r"nan|inf|e\+", said)


@given(
    *[st.none() | st.floats() for _ in range(4)], st.sampled_from(list(Kind)), st.sampled_from(["GBP", "%", "orders"])
)
def test_no_figures_leave_a_finding_without_a_sentence(actual, expected, lower, upper, kind, unit):
    """Whatever a detector hands over, extremes and gaps too, becomes a sentence in both languages."""
    said = describe(finding(kind, actual=actual, expected=expected, lower=lower, upper=upper, unit=unit), REVENUE)
    assert not re.search(r"\bnan\b|\binf\b|None", said.en + said.zh)


def test_only_a_column_s_name_is_left_out_of_a_segment():
    """`country=France` is France; a value that holds an equals sign stays whole."""
    assert segment_label("country=France") == "France"
    assert segment_label("Ann | Bob") == "Ann | Bob"
    assert segment_label("A=B") == "A=B"


def test_a_structural_break_is_told_of_weeks_and_not_of_a_day() -> None:
    """The figures of a break are means of weeks, and the sentence says so in both languages."""
    shift = finding(
        kind=Kind.STRUCTURAL_BREAK,
        actual=2.04,
        expected=1.67,
        unit="£",
        first_day=date(2010, 10, 19),
        evidence={"weeks": 10},
    )
    said = describe(shift, Text(en="Average price", zh="平均單價"))
    assert "was £2.04 over the 10 weeks up to" in said.en
    assert "10 週平均為 £2.04" in said.zh


def test_a_plan_that_will_be_missed_is_said_with_what_is_there_and_what_will_be():
    """So far, at this pace, and planned stand in one sentence; nothing is said of a limit."""
    evidence = {"against": "pace", "period": "2011-01", "so_far": 40_100.0}
    said = describe(finding(Kind.FORECAST_BREACH, segment="", unit="£", evidence=evidence), REVENUE)
    assert (
        "2011-01 stands at £40,100 and will come to £115,340 (30,100–46,500) at the pace of the periods before"
        in said.en
    )
    assert said.en.endswith("£38,000 is planned: at this pace the plan will be missed.")
    assert "照此進度將無法達成計劃" in said.zh
    assert "門檻" not in said.zh
