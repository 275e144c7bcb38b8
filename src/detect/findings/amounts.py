"""Money and shares as people say them, the same in both languages."""

from __future__ import annotations

__all__ = ["SYMBOLS", "money", "percent"]

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "CNY": "¥", "JPY": "¥", "TWD": "NT$", "HKD": "HK$"}
_LARGE = 100


def money(value: float, currency: str) -> str:
    """Say an amount: whole above 100, with cents below; `currency` is an ISO code or a sign, and stands in front."""
    size = abs(value)
    plain = f"{size:,.0f}" if size >= _LARGE or size == round(size) else f"{size:,.2f}"
    sign = "-" if value < 0 and any(c in "123456789" for c in plain) else ""
    symbol = SYMBOLS.get(currency, currency)
    return f"{symbol} {sign}{plain}" if symbol[-1:].isalpha() else f"{sign}{symbol}{plain}"


def percent(fraction: float) -> str:
    """Write a fraction as a percentage without needless digits: 0.25 is 25 %."""
    return f"{fraction * 100:g} %"
