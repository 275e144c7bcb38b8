"""The expectations that a suite may name, and the arguments each takes; kept apart from Great Expectations, whose import takes seconds.

`*` marks an argument that must be given. A test compares this page with the library itself.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from detect.model import Kind

__all__ = ["FACT_TYPES", "KINDS", "RELATION_TYPES", "TYPES", "check_kwargs", "snake_case"]

_BETWEEN = "min_value max_value strict_min strict_max"
_PAIR = "column_A* column_B* ignore_row_if mostly"
_LIST = "column_list* ignore_row_if mostly"

# Rules of our own, judged from facts that the night has anyway: they cost no query.
FACT_TYPES: dict[str, str] = {
    "freshness": "days",
    "row_count_against_history": "at_least at_most sigmas weeks",
    "schema": "columns*",
}

# Rules of our own on two tables, counted by day in the database.
RELATION_TYPES: dict[str, str] = {
    "references": "columns* other* other_columns mostly",
    "reconciliation": "value* other* other_value* where other_where by other_by tolerance lag_days mostly",
}

TYPES: dict[str, str] = {
    **FACT_TYPES,
    **RELATION_TYPES,
    "expect_column_distinct_values_to_be_in_set": "column* value_set*",
    "expect_column_distinct_values_to_contain_set": "column* value_set*",
    "expect_column_distinct_values_to_equal_set": "column* value_set*",
    "expect_column_max_to_be_between": f"column* {_BETWEEN}",
    "expect_column_mean_to_be_between": f"column* {_BETWEEN}",
    "expect_column_median_to_be_between": f"column* {_BETWEEN}",
    "expect_column_min_to_be_between": f"column* {_BETWEEN}",
    "expect_column_most_common_value_to_be_in_set": "column* value_set* ties_okay",
    "expect_column_pair_values_a_to_be_greater_than_b": f"{_PAIR} or_equal",
    "expect_column_pair_values_to_be_equal": _PAIR,
    "expect_column_pair_values_to_be_in_set": f"{_PAIR} value_pairs_set*",
    "expect_column_proportion_of_non_null_values_to_be_between": f"column* {_BETWEEN}",
    "expect_column_proportion_of_unique_values_to_be_between": f"column* {_BETWEEN}",
    "expect_column_stdev_to_be_between": f"column* {_BETWEEN}",
    "expect_column_sum_to_be_between": f"column* {_BETWEEN}",
    "expect_column_to_exist": "column* column_index",
    "expect_column_unique_value_count_to_be_between": f"column* {_BETWEEN}",
    "expect_column_value_lengths_to_be_between": f"column* {_BETWEEN} mostly",
    "expect_column_value_lengths_to_equal": "column* value* mostly",
    "expect_column_values_to_be_between": f"column* {_BETWEEN} mostly",
    "expect_column_values_to_be_in_set": "column* value_set* mostly",
    "expect_column_values_to_be_null": "column* mostly",
    "expect_column_values_to_be_unique": "column* mostly",
    "expect_column_values_to_match_like_pattern": "column* like_pattern* escape mostly",
    "expect_column_values_to_match_regex": "column* regex* mostly",
    "expect_column_values_to_match_regex_list": "column* regex_list* match_on mostly",
    "expect_column_values_to_not_be_in_set": "column* value_set* mostly",
    "expect_column_values_to_not_be_null": "column* mostly",
    "expect_column_values_to_not_match_like_pattern": "column* like_pattern* escape mostly",
    "expect_column_values_to_not_match_regex": "column* regex* mostly",
    "expect_column_values_to_not_match_regex_list": "column* regex_list* mostly",
    "expect_compound_columns_to_be_unique": _LIST,
    "expect_multicolumn_sum_to_equal": f"{_LIST} sum_total*",
    "expect_select_column_values_to_be_unique_within_record": _LIST,
    "expect_table_column_count_to_be_between": "min_value max_value",
    "expect_table_column_count_to_equal": "value*",
    "expect_table_columns_to_match_ordered_list": "column_list*",
    "expect_table_columns_to_match_set": "column_set* exact_match",
    "expect_table_row_count_to_be_between": _BETWEEN,
    "expect_table_row_count_to_equal": "value*",
    "expect_table_row_count_to_equal_other_table": "other_table_name*",
    "unexpected_rows_expectation": "unexpected_rows_query*",
}

KINDS: dict[str, Kind] = {
    "freshness": Kind.FRESHNESS,
    "row_count_against_history": Kind.VOLUME,
    "schema": Kind.SCHEMA,
    "reconciliation": Kind.RECONCILIATION,
    "expect_column_to_exist": Kind.SCHEMA,
    "expect_table_column_count_to_be_between": Kind.SCHEMA,
    "expect_table_column_count_to_equal": Kind.SCHEMA,
    "expect_table_columns_to_match_ordered_list": Kind.SCHEMA,
    "expect_table_columns_to_match_set": Kind.SCHEMA,
    "expect_table_row_count_to_be_between": Kind.VOLUME,
    "expect_table_row_count_to_equal": Kind.VOLUME,
    "expect_table_row_count_to_equal_other_table": Kind.RECONCILIATION,
}


def snake_case(name: str) -> str:
    """`ExpectColumnValuesToBeUnique` as `expect_column_values_to_be_unique`; snake_case stays as it is."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def check_kwargs(expectation_type: str, given: set[str]) -> None:
    """Refuse an unknown type or argument, or a missing one, with the nearest allowed name; raises ValueError."""
    if expectation_type not in TYPES:
        near = get_close_matches(expectation_type, TYPES, n=1)
        raise ValueError(
            f"no expectation is called {expectation_type!r}" + (f"; did you mean {near[0]!r}?" if near else "")
        )
    words = TYPES[expectation_type].split()
    allowed = {word.rstrip("*") for word in words}
    required = {word.rstrip("*") for word in words if word.endswith("*")}
    if unknown := sorted(given - allowed):
        raise ValueError(
            f"{expectation_type} takes no argument {unknown[0]!r}; allowed are {', '.join(sorted(allowed))}"
        )
    if missing := sorted(required - given):
        raise ValueError(f"{expectation_type} needs the argument {missing[0]!r}")
