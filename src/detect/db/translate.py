"""From the small language to SQLAlchemy's objects: column by column, never through SQL text."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Double, Text, and_, case, cast, func, literal, not_, null, or_
from sqlalchemy import types as sql_types

from detect.db.expressions import Aggregate, ExpressionError, column_name, nearest, parse
from detect.errors import SchemaDrift

__all__ = ["Translator", "drift"]

Element = ColumnElement[Any]

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
COMPARISON: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
NUMBERS = (sql_types.Numeric, sql_types.Float, sql_types.Integer)
BETWEEN, MISSING = "\x1f", "\x1e"  # between the parts of a combined key, and for a part that is NULL


def drift(table: str, what: str, expected: str, seen: str) -> SchemaDrift:
    """Say that a table is not as configured: where, what was expected, what is there."""
    return SchemaDrift(
        f"Table {table}: {what}: expected {expected}, seen {seen}",
        "Correct the table, or the configuration that names it.",
    )


@dataclass
class Translator:
    """Turns expressions over one table into SQL objects. `columns` are the table's own, `derived` the configured ones by name."""

    table: str
    columns: Mapping[str, Element]
    derived: Mapping[str, str] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def column(self, name: str) -> Element:
        """Return a column or derived column; SchemaDrift when the table has none of that name."""
        # A derived column may be named like the column it is made of: inside its own expression the name means the table's.
        if name in self.derived and name not in self._open:
            self._open.append(name)
            try:
                return self.row(parse(self.derived[name]))
            finally:
                self._open.pop()
        if name in self._open and name not in self.columns:
            raise ExpressionError(
                f"Derived column {name!r} of table {self.table} is made of itself", "Break the circle."
            )
        if name not in self.columns:
            seen = nearest(name, sorted({*self.columns, *self.derived}), "Columns")
            raise drift(self.table, f"column {name!r}", "a column of that name", f"none. {seen}".rstrip("."))
        return self.columns[name]

    def row(self, node: ast.expr) -> Element:  # noqa: C901, PLR0911 -- one branch and one return a kind of node
        """Return the SQL of a parsed row expression."""
        if (name := column_name(node)) is not None:
            return self.column(name)
        match node:
            case ast.Constant(value=value):
                return null() if value is None else literal(value)
            case ast.BinOp():
                return self._arithmetic(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not_(self.condition(operand))
            case ast.UnaryOp(operand=operand):
                return -self.number(operand)
            case ast.BoolOp(op=op, values=values):
                joined = and_ if isinstance(op, ast.And) else or_
                return joined(*(self.condition(value) for value in values))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return case((self.condition(test), self.row(body)), else_=self.row(orelse))
            case ast.Compare():
                return self._comparison(node)
            case ast.Call(func=ast.Attribute(value=value, attr=method), args=arguments):
                return self._method(value, method, arguments)
            case ast.Call(func=ast.Name(id="abs"), args=[argument]):
                return func.abs(self.number(argument))
            case ast.Call(args=arguments):
                return func.coalesce(*(self.row(argument) for argument in arguments))
        raise ExpressionError(f"{ast.unparse(node)!r} is not allowed", "Use columns, numbers, texts and operators.")

    def condition(self, node: ast.expr) -> Element:
        """Return a node as true or false; a number is true when it is not zero."""
        element = self.row(node)
        if isinstance(element.type, Boolean | sql_types.NullType):
            return element
        return self._numeric(element, node) != 0

    def number(self, node: ast.expr) -> Element:
        """Return a node as a number: a condition counts 1 or 0; SchemaDrift for text and dates."""
        element = self.row(node)
        if isinstance(element.type, Boolean):
            return case((element, 1), (not_(element), 0))
        return self._numeric(element, node)

    def aggregate(self, aggregate: Aggregate, condition: Element | None) -> Element:
        """Return an aggregate over the rows that `condition` lets through."""
        name, arguments = aggregate.function, aggregate.arguments
        if name == "count":
            return _count(condition)
        if name == "count_repeats":
            return _count(condition) - self.distinct([self.row(a) for a in arguments], condition)
        if name == "count_distinct":
            return self.distinct([self.row(arguments[0])], condition)
        applied = getattr(func, "avg" if name == "mean" else name)
        return cast(applied(_where(self.number(arguments[0]), condition)), Double)

    def distinct(self, columns: list[Element], condition: Element | None = None) -> Element:
        """Count the distinct values, or combinations of values, of columns."""
        if len(columns) == 1:
            return func.count(_where(columns[0], condition).distinct())
        # Neither database counts distinct tuples the same way, so a combination is counted as one text.
        parts = [func.coalesce(cast(column, Text), MISSING) for column in columns]
        joined: Element = parts[0]
        for part in parts[1:]:
            joined = joined.concat(BETWEEN).concat(part)
        return func.count(_where(joined, condition).distinct())

    def _numeric(self, element: Element, node: ast.expr) -> Element:
        if isinstance(element.type, (*NUMBERS, sql_types.NullType)):
            return element
        raise drift(self.table, ast.unparse(node), "a number", str(element.type))

    def _arithmetic(self, node: ast.BinOp) -> Element:
        left, right = self.number(node.left), self.number(node.right)
        if isinstance(node.op, ast.Div):  # true division on both databases, and nothing where the divisor is zero
            return cast(left, Double) / func.nullif(cast(right, Double), 0.0, type_=Double)
        result: Element = ARITHMETIC[type(node.op)](left, right)
        return result

    def _comparison(self, node: ast.Compare) -> Element:
        parts, left = [], self.row(node.left)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn) and isinstance(right_node, ast.Tuple | ast.List):
                chosen = left.in_([ast.literal_eval(item) for item in right_node.elts])
                parts.append(not_(chosen) if isinstance(op, ast.NotIn) else chosen)
                continue
            right = self.row(right_node)
            if isinstance(op, ast.Is | ast.IsNot):
                parts.append(left.is_(null()) if isinstance(op, ast.Is) else left.is_not(null()))
                continue
            self._comparable(left, right, node)
            parts.append(COMPARISON[type(op)](left, right))
            left = right
        return and_(*parts) if len(parts) > 1 else parts[0]

    def _comparable(self, left: Element, right: Element, node: ast.Compare) -> None:
        for one, other in ((left, right), (right, left)):
            if isinstance(one.type, NUMBERS) and isinstance(other.type, sql_types.String):
                raise drift(self.table, ast.unparse(node), "values of one type", f"{one.type} against {other.type}")

    def _method(self, value: ast.expr, method: str, arguments: list[ast.expr]) -> Element:  # noqa: PLR0911 -- one a method
        text = cast(self.row(value), Text)
        if method in {"lower", "upper"}:
            return getattr(func, method)(text, type_=Text)  # type: ignore[no-any-return] # a function of that name
        if method == "strip":
            return func.trim(text, type_=Text)
        if method == "length":
            return func.length(text, type_=sql_types.Integer)
        needle = str(arguments[0].value) if isinstance(arguments[0], ast.Constant) else ""
        size = len(needle)
        if method == "matches":  # the database's own dialect of regular expressions; on SQLite, Python's
            return text.regexp_match(needle)
        # LIKE ignores case on SQLite and not on PostgreSQL; these mean the same on both.
        if method == "startswith":
            return func.substr(text, 1, size, type_=Text) == needle
        if method == "endswith":
            return func.substr(text, func.length(text) - (size - 1), type_=Text) == needle
        return func.replace(text, needle, "", type_=Text) != text


def _where(element: Element, condition: Element | None) -> Element:
    return element if condition is None else case((condition, element))


def _count(condition: Element | None) -> Element:
    return func.count() if condition is None else func.count(case((condition, 1)))
