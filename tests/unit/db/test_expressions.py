"""The small language of the configuration, checked without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.db.expressions import ExpressionError, check, names, parse_aggregate

COLUMNS = ("invoice", "quantity", "price", "Customer ID")


@pytest.mark.parametrize(
    "expression",
    [
        "quantity * price - 1.5",
        "not invoice.startswith('C') and quantity > 0",
        "quantity if price is not None else -1",
        "invoice in ('M', 'D') or 0 < price <= 10",
        "column('Customer ID') is None",
        "coalesce(price, 0) / abs(quantity)",
        "invoice.strip().lower().contains('adjust')",
    ],
)
def test_allowed_expressions_pass(expression: str) -> None:
    """Arithmetic, comparisons, conditions and the named functions are the language."""
    check(expression, COLUMNS)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("quantty > 1", "'quantity'"),
        ("foo(price)", "abs"),
        ("sum(price) > 1", "aggregate 'sum'"),
        ("price ** 2", "price ** 2"),
        ("__import__('os').system('x')", "system"),
        ("invoice.__class__", "__class__"),
        ("[p for p in price]", "not allowed"),
        ("price in invoice", "list of values"),
        ("price is 3", "None alone"),
        ("invoice.startswith(price)", "needs a text"),
        ("invoice.startswith()", "0 arguments"),
        ("lambda: 1", "not allowed"),
        ("price; drop", "cannot be read"),
        ("1e999 < price", "not allowed"),
        ("price" + " + 1" * 2000, "too long"),
        ("(" * 80 + "price" + ")" * 80 + " + -" + "-" * 70 + "1", "nested"),
        ("\0", "cannot be read"),
    ],
)
def test_anything_else_is_refused_and_named(expression: str, told: str) -> None:
    """A fault is told with what was found and what is allowed; nothing is ever evaluated."""
    with pytest.raises(ExpressionError) as caught:
        check(expression, COLUMNS)
    assert told in str(caught.value)


def test_aggregates_are_one_call() -> None:
    """A metric's value is one known aggregate over row expressions, or the total of one."""
    assert names("sum(quantity * price)", aggregate=True) == {"quantity", "price"}
    assert parse_aggregate("total(count())").whole
    for wrong in (
        "price",
        "sum(price) + 1",
        "median(price)",
        "sum()",
        "count(price)",
        "total(price)",
        "sum(x=1)",
        "total()",
    ):
        with pytest.raises(ExpressionError):
            check(wrong, None, aggregate=True)


@given(st.text(max_size=60))
def test_no_text_does_more_than_pass_or_be_refused(text: str) -> None:
    """Whatever stands in the configuration, checking it gives a clear error at worst."""
    for aggregate in (False, True):
        try:
            check(text, COLUMNS, aggregate=aggregate)
        except ExpressionError as error:
            assert error.remedy  # noqa: PT017 -- most texts are refused, and no text may raise anything else
