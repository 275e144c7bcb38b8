"""Rules of Great Expectations on single rows, said in the expression language of metrics: what breaks the rule, and whom it speaks of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from keyword import iskeyword
from typing import Any

__all__ = ["UNIQUE", "condition", "learnable_rows", "named"]

UNIQUE = {"expect_column_values_to_be_unique": "column", "expect_compound_columns_to_be_unique": "column_list"}
_LITERAL_PREFIX = re.compile(r"\^((?:[\w \-/:@#]|\\\.)+)(?:\.\*)?")
_PAIR = "expect_column_pair_values_"
_SPOKEN_OF = {  # rows that a rule on a pair of columns speaks of
    "both_values_are_missing": "not ({a} is None and {b} is None)",
    "either_value_is_missing": "not ({a} is None) and not ({b} is None)",
    "neither": None,
}


def condition(kind: str, kwargs: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """Return the condition of a row that breaks the rule, and that of a row it speaks of (None: every row); None: no such words."""
    if kind.startswith(_PAIR):
        return _pair(kind, kwargs)
    column = named(kwargs.get("column"))
    failing = _failing(kind, column, kwargs) if column else None
    if failing is None:
        return None
    return failing, None if kind.endswith("not_be_null") else f"not ({column} is None)"


def learnable_rows(kind: str, kwargs: Mapping[str, Any]) -> bool:
    """Whether the rows that break the rule can be counted by day, so that their usual share can be learnt."""
    return kind in UNIQUE or condition(kind, kwargs) is not None


def named(column: object) -> str:
    """Name a column in the expression language; '' where it is none."""
    if not isinstance(column, str):
        return ""
    return column if column.isidentifier() and not iskeyword(column) else f"column({column!r})"


def _pair(kind: str, kwargs: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """Say a rule on two columns with the library's own meaning of missing values."""
    a, b = named(kwargs.get("column_A")), named(kwargs.get("column_B"))
    template = _SPOKEN_OF.get(kwargs.get("ignore_row_if", "both_values_are_missing"), "")
    if not a or not b or template == "":
        return None
    checked = None if template is None else template.format(a=a, b=b)
    if kind.endswith("a_to_be_greater_than_b"):
        failing = f"not ({a} {'>=' if kwargs.get('or_equal') else '>'} {b})"
    elif kind.endswith("values_to_be_equal"):
        failing = f"({a} != {b} or {a} is None or {b} is None)"
    else:
        return None
    return failing if checked is None else f"({checked}) and {failing}", checked


def _failing(kind: str, column: str, kwargs: Mapping[str, Any]) -> str | None:  # noqa: PLR0911 -- one return a type
    values = kwargs.get("value_set")
    match kind:
        case "expect_column_values_to_not_be_null":
            return f"{column} is None"
        case "expect_column_values_to_be_in_set" if _plain(values):
            return f"not ({column} in ({_listed(values)}))"
        case "expect_column_values_to_not_be_in_set" if _plain(values):
            return f"{column} in ({_listed(values)})"
        case "expect_column_values_to_be_between":
            return _outside(column, kwargs)
        case "expect_column_values_to_match_regex" | "expect_column_values_to_not_match_regex":
            return _matching(column, str(kwargs["regex"]), wanted="not" not in kind)
        case "expect_column_value_lengths_to_be_between" | "expect_column_value_lengths_to_equal":
            return _lengths(column, kwargs)
    return None


def _plain(values: object) -> bool:
    return isinstance(values, list | tuple) and bool(values) and all(isinstance(v, str | int | float) for v in values)


def _listed(values: Any) -> str:
    return "".join(f"{v!r}, " for v in values).rstrip()


def _outside(column: str, kwargs: Mapping[str, Any]) -> str | None:
    bounds = [
        ("min_value", "<=" if kwargs.get("strict_min") else "<"),
        ("max_value", ">=" if kwargs.get("strict_max") else ">"),
    ]
    given = [(kwargs.get(name), sign) for name, sign in bounds if kwargs.get(name) is not None]
    if not given or any(
        isinstance(value, bool | datetime) or not isinstance(value, int | float | str) for value, _ in given
    ):
        return None
    return " or ".join(f"{column} {sign} {value!r}" for value, sign in given)


def _matching(column: str, regex: str, *, wanted: bool) -> str:
    """Say a pattern; one that only fixes how the text begins, such as `^C`, without a regular expression."""
    found = _LITERAL_PREFIX.fullmatch(regex)
    start = found.group(1).replace("\\.", ".") if found else ""
    said = f"startswith({start!r})" if found else f"matches({regex!r})"
    return f"{'not ' if wanted else ''}({column}.{said})"


def _lengths(column: str, kwargs: Mapping[str, Any]) -> str | None:
    if "value" in kwargs:
        return f"{column}.length() != {kwargs['value']!r}" if isinstance(kwargs["value"], int) else None
    return _outside(f"{column}.length()", kwargs)
