"""Which cases of a night are one trouble."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from detect.cases.context import abnormal_days, grading_contexts
from detect.cases.identity import case_id
from detect.findings.grading import GradingTable, grade
from detect.model import Category, Kind, Level, Text
from detect.series.metric import Metric

MONDAY = date(2026, 3, 2)


def metric(name, source="orders", related=()):
    return Metric(
        id=name,
        name=Text(en=name, zh=name),
        department="sales",
        category=Category.DATA,
        source=source,
        value="count()",
        related=related,
    )


METRICS = (metric("revenue", related=("units",)), metric("units"), metric("fees"), metric("flights", source="flights"))


def parent_of(result):
    """Name the parent's subject and segment for each case that has one."""
    by_id = {c.id: c for c in result.cases}
    return {
        (c.subject, c.segment): (by_id[c.parent].subject, by_id[c.parent].segment) for c in result.cases if c.parent
    }


def test_segments_that_break_the_same_day_go_under_the_total(make, absorbed):
    """The total is the parent even when a segment is graver; each child keeps its row, owner and level."""
    result = absorbed([make(segment="UK", level=Level.MAJOR), make(), make(segment="FR")], metrics=METRICS)
    assert parent_of(result) == {("revenue", "UK"): ("revenue", ""), ("revenue", "FR"): ("revenue", "")}
    assert {c.segment: c.level for c in result.cases} == {"": 3, "UK": 1, "FR": 3}


def test_without_the_total_the_gravest_segment_is_the_parent(make, absorbed):
    """Some case must speak for the group."""
    result = absorbed([make(segment="UK"), make(segment="FR", level=Level.LARGER)], metrics=METRICS)
    assert parent_of(result) == {("revenue", "UK"): ("revenue", "FR")}


def test_related_metrics_are_one_trouble_and_strangers_are_not(make, absorbed):
    """Metrics that name each other go together; a metric of the same table that nobody called related stands alone."""
    found = [make(subject=m, metric=m) for m in ("revenue", "units", "fees", "flights")]
    assert parent_of(absorbed(found, metrics=METRICS)) == {("units", ""): ("revenue", "")}


def test_related_metrics_of_different_segments_are_not_kin(make, absorbed):
    """Revenue of one country says nothing about units of another."""
    result = absorbed([make(segment="UK"), make(subject="units", metric="units", segment="FR")], metrics=METRICS)
    assert parent_of(result) == {}


def test_a_fault_of_loading_gathers_everything_on_its_table(make, absorbed):
    """A table loaded twice is one case with the metrics that stand on it as children; other tables are not touched."""
    table = make(subject="orders:row_count", metric=None, kind=Kind.VOLUME, channel="suite")
    found = [make(subject=m, metric=m, kind=Kind.DOUBLE_LOAD) for m in ("revenue", "fees", "flights")]
    dip = make(subject="units", metric="units", segment="UK")
    assert parent_of(absorbed([table, *found, dip], metrics=METRICS)) == {
        ("revenue", ""): ("orders:row_count", ""),
        ("fees", ""): ("orders:row_count", ""),
    }


def test_another_day_is_another_trouble(make, absorbed):
    """Only what broke on the same day is grouped."""
    first = absorbed([make()], metrics=METRICS)
    assert parent_of(absorbed([make(MONDAY + timedelta(days=1), segment="UK")], first.cases, metrics=METRICS)) == {}


def test_a_parent_of_an_earlier_night_keeps_its_place(make, absorbed):
    """What shows later but broke the same day goes under the case that is there; nothing is re-parented."""
    first = absorbed([make(segment="UK")], metrics=METRICS)
    late = make(as_of=MONDAY + timedelta(days=1), level=Level.MAJOR)
    second = absorbed([late], first.cases, metrics=METRICS)
    assert [c.parent for c in second.cases] == [first.cases[0].id]


def test_restricted_cases_hang_on_no_open_one(make, absorbed):
    """What only audit may see is not linked from what everybody sees."""
    assert parent_of(absorbed([make(), make(segment="UK", kind=Kind.AUDIT_SIGN)], metrics=METRICS)) == {}


def test_case_ids_are_short_readable_and_safe():
    """Readable names stay; what is unsafe in a shell or URL is replaced and told apart by a longer hash."""
    assert case_id("unit_price", "UK", MONDAY, "point").startswith("2026-03-02-unit_price-UK-")
    assert len(case_id("unit_price", "UK", MONDAY, "point")) == len("2026-03-02-unit_price-UK-3f2a")
    hostile = [case_id("m", s, MONDAY, "point") for s in ("a b", "a/b", "a;b", "客戶甲", "客戶乙", "../..")]
    assert len(set(hostile)) == len(hostile)
    assert len({case_id("m", chr(0x4E00 + n), MONDAY, "point") for n in range(2000)}) == 2000
    assert all(set(h) <= set("abcdefghijklmnopqrstuvwxyz0123456789-m") for h in hostile)
    assert case_id("m", "", MONDAY, "point") != case_id("m", "", MONDAY, "stl")


