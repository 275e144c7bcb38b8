"""Signs for review: each planted one is found, ordinary payments give none, and nothing is called fraud."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from detect.checks.audit import AuditSettings, SignKind, duplicates, off_hours, reversals, round_amounts, signs, splits
from detect.checks.benford import first_digits
from detect.checks.telling import audit_findings
from detect.model import Kind

SETTINGS = AuditSettings(approval_limits=(10_000.0,))


def payments(*rows: tuple[str, str, float, str, str]) -> pd.DataFrame:
    """Make a frame of (id, vendor, amount, time, document)."""
    frame = pd.DataFrame(rows, columns=["id", "vendor", "amount", "posted_at", "document"])
    return frame.assign(posted_at=pd.to_datetime(frame["posted_at"], format="ISO8601"))


def ordinary(seed: int, count: int = 3000) -> pd.DataFrame:
    """Generate payments as they come: 60 vendors, working hours, every document once, amounts to the cent."""
    random = np.random.default_rng(seed)
    days = pd.bdate_range("2024-01-01", periods=250)[random.integers(0, 250, count)]
    times = days + pd.to_timedelta(random.integers(8 * 60, 18 * 60, count), unit="min")
    return pd.DataFrame(
        {
            "id": [f"p{n:05d}" for n in range(count)],
            "vendor": [f"v{n:02d}" for n in random.integers(0, 60, count)],
            "amount": np.round(np.exp(random.normal(6, 1.2, count)), 2),
            "posted_at": times,
            "document": [f"INV-{n:06d}" for n in range(count)],
        }
    )


def found(results: list) -> list[tuple[SignKind, tuple[str, ...]]]:
    return [(s.kind, s.rows) for s in results]


def test_ordinary_payments_give_hardly_a_sign() -> None:
    """In three thousand payments without a plant there are at most three signs, and each says it is for review."""
    results = signs(ordinary(1), SETTINGS)
    assert len(results) <= 3
    assert all(s.text.en.startswith("For review") and s.text.zh.startswith("供覆核") for s in results)


def test_a_document_paid_twice_is_found_however_it_is_spelt() -> None:
    """0042-A and 42 a are one document; another vendor's is another one, and what was paid back does not count."""
    frame = payments(
        ("a", "v1", 512.3, "2024-03-04 10:00", "0042-A"),
        ("b", "v1", 512.3, "2024-05-06 10:00", "42 a"),
        ("c", "v2", 512.3, "2024-05-06 10:00", "42-A"),
        ("d", "v3", 99.9, "2024-05-06 10:00", "7"),
        ("e", "v3", 99.9, "2024-05-07 10:00", "7"),
        ("f", "v3", -99.9, "2024-05-08 10:00", "7"),
    )
    assert found(duplicates(frame, SETTINGS)) == [(SignKind.DUPLICATE, ("a", "b"))]


def test_near_duplicates_are_close_in_time_and_not_regular() -> None:
    """The same amount under another number within days is near; a rent paid every week is not."""
    weekly = [(f"r{n}", "landlord", 800.0, f"2024-03-{1 + 7 * n:02d} 09:00", f"R{n}") for n in range(4)]
    frame = payments(("a", "v1", 512.3, "2024-03-04 10:00", "1"), ("b", "v1", 512.3, "2024-03-08 10:00", "2"), *weekly)
    assert found(duplicates(frame, SETTINGS)) == [(SignKind.NEAR_DUPLICATE, ("a", "b"))]


def test_parts_under_a_limit_that_pass_it_together_are_found() -> None:
    """Two payments of 6,000 within three days pass a limit of 10,000; a month apart, or of 4,000, they do not."""
    frame = payments(
        ("a", "v1", 6000.5, "2024-03-04 10:00", "1"),
        ("b", "v1", 6000.5, "2024-03-06 10:00", "2"),
        ("c", "v1", 6100.0, "2024-04-06 10:00", "3"),
        ("d", "v2", 4000.0, "2024-03-04 10:00", "4"),
        ("e", "v2", 4100.0, "2024-03-04 11:00", "5"),
    )
    (sign,) = splits(frame, SETTINGS)
    assert (sign.rows, sign.amount, sign.evidence["limit"]) == (("a", "b"), 12001.0, 10_000.0)


