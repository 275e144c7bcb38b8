"""Bursts of what is counted, and falls of mean scores, by the days before."""

import numpy as np
import pytest

from detect.checks.bursts import judge_bursts
from detect.checks.satisfaction import judge_satisfaction
from detect.checks.settings import BurstSettings, SatisfactionSettings
from detect.model import Kind, Outcome, Panel, SeriesKey

BURSTS = BurstSettings(metrics=("topics",))
SCORES = SatisfactionSettings(metrics=("score",))
SERIES, DAYS, FIRST, DAY = 40, 320, 150, 250
WEEK = np.resize([0.5, 1.2, 1.1, 1.0, 1.0, 1.2, 1.0], DAYS)
FINDING = tuple(Outcome).index(Outcome.FINDING)


def panel_of(values: np.ndarray, weights: np.ndarray | None = None, start: int = 0) -> Panel:
    keys = tuple(SeriesKey("metric", f"{n:03d}") for n in range(len(values)))
    days = np.datetime64("2024-01-01") + start + np.arange(values.shape[1])
    return Panel(keys, days, values, np.ones(values.shape, bool), weights=weights)


def counts(dispersion: float, seed: int = 1) -> np.ndarray:
    """Generate daily counts of topics from one in two days to thirty a day, with a weekly pattern."""
    random = np.random.default_rng(seed)
    mean = np.exp(random.normal(1, 1, (SERIES, 1))) * WEEK
    if dispersion:
        mean = mean * random.gamma(1 / dispersion, dispersion, mean.shape)
    return random.poisson(mean).astype(float)


def answers(tau: float, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Generate mean scores of 4 of some 2 to 200 answers a day; days differ by `tau` beside the answers."""
    random = np.random.default_rng(seed)
    n = random.poisson(np.exp(random.normal(3, 1, (SERIES, 1))) * WEEK).astype(float)
    score = 4 + random.normal(0, tau, n.shape) + random.normal(0, 1, n.shape) / np.sqrt(np.maximum(n, 1))
    return np.where(n > 0, score, np.nan), n


@pytest.mark.parametrize(("dispersion", "at_most"), [(0.0, 1.0), (0.1, 1.0), (0.5, 3.0)])
def test_chance_makes_few_bursts(dispersion: float, at_most: float) -> None:
    """At most one false burst in 1,000 series-days, and three where complaints come in heavy clusters of themselves."""
    departures, _ = judge_bursts(panel_of(counts(dispersion)), BURSTS, FIRST)
    assert 1000 * len(departures) / (SERIES * (DAYS - FIRST)) <= at_most


def test_a_topic_that_comes_four_times_as_often_is_told_on_its_first_days() -> None:
    """Nine in ten bursts of four days are told within them, once in a window, and never before."""
    values = counts(0.1)
    values[:, DAY : DAY + 4] += np.random.default_rng(9).poisson(
        3 * np.maximum(values[:, DAY - 28 : DAY].mean(axis=1), 2)[:, None], (SERIES, 4)
    )
    departures, outcomes = judge_bursts(panel_of(values), BURSTS, DAY - 3)
    told = {d.series for d in departures if DAY <= d.day < DAY + 4}
    assert len(told) >= 0.9 * SERIES
    assert all(outcomes[d.series, d.day - DAY + 3] == FINDING for d in departures)
    assert {d.kind for d in departures} == {Kind.TOPIC_BURST}
    assert all(d.expected < d.upper <= d.actual + 1 for d in departures)


@pytest.mark.parametrize("tau", [0.0, 0.3])
def test_scores_that_only_vary_are_seldom_told(tau: float) -> None:
    """At most one false fall in 1,000 series-days, whether days differ of themselves or not."""
    score, n = answers(tau)
    departures, _ = judge_satisfaction(panel_of(score, n), SCORES, FIRST)
    assert 1000 * len(departures) / (SERIES * (DAYS - FIRST)) <= 1.0


def test_a_fall_is_told_of_many_answers_and_not_of_three() -> None:
    """Half a point less is news where a hundred answer, and chance on one day of three answers."""
    score = np.tile([4.1, 3.9, 4.0, 4.05, 3.95], (2, 64))
    n = np.repeat([[100.0], [3.0]], DAYS, axis=1)
    score[:, DAY] = 3.5
    departures, _ = judge_satisfaction(panel_of(score, n), SCORES, DAY - 2)
    assert {(d.series, d.day) for d in departures if d.channel == "satisfaction_1"} == {(0, DAY)}
    assert departures[0].actual < departures[0].lower < departures[0].expected == pytest.approx(4.0, abs=0.02)


@pytest.mark.parametrize("judge", ["bursts", "satisfaction"])
def test_a_night_alone_says_what_it_says_in_a_range(judge: str) -> None:
    """A longer past and later days change nothing of what a day says."""
    if judge == "bursts":
        values, n = counts(0.1), None
        values[:5, DAY : DAY + 3] += 30
        call, settings = judge_bursts, BURSTS
    else:
        values, n = answers(0.1)
        values[:5, DAY:] -= 1
        call, settings = judge_satisfaction, SCORES
    whole, _ = call(panel_of(values, n), settings, FIRST)
    reach = settings.memory_days + max(settings.windows) + settings.quiet_days
    alone = []
    for day in range(DAY - 2, DAY + 6):
        cut = slice(day - reach, day + 1)
        found, _ = call(panel_of(values[:, cut], None if n is None else n[:, cut], day - reach), settings, reach)
        alone += [(d.series, d.day + day - reach, d.channel, round(d.statistic, 6)) for d in found]
    expected = [(d.series, d.day, d.channel, round(d.statistic, 6)) for d in whole if DAY - 2 <= d.day < DAY + 6]
    assert len(expected) >= 5
    assert sorted(alone) == sorted(expected)


def test_what_cannot_be_judged_has_an_outcome() -> None:
    """No figure, an infinite one, and too short a past are three outcomes; no answers is nothing to judge."""
    values = np.ones((3, 20))
    values[0, -1] = np.inf
    panel = panel_of(values)
    panel.present[1, -1] = False
    _, outcomes = judge_bursts(panel, BURSTS, 19)
    wanted = [Outcome.NON_FINITE, Outcome.NO_DATA, Outcome.INSUFFICIENT_HISTORY]
    assert [tuple(Outcome)[code] for code in outcomes[:, 0]] == wanted
    _, outcomes = judge_satisfaction(panel_of(np.full((1, 20), np.nan), np.zeros((1, 20))), SCORES, 19)
    assert tuple(Outcome)[outcomes[0, 0]] is Outcome.OK
