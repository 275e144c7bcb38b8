"""A real log of payment requests: the known incidents of the sample are told on their nights. The whole log runs in `make bench`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.company import Company
from tests.payments import SAMPLE, prepare, sample

from detect.model import Kind


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Give the payment office on the sample."""
    return Company(prepare(tmp_path_factory.mktemp("payments") / "office", sample()))


@pytest.mark.parametrize(
    ("night", "told"),
    [
        (date(2018, 1, 22), {("request", Kind.LEVEL_SHIFT)}),
        (date(2018, 4, 29), {("disbursements:extreme_amount", Kind.AUDIT_SIGN), ("largest_request", Kind.LIMIT)}),
        (date(2018, 3, 5), {("largest_payment", Kind.LIMIT)}),
    ],
)
def test_a_known_incident_of_the_sample_is_told_on_its_night(office: Company, night: date, told: set):
    """The roll-out as a shift, 982,873.81 entered and rejected six seconds later, 29,561.37 paid."""
    (result,) = office.judge(night, mode="backfill", notify=False)
    assert told <= {(finding.subject, finding.kind) for finding in result.findings}


def test_the_sample_is_small():
    """The file is under 500 KB."""
    assert Path(SAMPLE).stat().st_size < 500_000
