"""A new company's folder, and what `doctor` says of a fit and of a broken one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.company import Company

from detect.cli.app import run


def test_a_new_folder_is_valid_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`init` writes a folder that `validate` accepts unedited; a folder that holds anything is refused and left alone."""
    folder = tmp_path / "new"
    assert run(["init", str(folder)]) == 0
    assert "config/company.yaml" in capsys.readouterr().out
    assert run(["validate", "--config", str(folder)]) == 0
    assert run(["init", str(folder)]) == 2
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "letter.txt").write_text("mine")
    assert run(["init", str(kept)]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in kept.iterdir()] == ["letter.txt"]


Examine = Callable[..., dict[str, Any]]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Examine:
    """Give `doctor --json` as what was found by name, with its exit code under ''."""

    def call(company: Company, *words: str) -> dict[str, Any]:
        capsys.readouterr()
        code = run(["doctor", "--config", str(company.folder), "--json", *words])
        return {e["what"]: e for e in json.loads(capsys.readouterr().out)} | {"": code}

    return call


def test_a_fit_company_passes_and_its_channels_answer(tea: Company, doctor: Examine) -> None:
    """With databases that answer there is no fault, and every channel accepts the test message."""
    found = doctor(tea, "--send-test")
    assert found[""] == 0
    assert found["warehouse: sales"]["state"] == found["store"]["state"] == "ok"
    assert {found[f"channel {name}"]["state"] for name in ("mail", "inbox")} == {"ok"}


def test_each_fault_says_what_to_do(tea: Company, doctor: Examine) -> None:
    """A lost table and a damaged store are faults with a remedy each, exit 3; the other table is still looked at."""
    tea.warehouse("DROP TABLE deliveries")
    (tea.folder / "var" / "store.db").write_bytes(b"no database" * 1000)
    found = doctor(tea)
    assert found[""] == 3
    assert found["warehouse: deliveries"]["state"] == found["store"]["state"] == "fault"
    assert found["warehouse: deliveries"]["remedy"]
    assert found["store"]["remedy"]
    assert found["warehouse: sales"]["state"] == "ok"


def test_a_channel_that_refuses_is_told(tea: Company, doctor: Examine) -> None:
    """A folder that cannot be written to is named, and the exit code is that of messages."""
    blocked = tea.folder / "var" / "mails"
    blocked.write_text("a file where the folder should be")
    found = doctor(tea, "--send-test")
    assert found[""] == 4
    assert found["channel mail"]["state"] == "undelivered"
