"""One line of the decision table that sets levels."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from detect.model import Category, Frozen, Kind, Level, Text

__all__ = ["GradingRule"]


class GradingRule(Frozen):
    """One line of the decision table: every condition given must hold; `*_at_least` are inclusive, shares and changes are fractions."""

    id: str = Field(min_length=1)
    name: Text
    level: Level
    stake_at_least: float | None = Field(default=None, ge=0)  # money of all days so far, in the company's currency
    share_of_company_at_least: float | None = Field(
        default=None, ge=0
    )  # |actual - expected| / the whole company's expected figure
    relative_change_at_least: float | None = Field(default=None, ge=0)  # |actual - expected| / |expected|
    days_running_at_least: int | None = Field(default=None, ge=1)
    segments_at_least: int | None = Field(default=None, ge=1)
    related_at_least: int | None = Field(
        default=None, ge=1
    )  # metrics that name each other as related and depart on the same day
    severity: Level | None = None  # given by an expectation or a fixed limit: this grave or graver
    kinds: tuple[Kind, ...] = ()
    categories: tuple[Category, ...] = ()
    importance: tuple[Literal["key", "normal", "minor"], ...] = ()
    key_account: bool | None = None
    provisional: bool | None = None  # False: only judgements from full history

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if not self.model_fields_set - {"id", "name", "level"}:
            raise ValueError(f"rule {self.id!r} has no condition and would match everything; use the table's `default`")
        return self
