"""The matrix form of STL against statsmodels' own."""

import numpy as np
import pytest
from statsmodels.tsa.seasonal import STL

from detect.detectors.robust_stl import robust_decompose
from detect.detectors.stl import StlSettings
from detect.detectors.stl_operator import Windows, forecast_row, leverage, operator

DEFAULTS_OF_STATSMODELS = Windows(seasonal=7, trend=15, seasonal_degree=1, trend_degree=1, low_pass_degree=1)
MIXED = Windows(seasonal=13, trend=23, seasonal_degree=1, trend_degree=0, low_pass_degree=1)
WINDOWS = pytest.mark.parametrize(
    "windows", [Windows(), DEFAULTS_OF_STATSMODELS, MIXED], ids=["long", "default", "mixed"]
)
LENGTHS = pytest.mark.parametrize("days", [29, 84, 200, 371])


def weekly(days, series=3, seed=1):
    rng = np.random.default_rng(seed)
    week = 3 * np.sin(2 * np.pi * np.arange(days) / 7)
    return rng.normal(0, 0.2, (series, days)).cumsum(axis=1) + week + rng.normal(0, 1, (series, days))


def reference(row, windows, *, robust):
    return STL(
        row,
        period=windows.period,
        seasonal=windows.seasonal,
        trend=windows.trend,
        low_pass=windows.low_pass,
        seasonal_deg=windows.seasonal_degree,
        trend_deg=windows.trend_degree,
        low_pass_deg=windows.low_pass_degree,
        robust=robust,
    ).fit()


@WINDOWS
@LENGTHS
def test_the_operator_gives_the_parts_that_statsmodels_gives(days, windows):
    """Trend, season and residual of a batch agree with the per-series fit to 1e-10, at any length and degree."""
    values = weekly(days)
    parts = operator(days, windows).decompose(values)
    for row, series in enumerate(values):
        fit = reference(series, windows, robust=False)
        np.testing.assert_allclose(parts.trend[row], fit.trend, atol=1e-10)
        np.testing.assert_allclose(parts.seasonal[row], fit.seasonal, atol=1e-10)
        np.testing.assert_allclose(parts.residual[row], fit.resid, atol=1e-10)


@WINDOWS
@LENGTHS
def test_the_robust_batch_gives_the_parts_that_statsmodels_gives(days, windows):
    """With outliers, a flat stretch and rounded values in the batch, parts and weights agree to 1e-8."""
    values = weekly(days, series=4)
    values[0, days // 2] += 60.0
    values[1, 5:20] = 7.0
    values[2] = np.round(values[2])
    parts = robust_decompose(values, windows)
    for row, series in enumerate(values):
        fit = reference(series, windows, robust=True)
        np.testing.assert_allclose(parts.trend[row], fit.trend, atol=1e-8)
        np.testing.assert_allclose(parts.seasonal[row], fit.seasonal, atol=1e-8)
        np.testing.assert_allclose(parts.weights[row], fit.weights, atol=1e-8)


@WINDOWS
def test_where_no_neighbour_has_weight_the_robust_batch_falls_back_as_statsmodels_does(windows):
    """A far-off block longer than the trend window leaves whole neighbourhoods next to no weight; the parts still agree.

    To a millionth only: with local slopes, a neighbourhood of nearly no weight magnifies the last digits of either program.
    """
    values = weekly(364, series=2)
    values[0, 150:290] += 400.0
    values[1] = np.tile([0.0, 0, 0, 0, 0, 0, 5.0], 52)  # exactly periodic: the middle residual is zero
    values[1, 100] = 9.0
    parts = robust_decompose(values, windows)
    fit = reference(values[0], windows, robust=True)
    np.testing.assert_allclose(parts.trend[0], fit.trend, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(parts.seasonal[0], fit.seasonal, rtol=1e-6, atol=1e-5)
    assert np.isfinite(parts.residual).all()


def test_a_series_is_decomposed_alike_alone_and_in_any_batch():
    """Neighbours and the size of the batch leave a series' robust parts as they are, to the last digits of a product."""
    values = weekly(200, series=70)
    together, alone = robust_decompose(values, Windows()), robust_decompose(values[66:67], Windows())
    np.testing.assert_allclose(together.residual[66:67], alone.residual, rtol=0, atol=1e-12)


def test_the_day_judged_never_enters_its_own_expectation():
    """The forecast row gives the value less r/(1-h), computed from the days before alone."""
    values = weekly(182, series=2)
    expected = values[:, :-1] @ forecast_row(182, Windows())
    left_out = operator(182, Windows()).decompose(values).residual[:, -1] / (1.0 - leverage(182, Windows()))
    np.testing.assert_allclose(values[:, -1] - expected, left_out, atol=1e-10)


def test_long_windows_leave_the_last_day_its_own_surprise():
    """The last day's leverage is below 0.07 with the windows shipped, and above 0.7 with statsmodels' defaults."""
    assert leverage(728, Windows()) < 0.07
    assert leverage(728, DEFAULTS_OF_STATSMODELS) > 0.7


def test_fewer_than_two_periods_are_refused():
    """Thirteen days have no season to see, and the error says so."""
    with pytest.raises(ValueError, match="13 days are fewer than two periods of 7"):
        operator(13, Windows())
    with pytest.raises(ValueError, match="13 days"):
        robust_decompose(np.zeros((1, 13)), Windows())


def test_an_even_window_is_refused():
    """A window without a middle is told by its name."""
    with pytest.raises(ValueError, match="trend is 60"):
        StlSettings(trend=60)
