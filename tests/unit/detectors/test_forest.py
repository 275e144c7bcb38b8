"""Metrics of one segment that disagree."""

import io

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from detect.detectors._base import Baseline, Context
from detect.detectors.forest import ForestSettings, tail_p
from detect.detectors.isolation import IsolationTrees
from detect.model import Category, Kind, Outcome, Panel, SeriesKey, Text
from detect.series.calendars import Calendar, CalendarSettings
from detect.series.metric import Metric

NAMES = ("orders", "returns", "revenue")


def metric(name, *related):
    return Metric(
        id=name,
        name=Text(en=name, zh=name),
        department="sales",
        category=Category.FINANCIAL,
        source="lines",
        value="count()",
        related=related,
    )


METRICS = {"orders": metric("orders"), "returns": metric("returns"), "revenue": metric("revenue", "orders", "returns")}


def errors(segments=20, days=500, seed=1):
    """Standardised errors (segments * 3, days) of t-tailed figures: revenue moves with orders, and somewhat with returns."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_t(6, (segments, days)) / np.sqrt(1.5)
    own = rng.standard_t(6, (3, segments, days)) / np.sqrt(1.5)
    weight = np.array([0.9, 0.6, 0.95])[:, None, None]
    return np.moveaxis(weight * shared + np.sqrt(1 - weight**2) * own, 0, 1).reshape(-1, days)


def context(z, first, names=NAMES):
    keys = tuple(SeriesKey(name, f"s{row:03d}") for row in range(len(z) // len(names)) for name in names)
    whole = np.ones_like(z)
    values = 100 + z
    baseline = Baseline(
        z=z,
        expected=100 * whole,
        lower=97 * whole,
        upper=103 * whole,
        adjusted=values,
        cleaned=values,
        spread=whole,
        history=np.tile(np.arange(z.shape[1]), (len(z), 1)),
        active=whole > 0,
    )
    panel = Panel(keys, np.datetime64("2024-01-01") + np.arange(z.shape[1]), values, np.isfinite(values))
    return Context(panel, METRICS, Calendar(CalendarSettings(country=None)), baseline, first, 2.0)


@pytest.fixture(scope="module")
def stored():
    return ForestSettings().fit(context(errors(), 0))


def test_orders_up_while_revenue_is_down_is_told(stored):
    """Two moderate errors of opposite sign in figures that move together are a joint departure; of one sign they are none."""
    z = errors(days=40, seed=2) * 0.3
    z[3:6, 35], z[6:9, 35] = (2.4, 0.0, -2.5), (2.4, 2.0, 2.5)
    told = ForestSettings().judge(context(z, 30), stored).departures
    (joint,) = told
    assert (joint.series, joint.day, joint.kind, joint.channel) == (5, 35, Kind.JOINT, "joint")
    assert joint.evidence["related"] == ["orders"]
    assert joint.statistic < -4
    assert joint.p < 3e-4
    assert joint.actual == pytest.approx(97.5)


def test_false_alarms_keep_to_the_share_promised(stored):
    """On 120,000 unseen clean series-days, at a loud budget, the channel tells a third to one and a half times its share."""
    settings = ForestSettings()
    z = errors(days=2007, seed=5)
    given = context(z, 7)
    loud = Context(given.panel, given.metrics, given.calendar, given.baseline, 7, 10.0)
    told = len(settings.judge(loud, stored).departures)
    promised = settings.share * 10 * z.shape[0] * 2000 / 1000
    assert promised / 3 <= told <= 1.5 * promised


def test_a_segment_is_judged_alike_alone_and_among_others(stored):
    """Neighbouring segments change nothing of what one segment is told, p and score included."""
    z = errors(days=60, seed=7)
    z[9:12, 50] = (3.0, 0.0, -3.0)
    among = [d for d in ForestSettings().judge(context(z, 30), stored).departures if d.series == 11]
    keys = {
        "keys": np.char.replace(stored["keys"], "s003", "s000")
    }  # the stored relations of segment 3 under its name alone
    own = {**stored, **keys, **_only(stored, "s003")}
    (alone,) = ForestSettings().judge(context(z[9:12], 30), own).departures
    assert [(d.p, d.statistic, d.evidence) for d in among] == [(alone.p, alone.statistic, alone.evidence)]


def _only(stored, segment):
    rows = np.flatnonzero(stored["keys"][:, 1] == segment)
    kept = np.isin(stored["pairs"], rows).all(axis=1)
    return {
        "keys": np.char.replace(stored["keys"][rows], segment, "s000"),
        "pairs": np.searchsorted(rows, stored["pairs"][kept]),
        "relation": stored["relation"][kept],
    }


def test_what_is_stored_survives_without_pickle_and_judges_alike(stored):
    """The fitted arrays go through an npz archive without pickle and give the same departures."""
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **stored)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as archive:
        loaded = dict(archive)
    z = errors(days=60, seed=7)
    z[0:3, 40] = (3.0, 0.0, -3.0)
    once, again = (ForestSettings().judge(context(z, 30), s).departures for s in (stored, loaded))
    assert once
    assert once == again


def test_the_stored_trees_score_as_scikit_learn_does():
    """Scores agree with IsolationForest.score_samples to 1e-12, and the same rows and seed give the same trees."""
    rng = np.random.default_rng(0)
    rows, new = rng.normal(size=(3000, 6)), rng.normal(size=(500, 6)) * 2
    trees = IsolationTrees.fit(rows, 50, 256, 1)
    reference = IsolationForest(n_estimators=50, max_samples=256, random_state=1).fit(rows)
    np.testing.assert_allclose(trees.score(new), -reference.score_samples(new), rtol=1e-12)
    again = IsolationTrees.of_arrays(IsolationTrees.fit(rows, 50, 256, 1).as_arrays())
    np.testing.assert_array_equal(trees.score(new), again.score(new))


def test_a_disagreement_that_lasts_is_told_once():
    """Five days of the same disagreement are one departure, in one run or night by night."""
    stored = ForestSettings().fit(context(errors(), 0))
    z = errors(days=60, seed=9) * 0.3
    z[3:6, 40:45] = np.array([3.0, 0.0, -3.0])[:, None]
    at_once = ForestSettings().judge(context(z, 30), stored).departures
    nights = [d for t in range(30, 60) for d in ForestSettings().judge(context(z[:, : t + 1], t), stored).departures]
    assert [d.day for d in at_once] == [40]
    assert [(d.day, d.p) for d in nights] == [(40, at_once[0].p)]


def test_a_missing_member_leaves_the_others_compared_and_is_no_number(stored):
    """Without returns on a day orders and revenue are still compared; where nothing can be compared the outcome says so."""
    z = errors(segments=2, days=40, seed=3) * 0.3
    z[0:3, 35] = (2.6, np.nan, -2.6)
    z[4:6, 35] = np.nan
    opinion = ForestSettings().judge(context(z, 30), stored)
    assert [(d.series, d.day) for d in opinion.departures] in ([(0, 35)], [(2, 35)])
    outcomes = tuple(Outcome)
    assert outcomes[opinion.outcomes[0, 5]] is Outcome.OK
    assert outcomes[opinion.outcomes[3, 5]] is Outcome.INSUFFICIENT_HISTORY


def test_metrics_that_nobody_relates_are_not_checked():
    """Without related metrics nothing is learnt, and nothing is said."""
    given = context(errors(segments=2), 30)
    alone = Context(given.panel, {}, given.calendar, given.baseline, 30, 2.0)
    assert ForestSettings().fit(alone) == {}
    opinion = ForestSettings().judge(alone, {})
    assert {tuple(Outcome)[code] for code in np.unique(opinion.outcomes)} == {Outcome.NOT_CHECKED}


def test_p_is_read_off_the_tail_and_falls_beyond_it():
    """At a stored quantile p is its share; beyond the last it keeps falling."""
    tail = np.linspace(0.5, 0.7, 60)
    p = tail_p(np.array([0.4, 0.5, 0.7, 0.75, 0.9]), tail)
    assert p[:3] == pytest.approx([1.0, 0.3, 1e-3])
    assert 0 < p[4] < p[3] < 1e-3
