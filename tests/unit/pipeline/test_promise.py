"""A promise of false alarms to a department becomes the budget of each of its series, whoever else is judged tonight."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from detect.config import load
from detect.config.changing import changed
from detect.detectors import Detection
from detect.model import Category, Panel, SeriesKey, Text
from detect.pipeline.judging import fit, judge
from detect.pipeline.promise import budgets, planned, promised_a_week
from detect.series.calendars import Calendar, CalendarSettings
from detect.series.metric import Metric
from detect.series.panel import select

CALENDAR = Calendar(CalendarSettings(country=None))
START = date(2024, 1, 1)
LAST = 420
ROOT = Path(__file__).parents[3]


def metric(name: str, department: str, **more) -> Metric:
    return Metric(
        id=name, name=Text(en=name, zh=name), department=department, category=Category.DATA, source="t",
        value="count()", **more,
    )  # fmt: skip


METRICS = {
    **{f"s{k}": metric(f"s{k}", "sales") for k in range(4)},
    **{f"f{k}": metric(f"f{k}", "finance") for k in range(8)},
    "limits": metric("limits", "sales", detectors=()),
}
KEYS = tuple(SeriesKey(name, "") for name in sorted(METRICS))


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Series of two departments, each with days that are a little out of the ordinary."""
    rng = np.random.default_rng(11)
    values = 1000 * np.exp(rng.standard_t(4, (len(KEYS), LAST)) * 0.04)
    days = np.arange(np.datetime64(START), np.datetime64(START) + LAST)
    return Panel(KEYS, days, values, np.ones(values.shape, bool))


def test_a_departments_promise_is_spread_over_the_series_that_detectors_judge():
    """One a week over four series is 35.7 in 1,000 of their days; a series of limits alone spends nothing of it."""
    detection = Detection(budget=2.0).with_promises({"sales": 1.0})
    found = dict(zip(KEYS, budgets(KEYS, METRICS, detection, KEYS), strict=True))
    assert found[SeriesKey("s0", "")] == pytest.approx(1000 / 28)
    assert found[SeriesKey("f0", "")] == 2.0
    assert planned(KEYS, METRICS) == {"sales": 4, "finance": 8}
    assert promised_a_week(detection, "sales", 4) == pytest.approx(1.0)
    assert promised_a_week(detection, "finance", 8) == pytest.approx(2.0 * 8 * 7 / 1000)


def test_a_promise_to_every_department_is_each_ones_own():
    """The same promise a week is a smaller budget for the department that watches more."""
    detection = Detection(per_department_week=1.0)
    found = dict(zip(KEYS, budgets(KEYS, METRICS, detection, KEYS), strict=True))
    assert found[SeriesKey("s0", "")] == pytest.approx(2 * found[SeriesKey("f0", "")])


def test_the_budget_is_that_of_the_series_planned_and_not_of_those_that_came_tonight():
    """With half of the series gone from tonight's panel the others may spend no more."""
    detection = Detection(per_department_week=1.0)
    whole = dict(zip(KEYS, budgets(KEYS, METRICS, detection, KEYS), strict=True))
    some = KEYS[::2]
    assert dict(zip(some, budgets(some, METRICS, detection, KEYS), strict=True)) == {key: whole[key] for key in some}


def told(panel: Panel, detection: Detection, models) -> set[tuple[str, int]]:
    found = judge(panel, METRICS, CALENDAR, detection, models, START + timedelta(days=200))
    return {(panel.keys[d.series].metric, d.day) for d in found.departures if d.channel != "limit"}


def test_a_larger_promise_to_one_department_tells_it_more_and_the_other_the_same(panel: Panel):
    """Judged: what finance hears does not change with what sales was promised, and sales hears more."""
    models = fit(panel, METRICS, CALENDAR, Detection(), START + timedelta(days=199))
    plain = told(panel, Detection().with_promises({"sales": 0.02}), models)
    more = told(panel, Detection().with_promises({"sales": 2.0}), models)
    assert {pair for pair in plain if pair[0] in {f"f{k}" for k in range(8)}} == {
        pair for pair in more if pair[0] in {f"f{k}" for k in range(8)}
    }
    sales = {f"s{k}" for k in range(4)}
    assert {pair for pair in plain if pair[0] in sales} < {pair for pair in more if pair[0] in sales}


def test_one_series_alone_spends_what_it_spends_among_the_others(panel: Panel):
    """A night of one series from the stored models tells of it what the whole night tells."""
    detection = Detection().with_promises({"sales": 1.0, "finance": 0.5})
    models = fit(panel, METRICS, CALENDAR, detection, START + timedelta(days=199))
    row = KEYS.index(SeriesKey("s1", ""))
    no_peers = {**detection.structural.model_dump(), "peers": 0}
    alone = detection.model_copy(update={"structural": type(detection.structural)(**no_peers)})
    whole = {pair for pair in told(panel, alone, models) if pair[0] == "s1"}
    assert told(select(panel, [row]), alone, models) == whole
    assert whole


def test_what_company_yaml_promises_a_department_reaches_its_detectors(company_folder):
    """`false_alarms_per_week` of a department is read, kept by a trial of other settings, and refits nothing."""
    book = load(company_folder, {})
    assert book.policy.detection.promises == {"sales": 0.5}
    trial = changed(book, "revenue", ["budget=3"])
    assert (trial.policy.detection.promises, trial.policy.detection.budget) == ({"sales": 0.5}, 3.0)
    assert "promises" not in book.policy.detection.model_dump_json()


@pytest.fixture
def company_folder(tmp_path):
    """Give the shipped configuration with a promise to sales."""
    for part in ("config", "expectations"):
        shutil.copytree(ROOT / part, tmp_path / part)
    path = tmp_path / "config" / "company.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("head: anna, members", "head: anna, false_alarms_per_week: 0.5, members", 1), encoding="utf-8"
    )
    return tmp_path
