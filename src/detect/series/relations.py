"""How two tables must agree, as a suite says it: rows that refer to rows, and figures that must be equal."""

from __future__ import annotations

from typing import Self

from pydantic import Field, field_validator, model_validator

from detect.model import Frozen

__all__ = ["Reconciliation", "Reference"]


class Reference(Frozen):
    """Every row's `columns` are those of some row of the source `other` (referential integrity); a row without any of them is left out."""

    columns: tuple[str, ...] = Field(min_length=1)
    other: str  # a source
    other_columns: tuple[str, ...] = ()  # default: of the same names
    mostly: float = Field(default=1.0, gt=0, le=1)

    @field_validator("columns", "other_columns", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if self.other_columns and len(self.other_columns) != len(self.columns):
            raise ValueError("other_columns must be as many as columns, in the same order")
        return self

    @property
    def there(self) -> tuple[str, ...]:
        """The columns of the other source, in the order of `columns`."""
        return self.other_columns or self.columns


class Reconciliation(Frozen):
    """The sum of `value` here and of `other_value` in the source `other` agree on every business day, for each `by` (none: in all).

    Both are row expressions, summed over the rows that `where` and `other_where` let through. With `lag_days` the two sides of one
    `by` may be booked so many days apart; the night then judges the day that long before. Amounts that differ by no more than
    `tolerance` agree.
    """

    value: str
    other: str  # a source
    other_value: str
    where: str | None = None
    other_where: str | None = None
    by: tuple[str, ...] = ()
    other_by: tuple[str, ...] = ()  # default: of the same names
    tolerance: float = Field(default=0.005, ge=0)
    lag_days: int = Field(default=0, ge=0, le=62)
    mostly: float = Field(default=1.0, gt=0, le=1)

    @field_validator("by", "other_by", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if self.other_by and len(self.other_by) != len(self.by):
            raise ValueError("other_by must be as many as by, in the same order")
        if self.lag_days and not self.by:
            raise ValueError("lag_days needs `by`: without it nothing says which amounts belong together")
        return self

    @property
    def there(self) -> tuple[str, ...]:
        """The columns of the other source, in the order of `by`."""
        return self.other_by or self.by
