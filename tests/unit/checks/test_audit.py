"""Signs for review: each planted one is found, ordinary payments give none, and nothing is called fraud."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from detect.checks.audit import duplicates, off_hours, read_rows, reversals, round_amounts, splits
from detect.checks.audit_accounts import shared, shared_accounts
from detect.checks.audit_amounts import extreme_amounts
from detect.checks.audit_periods import late_postings, period_end_reversals
from detect.checks.audit_settings import SIGNS, AccountList, AuditSettings, SignKind
from detect.checks.auditing import audit
from detect.checks.benford import first_digits
from detect.checks.telling import audit_findings
from detect.errors import InputError
from detect.model import Kind, Outcome, Text

SETTINGS = AuditSettings(
    id="payables",
    name=Text(en="Payments", zh="付款"),
    source="payments",
    department="audit",
    document="document",
    approval_limits=(10_000.0,),
)


def payments(*rows: tuple[str, str, float, str, str]) -> pd.DataFrame:
    """Make a frame of (id, vendor, amount, time, document)."""
    frame = pd.DataFrame(rows, columns=["id", "vendor", "amount", "posted_at", "document"])
    return read_rows(frame, SETTINGS, "posted_at")


def ordinary(seed: int, count: int = 3000) -> pd.DataFrame:
    """Generate payments as they come: 60 vendors, working hours, every document once, amounts to the cent."""
    random = np.random.default_rng(seed)
    days = pd.bdate_range("2024-01-01", periods=250)[random.integers(0, 250, count)]
    times = days + pd.to_timedelta(random.integers(8 * 60, 18 * 60, count), unit="min")
    frame = pd.DataFrame(
        {
            "id": [f"p{n:05d}" for n in range(count)],
            "vendor": [f"v{n:02d}" for n in random.integers(0, 60, count)],
            "amount": np.round(np.exp(random.normal(6, 1.2, count)), 2),
            "posted_at": times,
            "document": [f"INV-{n:06d}" for n in range(count)],
        }
    )
    return read_rows(frame, SETTINGS, "posted_at")


def found(results: list) -> list[tuple[SignKind, tuple[str, ...]]]:
    return [(s.kind, s.rows) for s in results]


def test_ordinary_payments_give_hardly_a_sign() -> None:
    """In 12 days of ordinary payments there are at most three signs, and no wording speaks of guilt."""
    rows = ordinary(1)
    days = sorted(set(rows["_day"]))[200:212]
    assert sum(len(audit(rows, SETTINGS, day).signs) for day in days) <= 3
    blame = ("fraud", "guilt", "crime", "theft", "舞弊", "犯罪", "盜")
    assert not [t for t in SIGNS.values() for word in blame if word in f"{t.en}{t.zh}".lower()]


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
    assert found(off_hours(frame, SETTINGS)) == [(SignKind.OFF_HOURS, (frame.loc[5, "id"],))]
    frame.loc[:100, "posted_at"] = pd.Timestamp("2024-03-10 12:00")
    assert off_hours(frame, SETTINGS) == []


def test_only_signs_of_the_day_are_told_at_night() -> None:
    """A sign is told on the day of its last row, and not again on the next."""
    frame = payments(("a", "v1", 5.0, "2024-03-04 10:00", "1"), ("b", "v1", 5.0, "2024-03-04 11:00", "1"))
    told = audit(frame, SETTINGS, date(2024, 3, 4))
    assert told.outcomes[SignKind.DUPLICATE] is Outcome.FINDING
    assert audit(frame, SETTINGS, date(2024, 3, 5)).signs == ()


def test_what_a_night_sees_does_not_depend_on_the_rows_read_for_later_nights() -> None:
    """A night cut out of a longer read says what it says alone."""
    rows = ordinary(6)
    day = date(2024, 9, 2)
    alone = rows[(rows["_day"] <= day) & (rows["_day"] >= date(2024, 6, 4))].reset_index(drop=True)
    assert audit(rows, SETTINGS, day) == audit(alone, SETTINGS, day)


def test_an_entry_reversed_in_the_next_period_is_found() -> None:
    """Entered on the 30th and taken back on the 2nd is a sign; taken back in the same month, or a year later, it is not."""
    frame = payments(
        ("a", "v1", 9000.0, "2024-03-30 10:00", "1"),
        ("b", "v1", -9000.0, "2024-04-02 10:00", "1"),
        ("c", "v2", 700.0, "2024-03-29 10:00", "2"),
        ("d", "v2", -700.0, "2024-03-30 10:00", "2"),
        ("e", "v3", 800.0, "2023-03-30 10:00", "3"),
        ("f", "v3", -800.0, "2024-04-02 10:00", "3"),
    )
    (sign,) = period_end_reversals(frame, SETTINGS)
    assert (sign.rows, sign.amount, sign.last_day) == (("a", "b"), 9000.0, date(2024, 4, 2))


def test_a_document_posted_after_the_close_of_its_month_is_found() -> None:
    """A document of March posted on 11 April is past a close of ten days; on 10 April it is not."""
    settings = SETTINGS.model_copy(update={"document_date": "dated"})
    frame = payments(("a", "v1", 5.0, "2024-04-10 23:00", "1"), ("b", "v1", 6.0, "2024-04-11 00:10", "2"))
    rows = read_rows(frame.assign(dated="2024-03-05"), settings, "posted_at")
    (sign,) = late_postings(rows, settings)
    assert (sign.rows, sign.evidence["oldest_document"]) == (("b",), "2024-03-05")


def test_an_amount_that_comes_once_in_years_is_found_and_the_largest_of_a_month_is_not() -> None:
    """A hundred times the largest of the year is extreme; the largest of some weeks is not; few rows cannot tell."""
    rows = ordinary(7)
    day = max(rows["_day"])
    at = rows.index[rows["_day"] == day][0]
    largest = rows["amount"].max()
    rows.loc[at, "amount"] = 100 * largest
    (sign,) = extreme_amounts(rows, SETTINGS, day) or []
    assert sign.rows == (rows.loc[at, "id"],)
    rows.loc[at, "amount"] = rows["amount"].quantile(0.99)
    assert extreme_amounts(rows, SETTINGS, day) == []
    assert extreme_amounts(rows.tail(300), SETTINGS, day) is None


def test_a_vendor_with_an_employees_account_is_found_however_it_is_spelt() -> None:
    """GB12 3456 and gb12-3456 are one account; an empty one is nobody's."""
    lists = {
        "vendors": AccountList(source="vendors", id="vendor", account="iban"),
        "employees": AccountList(source="staff", id="person", account="bank"),
    }
    settings = SETTINGS.model_copy(update=lists)
    vendors = pd.DataFrame({"vendor": ["v1", "v2", "v3"], "iban": ["GB12 3456", "GB99", ""]})
    staff = pd.DataFrame({"person": ["e7", "e8"], "bank": ["gb12-3456", None]})
    employees = shared(vendors, staff, settings)
    assert employees == {"v1": ("e7",)}
    frame = payments(("a", "v1", 5.0, "2024-03-04 10:00", "1"), ("b", "v2", 6.0, "2024-03-04 10:00", "2"))
    (sign,) = shared_accounts(frame, settings, employees)
    assert (sign.place, sign.rows, sign.evidence["employees"]) == ("v1", ("a",), ["e7"])


def test_amounts_that_are_no_numbers_are_refused_by_name() -> None:
    """Text where an amount should be is told with the audit's name."""
    frame = pd.DataFrame(
        {"id": ["a"], "vendor": ["v"], "amount": ["ten"], "posted_at": ["2024-03-04"], "document": ["1"]}
    )
    with pytest.raises(InputError, match="payables"):
        read_rows(frame, SETTINGS, "posted_at")


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
    """The finding goes to audit's department and names the rows."""
    frame = payments(("a", "v1", 5.5, "2024-03-04 10:00", "1"), ("b", "v1", 5.5, "2024-03-04 11:00", "1"))
    (finding,) = audit_findings(duplicates(frame, SETTINGS), SETTINGS, date(2024, 3, 4))
    assert (finding.subject, finding.segment, finding.kind) == ("payables:duplicate", "a", Kind.AUDIT_SIGN)
    assert (finding.department, finding.stake) == ("audit", 11.0)
    assert finding.evidence["rows"] == ["a", "b"]
