"""The small language of derived columns, row filters and aggregates: what it allows, checked without a database.

A row expression is arithmetic, comparisons, `and`/`or`/`not`, `a if c else b`, `x in (1, 2)`, `x is None`, `abs(x)`, `coalesce(a, b)`,
`x.startswith('C')`, `.endswith`, `.contains`, `.matches('^[A-Z]+$')` (a regular expression), `.length()`, `.lower()`, `.upper()`,
`.strip()`; a column whose name is no identifier is `column('Customer ID')`.
As in SQL, a comparison with a missing value is neither true nor false, and such a row does not count.
An aggregate is one of `sum(x)`, `mean(x)`, `min(x)`, `max(x)`, `count()`, `count_distinct(x)`, `count_repeats(a, b, …)`; as a denominator
also `total(sum(x))`, the figure of all segments together, which makes the ratio a share.
"""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass

from detect.errors import SourceError

__all__ = ["Aggregate", "ExpressionError", "check", "column_name", "names", "parse", "parse_aggregate"]

# name -> (least, most) number of arguments
AGGREGATES = {
    "sum": (1, 1),
    "mean": (1, 1),
    "min": (1, 1),
    "max": (1, 1),
    "count": (0, 0),
    "count_distinct": (1, 1),
    "count_repeats": (1, 20),
}
FUNCTIONS = {"abs": (1, 1), "coalesce": (2, 20), "column": (1, 1)}
METHODS = {
    "startswith": (1, 1),
    "endswith": (1, 1),
    "contains": (1, 1),
    "matches": (1, 1),
    "length": (0, 0),
    "lower": (0, 0),
    "upper": (0, 0),
    "strip": (0, 0),
}
TOTAL = "total"
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)
LONGEST = 4000  # characters
DEEPEST = 60  # levels of brackets and operators


class ExpressionError(SourceError):
    """An expression of the configuration cannot be understood: correct it as the message says."""

    exit_code = 2


@dataclass(frozen=True)
class Aggregate:
    """One aggregate call; `whole` when it is meant over all segments together."""

    function: str
    arguments: tuple[ast.expr, ...]
    whole: bool = False

    @property
    def additive(self) -> bool:
        """Whether the figures of parts add up to the figure of the whole, and no rows give zero."""
        return self.function in {"sum", "count"}


def check(expression: str, columns: Iterable[str] | None, *, aggregate: bool = False) -> None:
    """Raise ExpressionError when an expression is malformed or names a column not in `columns` (None: any will do)."""
    found = names(expression, aggregate=aggregate)
    if columns is None:
        return
    allowed = sorted(columns)
    for name in sorted(found - set(allowed)):
        raise ExpressionError(f"Unknown column {name!r} in {expression!r}", nearest(name, allowed, "Columns"))


def names(expression: str, *, aggregate: bool = False) -> frozenset[str]:
    """Return the columns an expression names."""
    trees = parse_aggregate(expression).arguments if aggregate else (parse(expression),)
    found = (column_name(node) for tree in trees for node in ast.walk(tree))
    # `column` and function names are Names too, but only as what is called.
    called = {node.func for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)}
    functions = {node.id for node in called if isinstance(node, ast.Name)}
    return frozenset(name for name in found if name is not None) - functions