def test_a_reversal_within_minutes_is_found() -> None:
    """An entry taken back after six seconds is a sign; after a week it is bookkeeping."""
    frame = payments(
        ("a", "v1", 982873.81, "2024-04-29 10:00:00", "1"),
        ("b", "v1", -982873.81, "2024-04-29 10:00:06", "1"),
        ("c", "v1", 10.0, "2024-04-01 10:00", "2"),
        ("d", "v1", -10.0, "2024-04-08 10:00", "2"),
    )
    (sign,) = reversals(frame, SETTINGS)
    assert (sign.rows, sign.evidence["minutes"], sign.last_day) == (("a", "b"), 0.1, date(2024, 4, 29))


def test_round_amounts_stand_out_beside_the_other_vendors() -> None:
    """Eight round amounts of ten are a sign where round ones are one in a thousand."""
    frame = ordinary(2)
    frame.loc[frame.index[frame["vendor"] == "v07"][:8], "amount"] = 3000.0
    (sign,) = round_amounts(frame, SETTINGS)
    assert (sign.evidence["vendor"], sign.evidence["round_payments"]) == ("v07", 8)


def test_off_hours_are_a_sign_only_where_they_are_rare() -> None:
    """A posting on Sunday night is a sign in an office, not in a shop that posts every Sunday."""
    frame = ordinary(3, 500)
    frame.loc[5, "posted_at"] = pd.Timestamp("2024-03-10 23:40")
    assert found(off_hours(frame, SETTINGS)) == [(SignKind.OFF_HOURS, ("p00005",))]
    frame.loc[:100, "posted_at"] = pd.Timestamp("2024-03-10 12:00")
    assert off_hours(frame, SETTINGS) == []


def test_only_recent_signs_are_told_at_night() -> None:
    """With `since` a sign whose last row is older stays untold."""
    frame = payments(("a", "v1", 5.0, "2024-03-04 10:00", "1"), ("b", "v1", 5.0, "2024-03-04 11:00", "1"))
    assert len(signs(frame, SETTINGS, since=date(2024, 3, 4))) == 1
    assert signs(frame, SETTINGS, since=date(2024, 3, 5)) == []


@pytest.mark.parametrize(("rows", "conforms"), [(20_000, True), (4_000, None)])
def test_first_digits_are_asked_for_only_of_many_amounts(rows: int, conforms: bool | None) -> None:
    """Log-uniform amounts conform to Benford's law; four thousand rows are too few to say; uniform amounts span too little."""
    random = np.random.default_rng(4)
    result = first_digits(10 ** random.uniform(0, 5, rows), SETTINGS)
    assert result.conforms is conforms
    assert bool(result.declined) is (conforms is None)
    assert "powers of ten" in first_digits(random.uniform(100, 900, 20_000), SETTINGS).declined
    assert (
        first_digits(
            10 ** random.uniform(0, 5, 20_000) // 1 * 0 + 10.0 ** random.integers(0, 5, 20_000) * 7.3, SETTINGS
        ).conforms
        is False
    )


def test_a_sign_becomes_a_finding_for_audit_with_its_money_at_stake() -> None:
    """The finding goes to the department given, says that it is for review, and names the rows."""
    frame = payments(("a", "v1", 5.5, "2024-03-04 10:00", "1"), ("b", "v1", 5.5, "2024-03-04 11:00", "1"))
    (finding,) = audit_findings(duplicates(frame, SETTINGS), "payments", date(2024, 3, 4), department="audit")
    assert (finding.subject, finding.segment, finding.kind) == ("payments:duplicate", "a", Kind.AUDIT_SIGN)
    assert (finding.department, finding.stake) == ("audit", 11.0)
    assert finding.evidence["for_review"].startswith("For review")
