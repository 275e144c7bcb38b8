"""The boundary between numpy/pandas and SQL."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.db.values import canonical, clean, digest, to_python
from detect.model import Level, Text


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int64(7), 7),
        (np.bool_(True), True),  # noqa: FBT003 -- the very type under test
        (np.float32(0.5), 0.5),
        (np.str_("a"), "a"),
        (np.datetime64("2026-01-31"), date(2026, 1, 31)),
        (pd.Timestamp("2026-01-31 10:00"), datetime(2026, 1, 31, 10)),  # noqa: DTZ001 -- a warehouse's time without zone
        (np.datetime64("NaT"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (Decimal("1.25"), 1.25),
        (Level.MAJOR, 1),
        (Text(en="a", zh="b"), {"en": "a", "zh": "b"}),
        (np.array([1, 2]), [1, 2]),
        ({np.int64(1): (np.float64(2),)}, {"1": [2.0]}),
    ],
)
def test_every_kind_of_value_becomes_plain_python(value: Any, plain: Any) -> None:
    """Scalars and containers of numpy, pandas and our own come out as types that both drivers and JSON take."""
    result = to_python(value)
    assert result == plain
    assert type(result) is type(plain)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, np.float64("-inf"), Decimal("NaN"), 2**63, np.uint64(2**63), object()]
)
def test_what_no_database_holds_is_refused(value: Any) -> None:
    """Non-finite numbers, integers past 64 bits and unknown types raise instead of becoming NULL or bytes."""
    with pytest.raises(ValueError, match=r"finite|integer|type"):
        to_python(value)


def test_text_is_made_storable() -> None:
    """NUL and lone surrogates, which one or both databases refuse, are replaced; equal letters become one form."""
    assert clean("a\0b\ud800") == "a\ufffdb\ufffd"
    assert clean("e\u0301") == "\u00e9"


def test_a_digest_ignores_what_is_no_change() -> None:
    """Order of keys, type of number and the 13th digit do not change a digest; the 12th does."""
    base = {"a": 1.0, "b": [0.1 + 0.2], "at": datetime(2026, 1, 1, tzinfo=UTC)}
    same = {"at": base["at"], "b": (np.float64(0.3),), "a": 1}
    assert digest(base) == digest(same)
    assert digest(base) != digest(base | {"a": 1.00000000001})


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**62), 2**62)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_canonical_json_is_stable(value: Any) -> None:
    """What canonical JSON says, read back and written again, is the same text: a stored digest can be checked later."""
    once = canonical(value)
    assert canonical(json.loads(once)) == once