def column_name(node: ast.AST) -> str | None:
    """Return the column that a node stands for: `x` or `column('x y')`; None when it is anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "column":
        return str(node.args[0].value) if isinstance(node.args[0], ast.Constant) else None
    return None


def parse(expression: str) -> ast.expr:
    """Return the syntax tree of a row expression, every node of which is allowed."""
    tree = _tree(expression)
    _allow(tree, expression, 0)
    return tree


def parse_aggregate(expression: str) -> Aggregate:
    """Return an aggregate; its arguments are row expressions."""
    tree = _tree(expression)
    whole = _called(tree) == TOTAL
    if whole and isinstance(tree, ast.Call) and len(tree.args) == 1:
        tree = tree.args[0]
    function = _called(tree)
    if not isinstance(tree, ast.Call) or function not in AGGREGATES:
        raise ExpressionError(
            f"{expression!r} is no aggregate", f"Write one of {', '.join(f'{a}(…)' for a in AGGREGATES)} around it."
        )
    _count_arguments(tree, function, AGGREGATES[function], expression)
    for argument in tree.args:
        _allow(argument, expression, 0)
    return Aggregate(function, tuple(tree.args), whole)


def nearest(name: str, allowed: list[str], what: str) -> str:
    """Say what is allowed instead of a name, the nearest first."""
    close = difflib.get_close_matches(name, allowed, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return f"{hint}{what} there: {', '.join(allowed[:40]) or 'none'}."


def _tree(expression: str) -> ast.expr:
    if len(expression) > LONGEST:
        raise ExpressionError(
            f"An expression of {len(expression)} characters is too long", f"At most {LONGEST} are allowed."
        )
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply or has a NUL"
        raise ExpressionError(
            f"{expression!r} cannot be read: {said}", "Write it as in `sum(amount)` or `a > 0`."
        ) from error


def _called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _allow(node: ast.expr, text: str, depth: int) -> None:
    if depth > DEEPEST:
        raise ExpressionError(f"{text[:80]!r}… is nested too deeply", f"At most {DEEPEST} levels are allowed.")
    for child in _children(node, text):
        _allow(child, text, depth + 1)


def _children(node: ast.expr, text: str) -> list[ast.expr]:  # noqa: PLR0911 -- one return a kind of node
    """Return the parts of an allowed node that must be allowed themselves; raise for any other node."""
    match node:
        case ast.Name():
            return []
        case ast.Constant(value=value) if _is_plain(value):
            return []
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, OPERATORS):
            return [left, right]
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            return [operand]
        case ast.BoolOp(values=values):
            return values
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return [test, body, orelse]
        case ast.Compare():
            return _compared(node, text)
        case ast.Call():
            return _arguments(node, text)
    raise ExpressionError(
        f"{ast.unparse(node)!r} is not allowed in {text!r}", "Use columns, numbers, texts and operators."
    )


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _compared(node: ast.Compare, text: str) -> list[ast.expr]:
    parts = [node.left]
    for op, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, ast.In | ast.NotIn):
            listed = right.elts if isinstance(right, ast.Tuple | ast.List) else []
            if not listed or not all(isinstance(item, ast.Constant | ast.UnaryOp) for item in listed):
                raise ExpressionError(f"In {text!r}, `in` needs a list of values", "Write it as x in ('a', 'b').")
            parts += listed
        elif isinstance(op, ast.Is | ast.IsNot):
            if not (isinstance(right, ast.Constant) and right.value is None):
                raise ExpressionError(f"In {text!r}, `is` works with None alone", "Use == to compare with a value.")
        else:
            parts.append(right)
    return parts


def _arguments(node: ast.Call, text: str) -> list[ast.expr]:
    if isinstance(node.func, ast.Attribute):
        name, known, parts = node.func.attr, METHODS, [node.func.value]
    else:
        name, known, parts = _called(node), FUNCTIONS, []
    if name not in known:
        what = f"Unknown function {name!r} in {text!r}"
        if name in AGGREGATES:
            what = f"The aggregate {name!r} cannot stand inside {text!r}"
        raise ExpressionError(what, nearest(name, [*FUNCTIONS, *(f"x.{m}" for m in METHODS)], "Functions"))
    _count_arguments(node, name, known[name], text)
    if name in {"column", "startswith", "endswith", "contains", "matches"} and not (
        isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str) and node.args[0].value
    ):
        raise ExpressionError(f"In {text!r}, {name} needs a text", f"Write it as {name}('…').")
    return [*parts, *node.args]


def _count_arguments(node: ast.Call, name: str, allowed: tuple[int, int], text: str) -> None:
    least, most = allowed
    if node.keywords or not least <= len(node.args) <= most:
        many = str(least) if least == most else f"{least} to {most}"
        raise ExpressionError(f"In {text!r}, {name} is called with {len(node.args)} arguments", f"It takes {many}.")
