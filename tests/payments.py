"""The payment office: a company on a real log of payment requests, whole where the file is at hand, else the sample in `tests/data`.

The log: BPI Challenge 2020, TU Eindhoven, CC BY 4.0 (see NOTICE). The sample holds every request for payment of both years.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd

DATA = Path(__file__).parent / "data" / "payments"
SAMPLE = DATA / "requests.parquet"
ZONE = "Europe/Amsterdam"
COLUMNS = ["case_id", "activity", "at", "role", "amount_eur", "unit", "doc_type"]


def sample() -> pd.DataFrame:
    """Return the events of the sample."""
    return pd.read_parquet(SAMPLE).assign(doc_type="request_for_payment")


def prepare(folder: Path, events: pd.DataFrame) -> Path:
    """Make the company's folder with these events in its warehouse; times become wall time of the office, for that is its day."""
    shutil.copytree(DATA / "config", folder / "config")
    if set(events["doc_type"]) == {
        "request_for_payment"
    }:  # the sample holds no declarations, so their process is not watched
        processes = folder / "config" / "processes.yaml"
        text = processes.read_text(encoding="utf-8")
        processes.write_text(text[: text.index("  - id: declaration")], encoding="utf-8")
    warehouse = folder / "var" / "warehouse.db"
    warehouse.parent.mkdir(parents=True)
    at = events["timestamp"].dt.tz_convert(ZONE).dt.strftime("%Y-%m-%d %H:%M:%S")
    with closing(sqlite3.connect(warehouse)) as connection, connection:
        events.assign(at=at)[COLUMNS].to_sql("events", connection, index=False)
        connection.execute("CREATE INDEX events_at ON events (at)")
    return folder
