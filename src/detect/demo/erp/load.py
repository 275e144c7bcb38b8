"""The generated manufacturer's warehouse as one SQLite file, and its folder as `detect init --with` writes it."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path

from detect.config.starting import PACKS, start
from detect.demo.erp.faults import PLANTED
from detect.demo.erp.rows import DAY, TABLES, Tables, ordinary
from detect.demo.load import Progress
from detect.errors import DownloadError

__all__ = ["FIRST", "LAST", "load_erp", "write_configuration"]

FIRST, LAST, SEED = date(2025, 3, 3), date(2025, 9, 30), 20250303
TARGETS = """# What finance planned, month by month.
targets:
  - id: cash_plan
    name: {en: Cash received against plan, zh: 現金收款對計劃}
    metric: cash_received
    direction: down
    tolerance: 0.15
    values: {2025-04: 140000, 2025-05: 130000, 2025-06: 140000, 2025-07: 140000, 2025-08: 140000, 2025-09: 150000}
  - id: margin_plan
    name: {en: Gross margin against plan, zh: 毛利率對計劃}
    metric: gross_margin
    direction: down
    tolerance: 0.1
    values: {2025-04: 0.42, 2025-05: 0.42, 2025-06: 0.42, 2025-07: 0.42, 2025-08: 0.42, 2025-09: 0.42}
"""


def load_erp(warehouse: Path, progress: Progress | None = None, *, planted: bool = True) -> int:
    """Generate all days into a new SQLite file, with the planted faults unless asked without; return how many rows.

    The file appears whole or not at all.
    """
    made = ordinary(FIRST, LAST, SEED)
    for fault in PLANTED if planted else ():
        fault.plant(made, fault.day)
    try:
        warehouse.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=warehouse.parent, prefix=".loading-") as folder:
            part = Path(folder) / warehouse.name
            with closing(sqlite3.connect(part)) as connection, connection:
                count = _fill(connection, made, progress)
            part.replace(warehouse)
    except (OSError, sqlite3.Error) as error:
        raise DownloadError(
            f"The warehouse {warehouse} could not be written ({error})",
            "Make room or choose another folder with --dir.",
        ) from error
    return count


def write_configuration(directory: Path) -> None:
    """Write what `detect init --with` writes for all packs, under the company's own name."""
    start(directory, PACKS)
    company = directory / "config" / "company.yaml"
    text = company.read_text(encoding="utf-8")
    text = text.replace("id: company  ", "id: yuanfang ", 1)
    text = text.replace(
        "{en: Our company, zh: 本公司}", "{en: Yuanfang Works (generated), zh: 遠方製造（生成資料）}", 1
    )
    company.write_text(text, encoding="utf-8")
    (directory / "config" / "targets.yaml").write_text(TARGETS, encoding="utf-8")


def _fill(connection: sqlite3.Connection, made: Tables, progress: Progress | None) -> int:
    whole = sum(map(len, made.rows.values()))
    count = 0
    for name, columns in TABLES.items():
        connection.execute(f'CREATE TABLE "{name}" ({", ".join(f"{column} {kind}" for column, kind in columns)})')
        places = ", ".join("?" * len(columns))
        rows = [tuple(row[column] for column, _ in columns) for row in made.rows[name]]
        connection.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)  # noqa: S608 - names stand in the package
        connection.execute(f'CREATE INDEX "{name}_day" ON "{name}" ({DAY[name]})')
        count += len(rows)
        if progress:
            progress(count, whole)
    return count
