"""One day of an audit: every sign asked for, each with how that went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from detect.checks.audit import DAY, duplicates, off_hours, reversals, round_amounts, splits
from detect.checks.audit_accounts import shared_accounts
from detect.checks.audit_amounts import extreme_amounts
from detect.checks.audit_periods import late_postings, period_end_reversals
from detect.checks.audit_settings import AuditSettings, Sign, SignKind
from detect.checks.benford import first_digits
from detect.model import Outcome

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Audited", "audit"]

Accounts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Audited:
    """The signs of a day, and how each kind that was asked for ended."""

    signs: tuple[Sign, ...]
    outcomes: dict[SignKind, Outcome]
    rows: int  # of the day


def audit(frame: pd.DataFrame, settings: AuditSettings, day: date, employees: Accounts | None = None) -> Audited:
    """Give the signs whose last row is of `day`, seen among the rows of the `memory_days` before it.

    `frame` is as `read_rows` makes it and may hold more days; `employees` are those who share a vendor's account, by vendor.
    """
    days = frame[DAY]
    known = frame[(days >= day - timedelta(days=settings.memory_days)) & (days <= day)].reset_index(drop=True)
    rows = int((known[DAY] == day).sum())
    found: list[Sign] = []
    outcomes: dict[SignKind, Outcome] = {}
    asked = _asked(known, settings, day, employees or {})
    for kind in settings.planned:
        signs = asked[kind]() if rows or kind is SignKind.FIRST_DIGITS else []
        if signs is None:
            outcomes[kind] = Outcome.INSUFFICIENT_HISTORY
            continue
        told = [sign for sign in signs if sign.last_day == day]
        outcomes[kind] = Outcome.FINDING if told else Outcome.OK
        found += told
    return Audited(tuple(found), outcomes, rows)


_Ask = Callable[[], "list[Sign] | None"]


def _asked(known: pd.DataFrame, settings: AuditSettings, day: date, employees: Accounts) -> dict[SignKind, _Ask]:
    pairs = cache(partial(duplicates, known, settings, day))  # asked for twice, looked for once
    return {
        SignKind.DUPLICATE: lambda: [sign for sign in pairs() if sign.kind is SignKind.DUPLICATE],
        SignKind.NEAR_DUPLICATE: lambda: [sign for sign in pairs() if sign.kind is SignKind.NEAR_DUPLICATE],
        SignKind.ROUND_AMOUNTS: lambda: round_amounts(known, settings),
        SignKind.OFF_HOURS: lambda: off_hours(known, settings),
        SignKind.SPLITTING: lambda: splits(known, settings, day),
        SignKind.REVERSAL: lambda: reversals(known, settings),
        SignKind.PERIOD_END_REVERSAL: lambda: _period_end(known, settings, day),
        SignKind.EXTREME_AMOUNT: lambda: extreme_amounts(known, settings, day),
        SignKind.LATE_POSTING: lambda: late_postings(known, settings),
        SignKind.SHARED_ACCOUNT: lambda: shared_accounts(known, settings, employees),
        SignKind.FIRST_DIGITS: lambda: _first_digits(known, settings, day),
    }


def _period_end(known: pd.DataFrame, settings: AuditSettings, day: date) -> list[Sign]:
    return period_end_reversals(known, settings) if day.day <= settings.period_end_days else []


def _first_digits(known: pd.DataFrame, settings: AuditSettings, day: date) -> list[Sign] | None:
    """Ask for first digits on the last day of a month: they move slowly."""
    if (day + timedelta(days=1)).day != 1:
        return []
    digits = first_digits(known[settings.amount].to_numpy(float), settings)
    if digits.conforms is None:
        return None
    if digits.conforms:
        return []
    evidence = {"deviation": round(digits.deviation or 0.0, 4), "amounts": digits.rows}
    return [Sign(SignKind.FIRST_DIGITS, (), 0.0, day, "", evidence)]
