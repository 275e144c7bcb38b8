"""A night killed in the middle, at many points, and run again."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import pytest
from tests.company import BREACH, Company, CopyCompany, Rows

from detect.errors import StoreBusy

# Runs in a process of its own: kills itself with SIGKILL when the named function is entered (or left) for the n-th time.
VICTIM = """
import importlib, os, signal, sys
from datetime import date
from pathlib import Path
folder, night, module, owner, name, moment = sys.argv[1:]
place = importlib.import_module(module)
place = getattr(place, owner) if owner else place
whole = getattr(place, name)
def dying(*args, **kwargs):
    if moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    whole(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(place, name, dying)
from detect.config import load
from detect.pipeline.nightly import run_nights
from detect.pipeline.order import Order
from detect.pipeline.session import open_session
from detect.pipeline.telling import deliver
with open_session(load(Path(folder), {})) as session:
    order = Order(date.fromisoformat(night), date.fromisoformat(night), holder="victim")
    list(run_nights(session, order))
    deliver(session, order.instant(session.book, order.last))
print("survived")
"""
POINTS = {
    "before the figures are kept": ("detect.db.store", "Store", "write_observations", "before"),
    "after the figures are kept": ("detect.db.store", "Store", "write_observations", "after"),
    "within the night's transaction": ("detect.db.outbox", "", "put", "after"),
    "after the night is committed": ("detect.db.store", "Store", "commit_night", "after"),
    "with a message sent and not settled": ("detect.db.store", "Store", "delivered", "before"),
}
ATTEMPTS = ("lease", "deliveries", "outbox", "inbox")  # their times are those of the attempt that succeeded


def victim(company: Company, point: tuple[str, str, str, str]) -> int:
    """Run the night of `BREACH` in a process that dies at `point`; return its exit code."""
    command = [sys.executable, "-c", VICTIM, str(company.folder), BREACH.isoformat(), *point]
    done = subprocess.run(
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False
    )
    assert "survived" not in done.stdout
    return done.returncode


def expire_lease(company: Company) -> None:
    """Let the dead run's lease run out, as the hours would."""
    with closing(sqlite3.connect(company.folder / "var" / "store.db")) as store, store:
        store.execute("UPDATE lease SET until = '2000-01-01T00:00:00.000000+00:00' WHERE holder IS NOT NULL")


def settled(company: Company) -> tuple[dict[str, Rows], list[tuple[object, ...]]]:
    """Return every table but those of single attempts, and what stands in outbox and inbox without times."""
    stored = company.stored()
    messages: list[tuple[object, ...]] = [(row[0], row[1], row[2], row[3], row[6]) for row in stored["outbox"]]
    messages += [(row[0], row[1], row[4]) for row in stored["inbox"]]
    return {name: rows for name, rows in stored.items() if name not in ATTEMPTS}, messages


@pytest.fixture(scope="module")
def undisturbed(judged_company, tmp_path_factory) -> Company:
    """Give the company after the same night undisturbed."""
    folder = tmp_path_factory.mktemp("undisturbed") / "tea"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    company.judge(BREACH)
    company.send(BREACH)
    return company


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
def test_a_killed_night_run_again_leaves_what_an_undisturbed_one_leaves(
    point: tuple[str, str, str, str], undisturbed: Company, company_copy: CopyCompany
):
    """Whatever the moment of death, nothing is half written, and the rerun completes every table to the last row."""
    company = company_copy("killed")
    assert victim(company, point) == -signal.SIGKILL
    expire_lease(company)
    company.judge(BREACH)
    with_late_claims = BREACH + timedelta(days=1)  # a claim of the dead sender runs out first
    company.send(BREACH)
    company.send(with_late_claims)
    assert settled(company) == settled(undisturbed)
    names = [sorted(path.name for path in (c.folder / "var" / "mails").iterdir()) for c in (company, undisturbed)]
    assert names[0] == names[1]


def test_a_dead_runs_lease_refuses_until_it_runs_out(company_copy: CopyCompany):
    """Nobody can know that the other is dead: until its lease runs out a run is refused with the name of the holder."""
    company = company_copy("held")
    assert victim(company, POINTS["after the figures are kept"]) == -signal.SIGKILL
    with pytest.raises(StoreBusy, match="victim"):
        company.judge(BREACH)
    expire_lease(company)
    (night,) = company.judge(BREACH)
    assert night.run.state == "complete"
