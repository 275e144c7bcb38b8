"""`detect scan` on any file: an outcome or a clear error that names file, row and column; never a traceback, never NaN."""

from __future__ import annotations

import csv
import json
import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detect.cli.app import run
from detect.errors import InputError
from detect.pipeline.scan import COLUMNS, read_series, scan

pytestmark = pytest.mark.filterwarnings("default")
START = date(2025, 1, 6)
DAYS = 70
WEEK = np.array([1.0, 1.05, 1.0, 1.1, 1.2, 0.6, 0.5])


def usual(name: str = "calm", seed: int = 1, days: int = DAYS) -> list[tuple[str, str, object]]:
    noise = np.random.default_rng(seed).normal(0, 0.04, days)
    return [
        (name, str(START + timedelta(days=k)), round(float(1000 * WEEK[k % 7] * math.exp(noise[k])), 2))
        for k in range(days)
    ]


def frame(rows: list[tuple[str, str, object]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["series", "date", "value"])
    return found.assign(date=pd.to_datetime(found["date"]), value=found["value"].astype(float))


def written(path: Path, rows: list[tuple[object, object, object]]) -> Path:
    if path.suffix == ".parquet":
        pd.DataFrame(rows, columns=["series", "date", "value"]).to_parquet(path)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("series", "date", "value"), *rows])
    return path


BAD_VALUES = st.sampled_from(
    [math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0.0, 0.0, -1.0, 1e15, 7.0, 7.0, 7.0]
)
BAD_SERIES = st.lists(
    st.tuples(st.integers(0, DAYS - 1), BAD_VALUES | st.floats(allow_nan=True, allow_infinity=True)),
    min_size=1,
    max_size=DAYS,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(BAD_SERIES, st.randoms(use_true_random=False))
def test_whatever_stands_in_a_file_its_findings_are_finite_and_in_order(bad, shuffled):
    """NaN, infinities, 1e308, repeats, gaps, one point, any order of rows: every finding has its columns and only finite numbers."""
    rows = [("bad", str(START + timedelta(days=k)), value) for k, value in bad] + usual()
    shuffled.shuffle(rows)
    found = scan(frame(rows), first=START + timedelta(days=40)).findings
    assert tuple(found.columns) == COLUMNS
    numbers = found[["score", "p", "expected", "lower", "upper"]].to_numpy(float, na_value=0.0)
    assert np.isfinite(np.where(found[["score", "p", "expected", "lower", "upper"]].isna(), 0.0, numbers)).all()
    assert found[["score", "p"]].notna().all(axis=None)
    assert found["p"].between(0, 1).all()
    assert found["level"].isin([1, 2, 3]).all()
    assert (found["date"] <= found["detected_on"]).all()
    assert "nan" not in found.to_csv(index=False).lower()
    assert list(found["series"]) == sorted(found["series"])


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e308, -1e308, 0.0, 5.0], ids=str)
def test_a_broken_series_changes_nothing_of_the_others(value: float):
    """A series of one value, bad or never moving, beside three that are well: those are told of exactly as without it."""
    well = [row for seed in (1, 2, 3) for row in usual(f"well {seed}", seed)]
    well[50] = (well[50][0], well[50][1], float(well[50][2]) * 3)
    broken = [("broken", day, value) for _, day, _ in usual()]
    alone, among = scan(frame(well)).findings, scan(frame(well + broken)).findings
    pd.testing.assert_frame_equal(among[among["series"] != "broken"].reset_index(drop=True), alone, check_exact=True)


def test_constant_all_zero_and_single_points_are_told_of_nothing():
    """A column that was the same all along, whatever float noise it has, is no anomaly; one point can be none."""
    days = [day for _, day, _ in usual()]
    rows = [("constant", day, 0.1 + 0.2 if k % 2 else 0.3) for k, day in enumerate(days)]
    rows += [("zero", day, 0.0) for day in days] + [("point", days[-1], 5.0)] + usual()
    found = scan(frame(rows)).findings
    assert set(found["series"]) <= {"calm"}


def test_the_order_of_rows_changes_nothing_and_repeated_rows_are_told():
    """Sorted or not, CSV or Parquet: the same findings; a day that stands twice is a double load."""
    rows = usual()
    rows.append(rows[60])
    found = scan(frame(rows)).findings
    pd.testing.assert_frame_equal(scan(frame(rows[::-1])).findings, found)
    assert [(str(r.date), r.kind) for r in found.itertuples()] == [(rows[60][1], "double_load")]


