"""A suite drafted from what a table's past shows, for a person to edit: no more is expected than was seen without exception."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from detect.quality.facts import TableFacts, family
from detect.series.metric import Source
from detect.series.profiles import ColumnProfile, TableProfile

__all__ = ["Drafted", "draft"]

_ENOUGH = 100  # rows, of which none breaks a rule, before the rule is proposed
_ENOUGH_A_VALUE = 20  # rows for each value of a list of kinds
_ENOUGH_DAYS = 28  # days with rows, before a bound is left to the table's own history
_ROOM = 0.7  # what is left between the fewest (most) rows seen, as a share of the usual, and the bound
_ID = 60


@dataclass(frozen=True)
class Drafted:
    """One proposed rule as plain data of a suite, and what was seen that speaks for it."""

    rule: dict[str, Any]
    seen: str
    unsure: str = ""  # what a person should decide


@dataclass
class _Names:
    """Gives each rule an id of its own."""

    taken: set[str] = field(default_factory=set)

    def of(self, text: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_ID] or "column"
        base = base if base[0].isalpha() else f"c_{base}"
        name, number = base, 1
        while name in self.taken:
            number += 1
            name = f"{base}_{number}"
        self.taken.add(name)
        return name


def draft(source: Source, seen: TableProfile, facts: TableFacts) -> list[Drafted]:
    """Propose rules for a table: schema, arrival, volume, then column by column; `facts` are its rows a day."""
    names = _Names()
    readable = [c for c in seen.columns if c.name.isprintable()]
    rules = [_schema(names, readable), _freshness(names, facts), *_volume(names, facts)]
    rules += _unique(names, source, seen)
    days = int((facts.rows > 0).sum())
    for column in readable:
        rules += _column(names, column, seen.rows, days)
    rules += _ordered(names, seen)
    return rules


def _rule(
    name: str, rule: str, kwargs: dict[str, Any], en: str, zh: str, severity: str = "warning", **more: Any
) -> dict[str, Any]:
    return {"id": name, "type": rule, "name": {"en": en, "zh": zh}, "severity": severity, "kwargs": kwargs, **more}


def _schema(names: _Names, columns: Sequence[ColumnProfile]) -> Drafted:
    kinds = {c.name: family(c.type) for c in columns}
    rule = _rule(
        names.of("columns"),
        "schema",
        {"columns": kinds},
        "The table has the columns agreed on",
        "資料表欄位與約定一致",
        "critical",
    )
    return Drafted(rule | {"on": "table"}, f"{len(kinds)} columns", "leave out those that nothing depends on")


def _freshness(names: _Names, facts: TableFacts) -> Drafted:
    """Allow the longest lateness seen: open days in a row without rows."""
    longest, run = 0, 0
    known = np.flatnonzero(facts.rows > 0)
    begin = known[0] if len(known) else len(facts.rows)
    for rows, due in zip(facts.rows[begin:], facts.open[begin:], strict=True):
        run = run + int(due) if rows <= 0 else 0
        longest = max(longest, run)
    rule = _rule(names.of("arrived"), "freshness", {"days": longest}, "The rows have arrived", "資料已到達")
    return Drafted(rule | {"on": "table"}, f"at most {longest} working days in a row without rows")


def _volume(names: _Names, facts: TableFacts) -> Iterator[Drafted]:
    """Bound a day's rows by the fewest and the most seen beside the median of their weekday, with room."""
    ratios = []
    for weekday in range(7):
        rows = facts.rows[(facts.days.astype(int) % 7 == weekday) & facts.open & (facts.rows > 0)]
        ratios += list(rows / np.median(rows)) if len(rows) else []
    if len(ratios) < _ENOUGH_DAYS:
        return
    low, high = float(min(ratios)), float(max(ratios))
    kwargs = {"at_least": round(min(0.5, low * _ROOM), 2), "at_most": round(max(2.0, high / _ROOM), 2), "weeks": 8}
    yield Drafted(
        _rule(
            names.of("as_many_as_usual"),
            "row_count_against_history",
            kwargs,
            "As many rows as on such a day",
            "行數與歷史同日相當",
        ),
        f"{low:.2f} to {high:.2f} times the usual of the weekday, over {len(ratios)} days",
    )


