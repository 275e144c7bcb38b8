"""What the configuration may set about the checks on accounts, rates, scores, bursts and breaks of structure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from detect.model import Category, Direction, Frozen, Kind, Text

__all__ = ["AccountSettings", "BreakSettings", "BurstSettings", "RateSettings", "SatisfactionSettings"]


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
    visible_to: tuple[str, ...] = ()  # departments meant to see the account's name; not held back from others yet


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


class BreakSettings(Frozen):
    """A lasting change of level in shares, prices and win rates, seen in weeks rather than days.

    The mean of the last weeks (as many as make the change clearest, from `least_weeks` to `most_weeks`) is compared with that of the
    `memory_weeks` before them, with regard to how much one week's figure depends on the last. A change is told when chance brings it
    with less than `probability`, and it is at least `least_change` of the level before.
    """

    id: str = "breaks"
    metrics: tuple[str, ...] = ()  # () means every ratio and price of the category market
    probability: float = Field(default=0.0005, gt=0, lt=0.1)
    least_change: float = Field(default=0.1, ge=0)
    least_weeks: int = Field(default=6, ge=2)
    most_weeks: int = Field(default=12, ge=2, le=52)
    memory_weeks: int = Field(default=52, ge=12)
    minimum_weeks: int = Field(default=16, ge=8)  # of the past, below which nothing is judged
    quiet_days: int = Field(default=28, ge=1)  # without a break before the next one is told


class BurstSettings(Frozen):
    """Counts (complaints by topic) that are improbably high against the `memory_days` before, over windows of days.

    A burst is told when chance brings the count with less than `probability`, it is `minimum_count` more and `times` what was expected.
    """

    id: str = "bursts"
    metrics: tuple[str, ...]
    probability: float = Field(default=0.0002, gt=0, lt=0.1)
    minimum_count: float = Field(default=5.0, ge=0)
    times: float = Field(default=1.5, ge=1)
    windows: tuple[int, ...] = Field(default=(1, 7), min_length=1)
    memory_days: int = Field(default=120, ge=28)
    minimum_days: int = Field(default=28, ge=14)
    quiet_days: int = Field(default=7, ge=1)


class SatisfactionSettings(Frozen):
    """Mean scores that fall (or rise), with regard to the number of answers and to how far days differ anyway."""

    id: str = "satisfaction"
    metrics: tuple[str, ...]  # means: a sum of scores over the number of answers
    direction: Literal[Direction.UP, Direction.DOWN] = Direction.DOWN
    probability: float = Field(default=0.0002, gt=0, lt=0.1)
    least_change: float = Field(default=0.1, ge=0)  # in points
    minimum_answers: float = Field(default=10, ge=1)
    windows: tuple[int, ...] = Field(default=(1, 7, 28), min_length=1)
    memory_days: int = Field(default=180, ge=28)
    minimum_days: int = Field(default=28, ge=14)
    quiet_days: int = Field(default=14, ge=1)
    kind: Kind = Kind.DIP
