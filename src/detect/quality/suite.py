"""What is expected of a table, as `expectations/<table>.yaml` says it."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from detect.model import Category, Frozen, Kind, Level, Text
from detect.quality.catalogue import FACT_TYPES, KINDS, RELATION_TYPES, check_kwargs, snake_case
from detect.quality.conditions import learnable_rows
from detect.quality.history import LEARNABLE, FromHistory
from detect.series.relations import Reconciliation, Reference

__all__ = ["Expectation", "Suite"]

_LEVELS = {"critical": Level.MAJOR, "warning": Level.LARGER, "info": Level.SOME}
_TABLE_FAMILIES = frozenset({"text", "integer", "number", "date", "datetime", "boolean", "any"})


class Expectation(Frozen):
    """One rule on a table: `type` and `kwargs` are those of Great Expectations, or of our own types.

    `on: day` looks at the rows of the business day only, `on: table` at the whole table. `schema` takes `columns`, a mapping of
    column to text, integer, number, date, datetime, boolean or any; `freshness` takes `days`, how many working days late the table
    may be beside the source's own lag; `row_count_against_history` takes `at_least` and `at_most` (shares of the usual count),
    `sigmas` and `weeks`. `references` and `reconciliation` are `series.relations.Reference` and `Reconciliation`.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)
    type: str
    kwargs: dict[str, Any] = Field(default_factory=dict)
    severity: Literal["critical", "warning", "info"] = "warning"
    category: Category = Category.DATA
    name: Text
    on: Literal["day", "table"] = "day"
    kind: Kind | None = None  # None: as the type says (schema, volume, freshness, reconciliation, else rule)
    department: str | None = None  # None: that of the suite
    from_history: FromHistory | None = None  # bounds learnt from the days before, instead of those in kwargs

    @field_validator("type")
    @classmethod
    def _in_snake_case(cls, value: str) -> str:
        return snake_case(value)

    @model_validator(mode="after")
    def _known(self) -> Self:
        check_kwargs(self.type, set(self.kwargs))
        _check_mostly(self.kwargs.get("mostly", 1))
        if self.type == "unexpected_rows_expectation":
            _check_select(self.kwargs["unexpected_rows_query"])
        if self.type == "schema":
            _check_columns(self.kwargs["columns"])
        if self.relation is not None and self.on == "table":
            raise ValueError(f"{self.type} looks at business days: leave out `on`")
        if self.from_history is not None:
            _check_learnable(self.type, self.kwargs, self.on)
        return self

    @property
    def level(self) -> Level:
        """The warning level that a failure asks for."""
        return _LEVELS[self.severity]

    @property
    def shape(self) -> Kind:
        """The kind of finding that a failure becomes."""
        return self.kind or KINDS.get(self.type, Kind.RULE)

    @property
    def relation(self) -> Reference | Reconciliation | None:
        """How the table must agree with another one, where that is what the rule says; raises ValueError for wrong arguments."""
        if self.type not in RELATION_TYPES:
            return None
        kind = Reference if self.type == "references" else Reconciliation
        return kind.model_validate(self.kwargs)

    @property
    def from_facts(self) -> bool:
        """Whether the rule is judged from what the night knows anyway, without a query."""
        return self.type in FACT_TYPES or self.from_history is not None


class Suite(Frozen):
    """The expectations on one source; `department` answers for the table's data (the source's owner where not given)."""

    source: str
    department: str = ""
    expectations: tuple[Expectation, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        ids = [e.id for e in self.expectations]
        if repeated := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"two expectations are called {repeated[0]!r}; each needs an id of its own")
        return self

    def owner(self, expectation: Expectation) -> str:
        """Give the department that is told about a failure of `expectation`."""
        return expectation.department or self.department

    def subject(self, expectation: Expectation) -> str:
        """`table:expectation`, the subject of findings and ledger rows."""
        return f"{self.source}:{expectation.id}"


def _check_mostly(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(f"mostly is {value!r}; a share above 0 and at most 1 is allowed")


def _check_select(query: object) -> None:
    """Allow no more SQL than a single SELECT."""
    if not isinstance(query, str) or not re.match(r"\s*(select|with)\b", query, re.IGNORECASE):
        raise ValueError("unexpected_rows_query must be one SELECT that returns the rows at fault")
    if ";" in query.rstrip().rstrip(";"):
        raise ValueError("unexpected_rows_query must be a single statement: remove the semicolon")


def _check_columns(columns: object) -> None:
    if not isinstance(columns, dict) or not columns:
        raise ValueError("columns must be a mapping of column name to type family")
    for name, family in columns.items():
        if family not in _TABLE_FAMILIES:
            raise ValueError(f"column {name!r} has type {family!r}; allowed are {', '.join(sorted(_TABLE_FAMILIES))}")


def _check_learnable(kind: str, kwargs: dict[str, Any], on: str) -> None:
    if kind not in LEARNABLE and not learnable_rows(kind, kwargs):
        raise ValueError(
            f"the bounds of {kind} cannot be learnt; those of rules on rows can, and of {', '.join(LEARNABLE)}"
        )
    given = sorted(set(kwargs) & ({"min_value", "max_value", "mostly"} if kind in LEARNABLE else {"mostly"}))
    if given:
        raise ValueError(f"from_history learns the bounds: leave out {given[0]!r}, or from_history")
    if on != "day":
        raise ValueError("from_history compares business days: leave out `on`")