def _unique(names: _Names, source: Source, seen: TableProfile) -> Iterator[Drafted]:
    if not source.key or seen.repeated is None or seen.rows < _ENOUGH:
        return
    listed = ", ".join(source.key)
    said = (f"Each {listed} stands once", f"{listed} 不重複")
    kind, kwargs = "expect_compound_columns_to_be_unique", {"column_list": list(source.key)}
    if len(source.key) == 1:
        kind, kwargs = "expect_column_values_to_be_unique", {"column": source.key[0]}  # type: ignore[dict-item] # a text or a list
    if not seen.repeated:
        rule = _rule(names.of("stands_once"), kind, kwargs, *said, "critical", kind="double_load")
        yield Drafted(rule, f"no repeat in {seen.rows:,} rows")
    else:
        rule = _rule(names.of("stands_once"), kind, kwargs, *said, kind="double_load", from_history={})
        yield Drafted(rule, f"{seen.repeated:,} repeats in {seen.rows:,} rows", "if no repeat is right, correct `key`")


def _column(names: _Names, column: ColumnProfile, rows: int, days: int) -> Iterator[Drafted]:
    name, here = column.name, {"column": column.name}
    if rows < _ENOUGH:
        return
    if column.given == rows:
        rule = _rule(
            names.of(f"{name}_given"), "expect_column_values_to_not_be_null", here, f"{name} is given", f"{name} 不為空"
        )
        yield Drafted(rule, f"no gap in {rows:,} rows")
    elif column.given > 0 and days >= _ENOUGH_DAYS:
        kind = "expect_column_values_to_not_be_null"
        rule = _rule(
            names.of(f"{name}_given"),
            kind,
            here,
            f"{name} is given as often as usual",
            f"{name} 填寫率如常",
            "info",
            from_history={},
        )
        yield Drafted(rule, f"{rows - column.given:,} gaps in {rows:,} rows")
    yield from _values(names, column)


def _values(names: _Names, column: ColumnProfile) -> Iterator[Drafted]:
    name, here = column.name, {"column": column.name}
    if (
        column.values
        and column.given >= _ENOUGH_A_VALUE * len(column.values)
        and all(v.isprintable() for v in column.values)
    ):
        rule = _rule(
            names.of(f"{name}_known"),
            "expect_column_values_to_be_in_set",
            here | {"value_set": list(column.values)},
            f"{name} is one of those known",
            f"{name} 屬於已知的值",
            "info",
        )
        yield Drafted(
            rule,
            f"{len(column.values)} values in {column.given:,} rows",
            "add those that are allowed and were not seen",
        )
    elif column.shortest is not None and column.shortest == column.longest and column.given >= _ENOUGH:
        kind = "expect_column_value_lengths_to_equal"
        rule = _rule(
            names.of(f"{name}_length"),
            kind,
            here | {"value": column.shortest},
            f"{name} has {column.shortest} characters",
            f"{name} 為 {column.shortest} 個字元",
        )
        yield Drafted(rule, f"all {column.given:,} of that length")
    if column.least is not None and column.least >= 0 and column.given >= _ENOUGH:
        kind = "expect_column_values_to_be_between"
        rule = _rule(
            names.of(f"{name}_not_negative"),
            kind,
            here | {"min_value": 0},
            f"{name} is not negative",
            f"{name} 不為負數",
        )
        yield Drafted(
            rule, f"{column.least:g} to {column.greatest:g}", "give max_value where a greater one would be wrong"
        )


def _ordered(names: _Names, seen: TableProfile) -> Iterator[Drafted]:
    for (later, earlier), rows in seen.ordered.items():
        if rows >= _ENOUGH and later.isprintable() and earlier.isprintable() and (earlier, later) not in seen.ordered:
            yield Drafted(
                _rule(
                    names.of(f"{later}_after_{earlier}"),
                    "expect_column_pair_values_a_to_be_greater_than_b",
                    {
                        "column_A": later,
                        "column_B": earlier,
                        "or_equal": True,
                        "ignore_row_if": "either_value_is_missing",
                    },
                    f"{later} is not before {earlier}",
                    f"{later} 不早於 {earlier}",
                ),
                f"none the other way round in {rows:,} rows",
            )
