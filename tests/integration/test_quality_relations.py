"""Two tables against each other on real databases: rows that refer to nothing, and sums that must agree."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from detect.db.warehouse import Warehouse
from detect.errors import SchemaDrift
from detect.model import Kind, Outcome, Text
from detect.quality import Expectation, judge_reconciliation, judge_reference, judged_day
from detect.series.metric import Source
from detect.series.relations import Reconciliation, Reference

DAY = date(2024, 3, 5)
NAME = Text(en="rule", zh="規則")
RECEIPTS = Source(
    id="receipts", table="receipts", day="day", key=("receipt",), owner="x", columns={"worth": "quantity * price"}
)
MOVES = Source(id="moves", table="moves", day="moved", owner="x")
ITEMS = Source(id="items", table="items", day="since", owner="x")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('relations')}/w.db"
    else:
        address = request.getfixturevalue("new_postgres_database")()
    engine = sa.create_engine(address)
    before, after = str(DAY - timedelta(days=1)), str(DAY + timedelta(days=1))
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE receipts (receipt TEXT, day TEXT, item TEXT, lot INT, quantity INT, price NUMERIC(12, 2))",
            "CREATE TABLE moves (ref TEXT, moved TEXT, kind TEXT, quantity INT)",
            "CREATE TABLE items (item TEXT, lot INT, since TEXT)",
            "INSERT INTO items VALUES ('A', 1, '2024-01-01'), ('B', 1, '2024-01-01'), (NULL, 1, '2024-01-01')",
        ):
            connection.exec_driver_sql(statement)
        receipts = [
            ("R1", DAY, "A", 1, 10, 2.5),
            ("R2", DAY, "B", 1, 5, 1.0),
            ("R3", DAY, "C", 1, 7, 1.0),  # an item that is not there
            ("R4", DAY, None, 1, 1, 1.0),  # speaks of no item
            ("R5", DAY, "A", 2, 3, 1.0),  # the item, but not this lot
            ("R0", before, "A", 1, 4, 1.0),
        ]
        moves = [
            ("R1", DAY, "in", 10),
            ("R2", DAY, "in", 4),  # one too few
            ("R3", DAY, "in", 7),
            ("R4", DAY, "in", 1),
            ("R5", after, "in", 3),  # a day late
            ("R9", DAY, "in", 2),  # no receipt
            ("R1", DAY, "out", 99),
            ("R0", before, "in", 4),
        ]
        for table, names, rows in (
            ("receipts", "receipt day item lot quantity price", receipts),
            ("moves", "ref moved kind quantity", moves),
        ):
            given = [
                dict(zip(names.split(), (str(v) if isinstance(v, date) else v for v in row), strict=True))
                for row in rows
            ]
            connection.execute(sa.table(table, *map(sa.column, names.split())).insert(), given)
    engine.dispose()
    with Warehouse(address) as opened:
        yield opened


def test_rows_that_refer_to_nothing_are_counted_by_day(warehouse: Warehouse) -> None:
    """A row without a value is left out, a value that the other table lacks is at fault, and a day without rows is not there."""
    rule = Reference(columns="item", other="items")
    counted = warehouse.unmatched_by_day(RECEIPTS, ITEMS, rule, DAY - timedelta(days=2), DAY)
    assert counted == {DAY - timedelta(days=1): (1, 0), DAY: (4, 1)}
    at_fault = warehouse.unmatched_rows(RECEIPTS, ITEMS, rule, DAY)
    assert at_fault.rows == ({"receipt": "R3", "item": "C"},)
    with warehouse.engine.begin() as connection:
        assert [row[0] for row in connection.exec_driver_sql(at_fault.query)] == ["R3"]
    both = Reference(columns=("item", "lot"), other="items")
    assert warehouse.unmatched_by_day(RECEIPTS, ITEMS, both, DAY, DAY) == {DAY: (4, 2)}
    expectation = Expectation(id="known", type="references", kwargs={"columns": "item", "other": "items"}, name=NAME)
    assert judge_reference(expectation, DAY, counted[DAY]).outcome is Outcome.FINDING
    assert judge_reference(expectation, DAY, None).outcome is Outcome.NO_DATA


RULE = Reconciliation(
    value="quantity", by="receipt", other="moves", other_value="quantity", other_where="kind == 'in'", other_by="ref"
)


def test_sums_are_compared_group_by_group(warehouse: Warehouse) -> None:
    """Too few, a day late and nothing on the other side are three groups that differ, named with both figures, the widest first."""
    found = warehouse.compare(RECEIPTS, MOVES, RULE, [DAY - timedelta(days=1), DAY])
    assert (found[DAY - timedelta(days=1)].groups, found[DAY - timedelta(days=1)].differing) == (1, 0)
    day = found[DAY]
    assert (day.groups, day.differing, day.here, day.there) == (6, 3, 26.0, 24.0)
    at_fault = warehouse.differing(RECEIPTS, MOVES, RULE, DAY)
    assert [(r["receipt"], r["here"], r["there"]) for r in at_fault.rows] == [
        ("R5", 3, None),
        ("R9", None, 2),
        ("R2", 5, 4),
    ]
    with warehouse.engine.begin() as connection:
        assert len(connection.exec_driver_sql(at_fault.query).all()) == 3


def test_a_side_may_be_booked_later_within_the_days_allowed(warehouse: Warehouse) -> None:
    """With a lag of a day the late movement answers its receipt; the night then judges the day before."""
    late = RULE.model_copy(update={"lag_days": 1})
    assert judged_day(late, DAY + timedelta(days=1)) == DAY
    day = warehouse.compare(RECEIPTS, MOVES, late, [DAY])[DAY]
    assert (day.groups, day.differing) == (6, 2)


def test_totals_of_a_day_agree_within_the_tolerance(warehouse: Warehouse) -> None:
    """Without groups the day's two sums are compared; a gap within the tolerance is none; no row on either side is not agreement."""
    rule = Reconciliation(value="worth", other="moves", other_value="quantity", other_where="kind == 'in'")
    day = warehouse.compare(RECEIPTS, MOVES, rule, [DAY])[DAY]
    assert (day.groups, day.differing, day.here, day.there) == (1, 1, 41.0, 24.0)
    assert warehouse.compare(RECEIPTS, MOVES, rule.model_copy(update={"tolerance": 17}), [DAY])[DAY].differing == 0
    empty = DAY - timedelta(days=9)
    assert warehouse.compare(RECEIPTS, MOVES, rule, [empty])[empty].groups == 0


