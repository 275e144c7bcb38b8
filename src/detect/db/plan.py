"""What one statement asks of a table: the aggregates of all metrics, each asked once however many metrics share it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from detect.db.expressions import Aggregate, parse, parse_aggregate
from detect.db.source_table import SourceTable
from detect.db.translate import Element
from detect.errors import SourceError
from detect.series.metric import Absent, Metric

__all__ = ["Plan", "Term", "planned"]

ROWS, REPEATS = "yj_rows", "yj_repeats"  # all rows of a group, and those that repeat others by the source's key


@dataclass(frozen=True)
class Term:
    """Where a metric finds its figures among the columns of the result; `denominator` is '' unless it is a ratio."""

    metric: Metric
    value: str
    rows: str
    value_rows: str  # rows under the value; beside `rows`, those under the denominator, it differs for ratios
    denominator: str = ""
    whole: bool = False  # the denominator is that of all segments together
    empty_is_zero: bool = False  # a sum or count of no rows is zero
    adds_up: bool = False  # the figures of parts, or what a ratio is made of, add up to those of the whole

    @property
    def fills_zero(self) -> bool:
        """Whether a day without rows is a day of zero."""
        return self.metric.absent is Absent.ZERO and not self.denominator and self.empty_is_zero


@dataclass
class Plan:
    """The columns of one statement by name, the terms that read them, and the metrics that cannot be asked for."""

    columns: dict[str, Element] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    failures: dict[str, SourceError] = field(default_factory=dict)
    conditions: dict[str, Element] = field(default_factory=dict)  # by their text; many aggregates share one
    _names: dict[tuple[str, str], str] = field(default_factory=dict)

    def ask(self, table: SourceTable, aggregate: Aggregate, where: str | None) -> str:
        """Return the name of the column with that aggregate, adding it when nobody asked for it before."""
        arguments = ", ".join(ast.unparse(argument) for argument in aggregate.arguments)
        condition = None if where is None else parse(where)
        identity = (f"{aggregate.function}({arguments})", "" if condition is None else ast.unparse(condition))
        if identity == ("count()", ""):
            return ROWS
        if identity not in self._names:
            chosen = None
            if condition is not None:
                if identity[1] not in self.conditions:
                    self.conditions[identity[1]] = table.translator.condition(condition)
                chosen = self.conditions[identity[1]]
            element = table.translator.aggregate(aggregate, chosen)
            self._names[identity] = f"yj_{len(self._names)}"
            self.columns[self._names[identity]] = element
        return self._names[identity]


def planned(table: SourceTable, metrics: Iterable[Metric], *, repeats: bool = True) -> Plan:
    """Plan the aggregates of metrics, and the count of repeats; what names something the table has not fails alone."""
    plan = Plan()
    translator = table.translator
    plan.columns[ROWS] = translator.aggregate(Aggregate("count", ()), None)
    if table.source.key:
        try:
            distinct = translator.distinct([translator.column(name) for name in table.source.key])
            plan.columns |= {REPEATS: plan.columns[ROWS] - distinct} if repeats else {}
        except SourceError as error:
            # Without its key the table's repeats cannot be seen, and a doubled figure would pass for a true one.
            plan.failures.update((metric.id, error) for metric in metrics)
            return plan
    for metric in metrics:
        try:
            plan.terms.append(_term(plan, table, metric))
        except SourceError as error:
            plan.failures[metric.id] = error
    return plan


def _term(plan: Plan, table: SourceTable, metric: Metric) -> Term:
    for name in metric.segments:
        table.translator.column(name)
    count = Aggregate("count", ())
    if metric.value is not None:
        aggregate = parse_aggregate(metric.value)
        value = plan.ask(table, aggregate, metric.where)
        zero = aggregate.function.startswith(("sum", "count"))
        rows = plan.ask(table, count, metric.where)
        return Term(metric, value, rows, rows, empty_is_zero=zero, adds_up=aggregate.additive)
    top, bottom = parse_aggregate(metric.numerator or ""), parse_aggregate(metric.denominator or "")
    return Term(
        metric,
        value=plan.ask(table, top, metric.where),
        rows=plan.ask(table, count, metric.where_denominator),
        value_rows=plan.ask(table, count, metric.where),
        denominator=plan.ask(table, bottom, metric.where_denominator),
        whole=bottom.whole,
        empty_is_zero=top.function.startswith(("sum", "count")),
        adds_up=top.additive and bottom.additive,
    )
