"""The generated manufacturer: every planted fault is told by the right check, to the right department, and nothing else is."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from detect.cli.app import run
from detect.config import Book, load, start
from detect.config.starting import PACKS
from detect.demo.companies import prepare
from detect.demo.erp import PLANTED, Planted
from detect.errors import UsageError
from detect.model import Case
from detect.pipeline.nightly import run_nights
from detect.pipeline.order import Order
from detect.pipeline.session import open_session

FIRST, LAST = date(2025, 9, 1), date(2025, 9, 30)
ELSE = (
    3  # cases that no fault explains: the promise of two in 1,000 series-days, over some 60 series and 22 working days
)


@dataclass(frozen=True)
class Judged:
    book: Book
    cases: Sequence[Case]
    incomplete: Sequence[date]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """September of the generated manufacturer, judged in one run."""
    folder = tmp_path_factory.mktemp("erp")
    prepare("erp", folder, {})
    book = load(folder, {})
    with open_session(book) as session:
        nights = list(run_nights(session, Order(FIRST, LAST, mode="backfill", notify=False, holder="test")))
        cases = session.store.cases()
    return Judged(book, cases, [n.summary.as_of for n in nights if n.run.state != "complete"])


def of(fault: Planted, case: Case) -> bool:
    return case.subject in {fault.subject, *fault.also} and case.first_day <= fault.day <= case.last_day


@pytest.mark.clause("P3.1")
@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.what)
def test_each_planted_fault_is_told_by_the_right_check(judged: Judged, fault: Planted) -> None:
    """In its category and stage, of its kind, at its level, on its own night (a lasting change within the week)."""
    found = [case for case in judged.cases if case.subject == fault.subject and of(fault, case)]
    assert found, f"{fault.what}: not told"
    case = min(found, key=lambda c: (c.detected_on, c.level))
    assert (case.detected_on - fault.day).days in range(fault.within_days + 1)
    assert case.category is fault.category
    assert case.kind in fault.kinds
    assert case.level in fault.levels
    assert case.department == fault.stage.value
    if fault.subject in judged.book.metrics:
        assert judged.book.metrics[fault.subject].stage is fault.stage


def test_nothing_else_is_told(judged: Judged) -> None:
    """Beside the planted faults, and what they move, there are hardly any cases; only the night whose rows are missing is incomplete."""
    unexplained = [case.description.en for case in judged.cases if not any(of(fault, case) for fault in PLANTED)]
    assert len(unexplained) <= ELSE, unexplained
    assert judged.incomplete == [date(2025, 9, 22)]


def test_what_a_double_load_does_to_other_tables_stands_below_it(judged: Judged) -> None:
    """Receipts and output that do not agree with movements loaded twice are no trouble of their own."""
    by_day = {c.subject: c for c in judged.cases if c.first_day == date(2025, 9, 16)}
    head = by_day["stock_moves:stands_once"]
    for subject in ("receipts:receipts_reach_stock", "work_orders:output_reaches_stock"):
        assert by_day[subject].parent == head.id
        assert "Data, not business" in by_day[subject].description.en


def test_every_pack_has_planted_faults() -> None:
    """Each part of the business that a pack watches is proved by at least two faults, of at least two categories."""
    for pack in PACKS:
        assert len([f for f in PLANTED if f.stage.value == pack]) >= 2, pack
    assert len({fault.category for fault in PLANTED}) >= 3


def test_every_combination_of_packs_is_valid(tmp_path: Path) -> None:
    """A new folder with any packs needs no edit to be valid; rules between tables are there when both tables are."""
    for number in range(len(PACKS) + 1):
        for packs in combinations(PACKS, number):
            folder = tmp_path / ("-".join(packs) or "none")
            start(folder, packs)
            book = load(folder, {})
            ids = {suite.subject(e) for suite in book.suites.values() for e in suite.expectations}
            assert ("receipts:receipts_reach_stock" in ids) == ({"procurement", "inventory"} <= {*packs})
            assert ("work_orders:output_reaches_stock" in ids) == ({"production", "inventory"} <= {*packs})
            assert ("orders:orders_reach_ledger" in ids) == ("finance" in packs)
            assert {metric.stage.value for metric in book.metrics.values()} == {"sales", *packs}


def test_init_writes_packs_and_doctor_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`init --with` names its files; an unknown pack is refused before anything is written; `doctor` says which tables are not there."""
    folder = tmp_path / "works"
    assert run(["init", str(folder), "--with", "procurement, inventory"]) == 0
    assert "docs/packs.md" in capsys.readouterr().out
    assert run(["validate", "--config", str(folder)]) == 0
    (folder / "var").mkdir()
    prepared = tmp_path / "erp" / "var" / "warehouse.db"
    prepare("erp", tmp_path / "erp", {})
    prepared.rename(folder / "var" / "warehouse.db")

    with sqlite3.connect(folder / "var" / "warehouse.db") as connection:
        connection.execute("DROP TABLE stock_moves")
    connection.close()
    capsys.readouterr()
    assert run(["doctor", "--config", str(folder)]) == 3
    said = capsys.readouterr().out
    assert "stock_moves" in said
    assert "receipts" in said
    with pytest.raises(UsageError, match="no pack 'sale'"):
        start(tmp_path / "other", ["sale"])
    assert not (tmp_path / "other").exists()


def test_the_page_of_packs_describes_every_table_and_column() -> None:
    """docs/packs.md names each table and column that a pack reads, and each metric and rule that it brings."""
    page = (Path(__file__).parents[2] / "docs" / "packs.md").read_text(encoding="utf-8")

    with TemporaryDirectory() as folder:
        start(Path(folder) / "all", PACKS)
        book = load(Path(folder) / "all", {})
    for source in book.sources.values():
        schema = next(e for e in book.suites[source.id].expectations if e.type == "schema")
        assert f"`{source.table}`" in page
        assert [c for c in schema.kwargs["columns"] if f"`{c}`" not in page] == []
    assert [m for m in book.metrics if f"`{m}`" not in page] == []
    rules = {e.id for suite in book.suites.values() for e in suite.expectations if e.relation is not None}
    assert [rule for rule in rules if f"`{rule}`" not in page] == []
