"""What the configuration may set about the checks on accounts and rates."""

from __future__ import annotations

from pydantic import Field

from detect.model import Category, Direction, Frozen, Kind, Text

__all__ = ["AccountSettings", "RateSettings"]


class AccountSettings(Frozen):
    """Key accounts that fall silent or shrink, each measured by its own rhythm.

    `metric` names a metric with one segment an account (its amount a day; no rows means no order). An account is key on a day when
    its amount of the `trailing_days` before is among the `top` highest. Days below count working days.
    """

    id: str = "key_accounts"
    name: Text = Text(en="Key customer silent", zh="重要客戶沉寂")
    metric: str
    department: str = ""
    category: Category = Category.CUSTOMER
    top: int = Field(default=25, ge=1)
    trailing_days: int = Field(default=180, ge=30)
    memory_days: int = Field(default=365, ge=90)  # calendar days of orders that make an account's rhythm
    quantile: float = Field(default=0.998, gt=0.5, lt=1)
    minimum_gap: int = Field(default=10, ge=1)
    minimum_orders: int = Field(default=6, ge=2)
    shrunk_to: float = Field(default=0.35, gt=0, lt=1)
    shrink_days: int = Field(default=60, ge=20)
    visible_to: tuple[str, ...] = ()  # departments that may see the account's name


class RateSettings(Frozen):
    """A one-sided test of ratio metrics (returns, cancellations, complaints) that respects their denominators.

    A day is told when its count is improbable at `probability` given the rate and over-dispersion of the `memory_days` before it.
    """

    id: str = "rates"
    metrics: tuple[str, ...] = ()  # ratio metrics; () means every ratio with a denominator
    direction: Direction = Direction.UP
    probability: float = Field(default=0.0005, gt=0, lt=0.1)
    memory_days: int = Field(default=180, ge=30)
    minimum_days: int = Field(default=40, ge=10)
    minimum_count: float = Field(default=5.0, ge=0)
    windows: tuple[int, ...] = (1, 7)
    kind: Kind = Kind.RATE
