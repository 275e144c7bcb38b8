"""From the long frame to a Panel."""

from datetime import date

import numpy as np
import pandas as pd

from detect.model import Category, SeriesKey, Text
from detect.series.metric import Absent, Metric
from detect.series.panel import build, select, until


def _metric(name: str, **more: object) -> Metric:
    return Metric(
        id=name,
        name=Text(en=name, zh=name),
        department="d",
        category=Category.DATA,
        source="t",
        value="count()",
        **more,
    )


def _frame(rows: list[tuple[str, str, str, float]], **more: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["metric", "segment", "day", "value"])
    return frame.assign(weight=np.nan, rows=4, **{"repeated": 0, **more})


def test_missing_stays_missing_unless_absence_means_zero() -> None:
    """A day without rows is NaN; a metric that counts events is zero on days its table has, from its first row on."""
    rows = [
        ("a", "", "2025-01-01", 1.0),
        ("b", "", "2025-01-02", 2.0),
        ("a", "", "2025-01-03", 3.0),
        ("b", "", "2025-01-05", 5.0),
    ]
    panel = build(_frame(rows), [_metric("a"), _metric("b", absent=Absent.ZERO)], date(2025, 1, 1), date(2025, 1, 5))
    assert panel.keys == (SeriesKey("a", ""), SeriesKey("b", ""))
    assert np.isnan(panel.values[0, 1])
    assert not panel.present[0, 1]
    assert np.isnan(panel.values[1, 0]), "not before the series began"
    assert panel.values[1, 2] == 0.0
    assert np.isnan(panel.values[1, 3]), "nobody has 4 January: the table is not there, which is not zero"


def test_only_days_that_came_nearly_whole_twice_are_repeated() -> None:
    """A few repeated rows are business as usual; half of the rows are a load made twice."""
    rows = [("a", "", "2025-01-01", 1.0), ("a", "", "2025-01-02", 1.0)]
    panel = build(_frame(rows, repeated=[0, 2]), [_metric("a")], date(2025, 1, 1), date(2025, 1, 2))
    assert panel.repeated is not None
    assert panel.repeated.tolist() == [[False, True]]


def test_an_empty_frame_gives_an_empty_panel() -> None:
    """No observations at all is a Panel without series, not an error."""
    panel = build(_frame([]), [_metric("a")], date(2025, 1, 1), date(2025, 1, 3))
    assert panel.values.shape == (0, 3)


def test_parts_of_a_panel_keep_their_shape() -> None:
    """Selecting series and cutting days keeps all arrays in step."""
    rows = [("a", s, f"2025-01-0{d}", float(d)) for s in "xyz" for d in range(1, 6)]
    panel = build(_frame(rows), [_metric("a")], date(2025, 1, 1), date(2025, 1, 5))
    part = until(select(panel, [2, 0]), 3)
    assert [k.segment for k in part.keys] == ["z", "x"]
    assert part.values.tolist() == [[1, 2, 3], [1, 2, 3]]
