"""Money and shares as grading and playbooks say them, the same in both languages."""

from __future__ import annotations

__all__ = ["money", "percent"]

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "CNY": "¥", "JPY": "¥", "TWD": "NT$", "HKD": "HK$"}


def money(amount: float, currency: str) -> str:
    """`amount` in whole units with its symbol ("£5,000"), or with the ISO code in front where no symbol is known."""
    if currency in _SYMBOLS:
        return f"{_SYMBOLS[currency]}{amount:,.0f}"
    return f"{currency} {amount:,.0f}".strip()


def percent(fraction: float) -> str:
    """Write a fraction as a percentage without needless digits: 0.25 is 25 %."""
    return f"{fraction * 100:g} %"
