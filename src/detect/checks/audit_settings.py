"""What the configuration says about an audit of rows, and what a sign for review is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from detect.model import Frozen, Level, Text

__all__ = ["SIGNS", "AccountList", "AuditSettings", "Sign", "SignKind"]


class SignKind(StrEnum):
    """What caught the eye."""

    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    ROUND_AMOUNTS = "round_amounts"
    OFF_HOURS = "off_hours"
    SPLITTING = "splitting"
    REVERSAL = "reversal"
    PERIOD_END_REVERSAL = "period_end_reversal"
    EXTREME_AMOUNT = "extreme_amount"
    LATE_POSTING = "late_posting"
    SHARED_ACCOUNT = "shared_account"
    FIRST_DIGITS = "first_digits"


# What an auditor reads: a question to look into, never a verdict on anybody.
SIGNS = {
    SignKind.DUPLICATE: Text(en="one document may have been paid twice", zh="同一單據可能重複付款"),
    SignKind.NEAR_DUPLICATE: Text(en="two payments are nearly the same", zh="兩筆付款幾乎相同"),
    SignKind.ROUND_AMOUNTS: Text(en="unusually many round amounts", zh="整數金額異常偏多"),
    SignKind.OFF_HOURS: Text(en="posted at a weekend or after hours", zh="於週末或下班時間入帳"),
    SignKind.SPLITTING: Text(en="payments that together pass an approval limit", zh="多筆付款合計超過審批限額"),
    SignKind.REVERSAL: Text(en="entered and reversed within minutes", zh="入帳後數分鐘內沖銷"),
    SignKind.PERIOD_END_REVERSAL: Text(
        en="entered at the end of a period and reversed at the start of the next", zh="期末入帳、下期初沖回"
    ),
    SignKind.EXTREME_AMOUNT: Text(en="an amount far beyond all usual ones", zh="金額遠超一般水平"),
    SignKind.LATE_POSTING: Text(en="posted into a period after its close", zh="於會計期間關帳後入帳"),
    SignKind.SHARED_ACCOUNT: Text(
        en="a vendor was paid on an account that is also an employee's", zh="付款帳號與員工帳號相同的供應商"
    ),
    SignKind.FIRST_DIGITS: Text(en="first digits depart from Benford's law", zh="首位數字偏離班佛定律"),
}


class AccountList(Frozen):
    """A table of bank accounts and whose they are; `id` and `account` name columns of the source."""

    source: str
    id: str
    account: str


class AuditSettings(Frozen):
    """Signs for review in the rows of `source`: which columns to read and what counts as a sign.

    `department` looks into them and is told; `about` are the departments whose postings these are (by default the owner of the table):
    nobody of them may be among those who hear. `document`, `document_date` and the account lists may be left out: the signs that need
    them are then not asked for. Limits are in the unit of `amount`.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    name: Text
    source: str
    department: str
    about: tuple[str, ...] = ()
    signs: tuple[SignKind, ...] = tuple(SignKind)
    level: Level = Level.LARGER
    where: str | None = None
    row_id: str = "id"
    vendor: str = "vendor"
    amount: str = "amount"
    posted_at: str = "posted_at"
    document: str | None = None
    document_date: str | None = None
    vendors: AccountList | None = None
    employees: AccountList | None = None
    memory_days: int = Field(default=90, ge=14, le=800)
    near_days: int = Field(default=10, ge=1)
    approval_limits: tuple[float, ...] = ()
    splitting_days: int = Field(default=3, ge=1)
    splitting_share: float = Field(default=0.5, gt=0, lt=1)  # of the limit, that each part must reach
    round_to: float = Field(default=1000.0, gt=0)
    round_probability: float = Field(default=0.0001, gt=0, lt=0.1)
    round_payments: int = Field(default=5, ge=3)
    first_hour: int = Field(default=6, ge=0, le=23)
    last_hour: int = Field(default=21, ge=1, le=24)
    closed_weekdays: tuple[int, ...] = (5, 6)
    usual_share: float = Field(
        default=0.05, ge=0, lt=1
    )  # off-hours postings more common than this are how the company works
    reversal_minutes: float = Field(default=60.0, gt=0)
    period_end_days: int = Field(default=5, ge=1, le=15)  # on either side of the end of a month
    close_days: int = Field(default=10, ge=0, le=90)  # after its end a month is closed
    extreme_days: float = Field(
        default=1000.0, ge=10
    )  # an amount is extreme that comes once in so many days or more seldom
    extreme_rows: int = Field(default=500, ge=100)
    benford_rows: int = Field(default=5000, ge=5000)
    benford_deviation: float = Field(default=0.015, gt=0)

    @model_validator(mode="after")
    def _both_lists(self) -> Self:
        if (self.vendors is None) != (self.employees is None):
            raise ValueError("accounts are compared only where both `vendors` and `employees` are given")
        return self

    @property
    def planned(self) -> tuple[SignKind, ...]:
        """The signs that can be asked for with the columns and limits given."""
        absent = {
            SignKind.SPLITTING: not self.approval_limits,
            SignKind.LATE_POSTING: self.document_date is None,
            SignKind.SHARED_ACCOUNT: self.vendors is None,
        }
        return tuple(kind for kind in SignKind if kind in self.signs and not absent.get(kind, False))

    def subject(self, kind: SignKind) -> str:
        """Return the subject of a sign."""
        return f"{self.id}:{kind.value}"


@dataclass(frozen=True)
class Sign:
    """Something for an auditor to look at: `rows` are ids of the rows concerned, `amount` the money in them.

    `place` says which of the signs of a kind it is: a row, a vendor, or '' where there is one a day.
    """

    kind: SignKind
    rows: tuple[str, ...]
    amount: float
    last_day: date
    place: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