def test_days_running_count_abnormal_days_of_the_open_case(make, absorbed):
    """Three nights of trouble are three days running; a stretch counts all its days; older trouble beyond the gap none."""
    known = absorbed([make()]).cases
    known = absorbed([make(MONDAY + timedelta(days=2))], known).cases
    third = make(MONDAY + timedelta(days=3)).finding
    assert abnormal_days(third, [third], known) == 3
    run = replace(third, first_day=MONDAY, channel="run")
    assert abnormal_days(run, [run], []) == 4
    later = make(MONDAY + timedelta(days=30)).finding
    assert abnormal_days(later, [later], known) == 1


def test_a_weekend_does_not_end_a_run_and_days_apart_are_none(make, absorbed):
    """Friday, Monday, Tuesday are three days running; three days with four between them are not."""
    friday = MONDAY + timedelta(days=4)
    known = absorbed([make(friday + timedelta(days=3))], absorbed([make(friday)]).cases).cases
    tuesday = make(friday + timedelta(days=4)).finding
    assert abnormal_days(tuesday, [tuesday], known) == 3
    known = absorbed([make(MONDAY + timedelta(days=5))], absorbed([make()]).cases).cases
    third = make(MONDAY + timedelta(days=10)).finding
    assert abnormal_days(third, [third], known) == 1


@pytest.mark.clause("P3.4")
@pytest.mark.parametrize(("importance", "level", "what"), [("key", 2, "worsened"), ("normal", 3, "extended")])
def test_a_key_metric_abnormal_several_nights_worsens_its_case(make, absorbed, importance, level, what):
    """The third night of a key metric raises its level 3 case to level 2; that of a normal metric does not."""
    watched = metric("revenue").model_copy(update={"importance": importance})
    cases = ()
    for n in range(3):
        given = make(MONDAY + timedelta(days=n), actual=390.0, stake=10.0)
        context = grading_contexts([given.finding], cases)[given.finding.key]
        graded = replace(given, grade=grade(given.finding, watched, context, GradingTable()))
        night = absorbed([graded], cases)
        cases = night.cases
    assert (cases[0].level, night.events[0].type) == (level, what)
    assert cases[0].rule == ("several-days" if importance == "key" else "default")


def test_a_rerun_counts_the_days_that_the_first_run_counted(make, absorbed):
    """Days after the one judged do not make an older finding graver."""
    known = absorbed([make(MONDAY + timedelta(days=1))], absorbed([make()]).cases).cases
    first = make().finding
    assert abnormal_days(first, [first], known) == 1


def test_contexts_say_how_wide_the_trouble_is(make):
    """Segments departing on one day are counted; the total is not one of them."""
    night = [make(segment=s).finding for s in ("", "UK", "FR", "DE")] + [make(subject="units", metric="units").finding]
    contexts = grading_contexts(night, [], currency="GBP", company_figure=lambda f: f.expected)
    assert [contexts[f.key].segments for f in night] == [3, 3, 3, 3, 1]
    assert contexts[night[0].key].company_figure == 400.0


def test_contexts_say_which_related_metrics_are_off_too(make):
    """A kin that departs on the same day counts, whoever of the two names the other; a stranger and another day do not."""
    kin = [metric("revenue").model_copy(update={"related": ("orders",)}), metric("orders"), metric("fees")]
    off = [make(subject=s, metric=s).finding for s in ("revenue", "orders", "fees")]
    contexts = grading_contexts(off, [], metrics=kin)
    assert [contexts[f.key].related for f in off] == [1, 1, 0]
    apart = [off[0], make(MONDAY + timedelta(days=1), subject="orders", metric="orders").finding]
    assert [c.related for c in grading_contexts(apart, [], metrics=kin).values()] == [0, 0]


@pytest.mark.clause("P3.4")
def test_small_losses_of_many_days_add_up_to_a_larger_one(make, absorbed):
    """Three days of 2,000 each are a larger loss on the third; a rerun of the second still sees two, and old trouble is not counted."""
    cases = ()
    for n in range(3):
        given = make(MONDAY + timedelta(days=n), stake=2000.0)
        context = grading_contexts([given.finding], cases)[given.finding.key]
        graded = replace(given, grade=grade(given.finding, None, context, GradingTable()))
        night = absorbed([graded], cases)
        cases = night.cases
    assert (context.stake, cases[0].level, cases[0].rule, night.events[0].type) == (
        6000.0,
        2,
        "larger-loss",
        "worsened",
    )
    second = make(MONDAY + timedelta(days=1), stake=2000.0).finding
    assert grading_contexts([second], cases)[second.key].stake == 4000.0
    later = make(MONDAY + timedelta(days=40), stake=2000.0).finding
    assert grading_contexts([later], cases)[later.key].stake == 2000.0