def test_a_missing_column_of_the_other_table_is_named(warehouse: Warehouse) -> None:
    """Drift of the other table is told with its table and column."""
    with pytest.raises(SchemaDrift, match="Table items: column 'gone'"):
        warehouse.unmatched_by_day(
            RECEIPTS, ITEMS, Reference(columns="item", other="items", other_columns="gone"), DAY, DAY
        )


def test_a_difference_is_told_with_both_figures() -> None:
    """The finding is of the kind reconciliation, names both tables and sums, and how many groups differ; no group is no agreement."""
    expectation = Expectation(
        id="agree", type="reconciliation", kwargs={"value": "x", "other": "m", "other_value": "y"}, name=NAME
    )
    assert expectation.shape is Kind.RECONCILIATION
    names, sums = ("receipts", "moves"), (1026.0, None)
    told = judge_reconciliation(expectation, DAY, groups=6, differing=3, sums=sums, names=names)
    assert told.outcome is Outcome.FINDING
    assert told.detail == "receipts 1,026.00 ≠ moves – (3 / 6)"
    assert judge_reconciliation(expectation, DAY, groups=6, differing=0, sums=sums, names=names).outcome is Outcome.OK
    assert (
        judge_reconciliation(expectation, DAY, groups=0, differing=0, sums=(None, None), names=names).outcome
        is Outcome.NO_DATA
    )
