"""Vendors that are paid on an account which is also an employee's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from detect.checks.audit import sign_of
from detect.checks.audit_settings import AccountList, AuditSettings, Sign, SignKind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["shared", "shared_accounts"]


def shared(vendors: pd.DataFrame, employees: pd.DataFrame, settings: AuditSettings) -> dict[str, tuple[str, ...]]:
    """Return the employees by vendor whose account is the vendor's, however it is spelt."""
    if settings.vendors is None or settings.employees is None:
        return {}
    pairs = _spelt(vendors, settings.vendors).merge(_spelt(employees, settings.employees), on="account")
    return {
        str(vendor): tuple(sorted(set(group["id_y"].astype(str)))) for vendor, group in pairs.groupby("id_x", sort=True)
    }


def shared_accounts(
    frame: pd.DataFrame, settings: AuditSettings, employees: Mapping[str, tuple[str, ...]]
) -> list[Sign]:
    """Find the payments to vendors whose account is an employee's, one sign a vendor."""
    paid = frame[frame[settings.vendor].isin(list(employees))]
    return [
        sign_of(
            SignKind.SHARED_ACCOUNT, group, settings, place=str(vendor), employees=list(employees[str(vendor)][:10])
        )
        for vendor, group in paid.groupby(settings.vendor, sort=True)
    ]


def _spelt(frame: pd.DataFrame, listed: AccountList) -> pd.DataFrame:
    """Spell accounts alike: capitals and digits alone; what has none is nobody's account."""
    text = frame[listed.account].fillna("").astype(str).str.upper().str.replace(r"[\W_]+", "", regex=True)
    spelt = frame.assign(account=text)[[listed.id, "account"]].rename(columns={listed.id: "id"})
    return spelt[(spelt["account"] != "") & spelt["id"].notna()].drop_duplicates()
