"""What a night keeps of its walk through the days, and when it is walked anew."""

from dataclasses import fields

import numpy as np
import pytest
from tests.company import BEFORE

from detect.detectors._base import Baseline
from detect.model import SeriesKey
from detect.pipeline import inquiring, kept_baseline
from detect.pipeline.inquiring import Examiner
from detect.pipeline.session import open_session

REVENUE = SeriesKey("revenue", "")


def arrays(base):
    """Return every array of a baseline by name."""
    found = {f.name: getattr(base, f.name) for f in fields(Baseline)}
    found |= {f"{name}.{k}": v for name in ("statistics", "onset") for k, v in found.pop(name).items()}
    return found | {f"transform.{k}": v for k, v in vars(found.pop("transform")).items()}


@pytest.fixture
def walks(monkeypatch):
    """Count the walks that are asked for."""
    counted = []
    replay = kept_baseline.Replay
    for module in (kept_baseline, inquiring):
        monkeypatch.setattr(module, "Replay", lambda *given: counted.append(given) or replay(*given))
    return counted


def test_what_was_kept_is_what_was_walked_and_is_not_walked_again(tea, walks):
    """Every array comes back to the last bit; an analyst's question about the night costs no walk, and one copy alone is kept."""
    with open_session(tea.book) as session:
        first = Examiner(session, BEFORE, keep=True)
        walked, asked = arrays(first.evidence[0].baseline), first.at(REVENUE)
        again = Examiner(session, BEFORE)
        read = arrays(again.evidence[0].baseline)
        assert repr(again.at(REVENUE)) == repr(asked)
    assert len(walks) == 1
    assert read.keys() == walked.keys()
    for name, array in walked.items():
        np.testing.assert_array_equal(read[name], array, err_msg=name)
    kept = [row for row in tea.stored()["models"] if row[0] == "baseline"]
    assert len(kept) == 1


@pytest.mark.parametrize("change", ["a figure", "a setting", "a calendar"])
def test_what_was_kept_is_walked_anew_once_anything_it_was_made_of_changed(tea, walks, change):
    """Another figure of the past, another setting of the detector, another closed day: none of them meets the old walk."""
    with open_session(tea.book) as session:
        _ = Examiner(session, BEFORE, keep=True).evidence
    if change == "a figure":
        with tea.store() as store:
            known = store.read_observations(["revenue"], BEFORE, BEFORE).query("segment == ''")
            store.write_observations(known.assign(value=known["value"] + 1.0), BEFORE)
    elif change == "a setting":
        tea.replace("config/policy.yaml", "budget: 2.0", "budget: 2.0, structural: {memory: 50}")
    else:
        tea.replace("config/company.yaml", "closed_weekdays: []", "closed_weekdays: [6]")
    with open_session(tea.book) as session:
        _ = Examiner(session, BEFORE).evidence
    assert len(walks) == 2
