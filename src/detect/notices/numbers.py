"""Numbers as a department head says them: money with its sign, shares in percent, counts with their separators."""

from __future__ import annotations

import math
import re
import unicodedata

from detect.findings.amounts import SYMBOLS, money
from detect.model import Text

__all__ = ["band", "comparison", "figure", "money", "number"]

_SHARES = {"%", "percent", "ratio", "share"}
_UNITS = {
    "accounts": "個帳戶", "cases": "件", "complaints": "件投訴", "customers": "位客戶", "days": "天", "departures": "班次", "entries": "筆",
    "events": "筆事件", "flights": "班次", "hours": "小時", "invoices": "張發票", "lines": "行", "minutes": "分鐘", "orders": "筆訂單",
    "payments": "筆付款", "pieces": "件", "requests": "筆申請", "returns": "件退貨", "rows": "行", "units": "件",
}  # fmt: skip
_WORDS = {2: "twice", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}
_LARGE = 100
_LEAST = 0.0001  # smaller is nothing to a reader
_NEAR = 0.06


def figure(value: float | None, unit: str) -> Text:
    """Say `value` in `unit`: an ISO currency, a share (stored as a fraction), or a thing counted."""
    if value is None or not math.isfinite(value):
        return Text(en="no figure", zh="沒有數值")
    if unit in _SHARES:
        return _same(f"{number(value * 100)}%")
    if unit in SYMBOLS or _is_currency(unit):
        return _same(money(value, unit))
    thing = unit.removesuffix("s") if value == 1 and unit in _UNITS else unit
    plain = number(value)
    return Text(en=f"{plain} {thing}".strip(), zh=f"{plain} {_UNITS.get(unit, unit)}".strip())


def number(value: float) -> str:
    """Say a number with as many digits as a reader needs: whole above 100, else three significant ones."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "-∞"
    if abs(value) >= _LARGE or value == round(value):
        return f"{value + 0.0:,.0f}"  # + 0.0 makes minus zero zero
    return f"{value:.3g}" if abs(value) >= _LEAST else "0"


def band(lower: float | None, upper: float | None, unit: str) -> str:
    """Say the range of the expected, without repeating the unit; empty where there is none."""
    scale = 100 if unit in _SHARES else 1
    ends = [e * scale if e is not None and math.isfinite(e * scale) else None for e in (lower, upper)]
    decimals = _decimals([end for end in ends if end is not None])
    said = ["" if end is None else _end(end, decimals) for end in ends]
    share = "%" if unit in _SHARES else ""
    if not any(said):
        return ""
    if not said[0]:
        return f"≤ {said[1]}{share}"
    if not said[1]:
        return f"≥ {said[0]}{share}"
    return f"{said[0]}{' – ' if '-' in ''.join(said) else '–'}{said[1]}{share}"


def comparison(actual: float | None, expected: float | None, unit: str) -> Text | None:
    """Compare with the usual: "three times the usual", "68% below the usual"; None where that would mislead."""
    if actual is None or expected is None or not math.isfinite(actual) or not math.isfinite(expected):
        return None
    if actual == expected:
        return Text(en="the usual", zh="與平常相同")
    if unit in _SHARES:
        points = number(round(abs(actual - expected) * 100, 1) or round(abs(actual - expected) * 100, 3))
        more = actual > expected
        return Text(
            en=f"{points} percentage points {'above' if more else 'below'} the usual",
            zh=f"比平常{'高' if more else '低'} {points} 個百分點",
        )
    if expected <= 0 or actual < 0 or not math.isfinite(actual / expected):
        return None
    return _ratio(actual / expected)


def _ratio(ratio: float) -> Text:
    if ratio == 0:
        return Text(en="nothing at all", zh="完全沒有")
    if ratio < 1:
        return _same_share("below", "低", 1 - ratio)
    if ratio < 2 - _NEAR * 2:
        return _same_share("above", "高", ratio - 1)
    nearest = round(ratio)
    if nearest in _WORDS and abs(ratio - nearest) <= _NEAR * nearest:
        words = _WORDS[nearest]
        return Text(
            en=f"{words} the usual" if nearest == 2 else f"{words} times the usual",  # noqa: PLR2004 - "twice" says it
            zh=f"約為平常的 {nearest} 倍",
        )
    return Text(en=f"{number(round(ratio, 1))} times the usual", zh=f"約為平常的 {number(round(ratio, 1))} 倍")


def _same_share(en: str, zh: str, share: float) -> Text:
    percent = f"{share:.0%}" if share >= 0.01 else "less than 1%"  # noqa: PLR2004 - no reader wants less
    return Text(en=f"{percent} {en} the usual", zh=f"比平常{zh} {percent.replace('less than', '不到')}")


def _end(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}" if round(value, decimals) else "0"


def _decimals(ends: list[float]) -> int:
    """Count the decimals that both ends of a band need: none above 100, else at most two, more only for what is below 1."""
    largest = max((abs(end) for end in ends), default=0.0)
    if largest >= _LARGE or not largest:
        return 0
    most = 2 if largest >= 1 else min(2 - math.floor(math.log10(largest)), 6)
    return next(d for d in range(most + 1) if d == most or all(round(end, d) == round(end, most) for end in ends))


def _is_currency(unit: str) -> bool:
    """Whether `unit` is an ISO 4217 code, or ends in a sign such as £ or US$."""
    return bool(re.fullmatch(r"[A-Z]{3}", unit)) or (bool(unit) and unicodedata.category(unit[-1]) == "Sc")


def _same(text: str) -> Text:
    return Text(en=text, zh=text)