def test_ten_years_are_judged():
    """3,650 days of one series end in an outcome."""
    found = scan(frame(usual(days=3650)), first=START + timedelta(days=3600))
    assert (found.series, found.days) == (1, 50)


FAULTS = {
    "a word": ("n/a?", "column value: found 'n/a?'"),
    "a thousands separator": ("1,000", "column value: found '1,000'"),
    "hexadecimal": ("0x10", "column value"),
    "a condition": ("True", "column value: found 'True'"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_value_that_is_no_number_is_named_by_file_row_and_column(tmp_path: Path, kind: str):
    """The row is that of the file, the heading being the first."""
    bad, said = FAULTS[kind]
    rows = usual(days=5)
    rows[2] = (*rows[2][:2], bad)
    with pytest.raises(InputError) as told:
        read_series(written(tmp_path / "sales.csv", rows))
    assert "sales.csv, row 4, " in str(told.value)
    assert said in str(told.value)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(("column", "bad"), [(0, ""), (1, "2025-13-01"), (1, "soon"), (1, ""), (1, "2025-02-30")])
def test_a_missing_name_and_a_day_that_is_none_are_named(tmp_path: Path, suffix: str, column: int, bad: str):
    """CSV and Parquet alike: file, row, column, what was found, what is expected."""
    rows = [list(row) for row in usual(days=5)]
    rows[3][column] = bad
    with pytest.raises(InputError, match=rf"data\{suffix}, row 5, column {('series', 'date')[column]}: found '{bad}'"):
        read_series(written(tmp_path / f"data{suffix}", rows))


def test_a_time_zone_keeps_its_own_calendar_day(tmp_path: Path):
    """Half past eleven at night in Shanghai is that day there, in text as in a column with a zone."""
    rows = [("s", "2025-03-01T23:30:00+08:00", 1.0), ("s", "2025-03-02 00:10:00Z", 2.0)]
    read = read_series(written(tmp_path / "zone.csv", rows))
    assert [str(day.date()) for day in read["date"]] == ["2025-03-01", "2025-03-02"]
    zoned = pd.DataFrame(
        {"series": ["s"], "date": [pd.Timestamp("2025-03-01T23:30", tz="Asia/Shanghai")], "value": [1]}
    )
    zoned.to_parquet(tmp_path / "zone.parquet")
    assert str(read_series(tmp_path / "zone.parquet")["date"][0].date()) == "2025-03-01"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"series,date,value\n", "no rows below its heading"),
        (b"series,day,value\na,2025-01-01,1\n", "row 1: no column date; found series, day, value"),
        (b"series,date,value\n\xff\xfe,2025-01-01,1\n", "cannot be read as CSV"),
        (b'series,date,value\n"a,2025-01-01,1\n', "cannot be read as CSV"),
    ],
    ids=["empty", "heading", "column", "encoding", "quote"],
)
def test_a_file_that_cannot_be_read_is_an_error_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
):
    """Exit 2, one line that names the file; nothing is written."""
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(content)
    assert run(["scan", str(path), "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {path}")
    assert said in told
    assert len(told.splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--budget", "0"], "--budget"),
        (["--budget", "nan"], "--budget"),
        (["--budget", "-1"], "--budget"),
        (["--country", "XX"], "XX"),
        (["--from", "soon"], "--from"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
):
    """Exit 2 and a sentence that names the option."""
    path = written(tmp_path / "in.csv", usual(days=30))
    assert run(["scan", str(path), "--out", str(tmp_path / "out.csv"), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_parquet_file_of_something_else_is_refused(tmp_path: Path):
    """Text named .parquet, and a folder, are errors of their own."""
    (tmp_path / "x.parquet").write_text("series,date,value")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        read_series(tmp_path / "x.parquet")
    with pytest.raises(InputError, match="is not there"):
        read_series(tmp_path)


def test_the_command_writes_its_columns_and_prints_its_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The file has the columns promised in their order, --json the four counts; a Parquet file gives the same findings."""
    rows = usual()
    rows[60] = (*rows[60][:2], float(rows[60][2]) * 3)
    out = {}
    for suffix in (".csv", ".parquet"):
        target = tmp_path / f"found{suffix}.csv"
        assert run(["scan", str(written(tmp_path / f"in{suffix}", rows)), "--out", str(target), "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert set(document) == {"series", "days", "findings", "seconds"}
        out[suffix] = target.read_text(encoding="utf-8")
    assert out[".csv"] == out[".parquet"]
    told = list(csv.DictReader(out[".csv"].splitlines()))
    assert tuple(told[0]) == COLUMNS
    assert document["findings"] == len(told)
    assert rows[60][1] in {row["date"] for row in told}
