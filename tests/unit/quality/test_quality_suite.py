"""What a suite may say, and what is refused before anything is pulled."""

import warnings

import pytest
from pydantic import ValidationError

from detect.model import Kind, Level, Text
from detect.quality import Expectation, Suite
from detect.quality.catalogue import FACT_TYPES, RELATION_TYPES, TYPES, snake_case
from detect.quality.examples import example_keys

NAME = Text(en="rule", zh="規則")


def rule(kind: str, **kwargs: object) -> Expectation:
    return Expectation(id="rule", type=kind, kwargs=kwargs, name=NAME)


def test_names_of_the_library_are_taken_in_both_spellings() -> None:
    """CamelCase and snake_case name the same expectation, whose severity and kind follow."""
    found = rule("ExpectTableRowCountToEqualOtherTable", other_table_name="ledger")
    assert found.type == "expect_table_row_count_to_equal_other_table"
    assert (found.level, found.shape) == (Level.LARGER, Kind.RECONCILIATION)


@pytest.mark.parametrize(
    ("kind", "kwargs", "said"),
    [
        ("expect_column_values_to_be_uniqe", {"column": "x"}, "did you mean 'expect_column_values_to_be_unique'"),
        ("expect_column_values_to_be_unique", {"colum": "x"}, "no argument 'colum'"),
        ("expect_column_values_to_be_in_set", {"column": "x"}, "needs the argument 'value_set'"),
        ("expect_column_values_to_not_be_null", {"column": "x", "mostly": 90}, "mostly is 90"),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "DELETE FROM x"}, "must be one SELECT"),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "SELECT 1; DROP TABLE x"}, "single statement"),
        ("schema", {"columns": {"x": "varchar"}}, "allowed are any, boolean"),
        ("references", {"columns": ["x", "y"], "other": "t", "other_columns": "z"}, "as many as columns"),
        (
            "reconciliation",
            {"value": "x", "other": "t", "other_value": "y", "lag_days": 2},
            "lag_days needs `by`",
        ),
        ("reconciliation", {"value": "x", "other": "t", "other_value": "y", "tolerance": -1}, "greater than or equal"),
    ],
)
def test_a_misspelt_rule_is_refused_with_what_is_allowed(kind: str, kwargs: dict[str, object], said: str) -> None:
    """A wrong type, argument, share or statement is told when the configuration is read, not at night."""
    with pytest.raises(ValidationError, match=said.replace("(", r"\(")):
        rule(kind, **kwargs)


def test_two_rules_of_one_name_are_refused() -> None:
    """The id is what a case is about, so it is given once in a suite."""
    with pytest.raises(ValidationError, match="two expectations are called 'rule'"):
        Suite(source="x", expectations=(rule("freshness"), rule("freshness")))


def test_the_catalogue_is_the_librarys_own() -> None:
    """Every type and argument that a suite may name exists in Great Expectations, and what must be given there must be here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations.expectations as library  # noqa: PLC0415 - takes seconds
    classes = {snake_case(n): getattr(library, n) for n in dir(library) if n.startswith(("Expect", "Unexpected"))}
    for kind in TYPES.keys() - FACT_TYPES.keys() - RELATION_TYPES.keys():
        fields = classes[kind].__fields__
        words = TYPES[kind].split()
        assert {w.rstrip("*") for w in words} <= fields.keys(), kind
        assert {n for n, f in fields.items() if f.required} <= {w.rstrip("*") for w in words if w.endswith("*")}, kind


def test_example_keys_hide_what_is_not_public() -> None:
    """At most ten distinct keys; a value that is not public is its keyed hash, equal for equal values alone, and nothing without a key."""
    rows = [{"line": n, "phone": f"1380013800{n % 2}", "name": None} for n in range(30)]
    found = example_keys(rows, ("line", "phone", "name"), frozenset({"line"}), "a key of the company's")
    assert len(found) == 10
    hashes = [text.split(", ")[1] for text in found]
    assert hashes[0] == hashes[2] != hashes[1]
    assert hashes[0].startswith("phone=#")
    assert "13800" not in "".join(found)
    other = example_keys(rows, ("phone",), frozenset(), "another key")
    assert other[0] != hashes[0]
    assert example_keys(rows, ("line", "phone", "name"), frozenset({"line"}), None)[0] == "line=0, phone=***, name=none"
