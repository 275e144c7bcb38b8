"""What is watched, as the configuration names it: sources (tables), metrics, and the series they give."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from detect.model import Category, Direction, Frozen, Kind, Level, SeriesType, Text

__all__ = ["Absent", "Currency", "Limit", "Metric", "Source", "Stage"]


class Stage(StrEnum):
    """The part of the business a metric belongs to (policy P3.1)."""

    SALES = "sales"
    PROCUREMENT = "procurement"
    PRODUCTION = "production"
    INVENTORY = "inventory"
    FINANCE = "finance"
    OPERATIONS = "operations"


class Absent(StrEnum):
    """What it means when a day has no rows for a series although the table has that day: nothing known, or nothing happened."""

    MISSING = "missing"
    ZERO = "zero"


class Currency(Frozen):
    """Which column says in which currency a row's amounts are, and which columns (derived ones included) are such amounts."""

    column: str
    amounts: tuple[str, ...] = Field(min_length=1)


class Source(Frozen):
    """A warehouse table, and how its rows give days and segments.

    `columns` are derived columns in a small expression language (arithmetic, comparisons, `and`/`or`/`not`, `a if c else b`,
    `x in (...)`, `x is None`, `x.startswith('C')`), turned into SQL objects, never into SQL text.
    """

    id: str
    table: str
    day: str
    schema_name: str | None = Field(default=None, alias="schema")
    columns: dict[str, str] = Field(default_factory=dict)
    key: tuple[str, ...] = ()
    public: tuple[str, ...] = ()  # columns whose values may be shown in evidence
    owner: str  # department that answers for the table's data
    database: Literal["warehouse", "store"] = (
        "warehouse"  # `store` for the table `feedback`, which this program keeps itself
    )
    lag_days: int = 0  # how many days after the business day its rows are complete
    currency: Currency | None = None  # a metric that takes amounts of several together is refused


class Limit(Frozen):
    """A fixed threshold: a warning of `level` when the value is above (or below) it."""

    level: Level
    above: float | None = None
    below: float | None = None


class Metric(Frozen):
    """One figure, watched in total and in each segment.

    `value` is an aggregate expression over a source: `sum(amount)`, `count()`, `count_distinct(invoice)`, `mean(x)`, `min(x)`, `max(x)`,
    `count_repeats(a, b, …)` (rows less distinct combinations), each over the rows that `where` lets through. A ratio has `numerator`
    and `denominator` instead, of the same form; `total(sum(x))` as denominator is the figure of all segments together.
    """

    id: str
    name: Text
    department: str
    category: Category
    stage: Stage = Stage.SALES
    source: str
    value: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    where: str | None = None  # rows that count, for value and numerator
    where_denominator: str | None = None
    segments: tuple[str, ...] = ()  # columns; every one is a grain of its own beside the total
    segment_names: tuple[str, ...] = ()  # when given, only these values; the rest is not watched alone
    top_segments: int = 12
    rest: bool = False  # watch all other values as one segment `(other)`; for sums, counts and ratios of them
    total: bool = True
    type: SeriesType = SeriesType.AMOUNT
    absent: Absent = Absent.MISSING
    unit: str = ""
    direction: Direction = Direction.BOTH
    minimum: float = 0.0  # departures smaller than this, in the metric's unit, are not told
    money_per_unit: float | None = None  # 1 for money itself; None where money cannot be said
    importance: Literal["key", "normal", "minor"] = "normal"
    limits: tuple[Limit, ...] = ()
    detectors: tuple[str, ...] | None = None  # None: those of the policy; () : fixed limits alone
    kinds: tuple[Kind, ...] | None = None  # when given, only these shapes are told
    min_history: int = 60
    country: str | None = None
    related: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _rest_adds_up(self) -> Self:
        figures = [self.value] if self.value else [self.numerator or "", self.denominator or ""]
        if self.rest and not all(f.removeprefix("total(").startswith(("sum(", "count()")) for f in figures):
            raise ValueError("rest: true is for sums, counts and ratios of them; other figures do not add up")
        return self
