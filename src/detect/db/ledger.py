"""The run ledger: which runs there were, and how every planned check ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, tuple_

from detect.db.records import Run
from detect.db.tables import check_series, metadata
from detect.db.tables import checks as table
from detect.db.tables import runs as run_table
from detect.db.upsert import upsert
from detect.db.values import digest, to_python
from detect.model import Check, Outcome

__all__ = ["checks", "dump", "find", "runs", "write"]

TIMES = ("started_at", "finished_at")
RUN = (
    "run_id",
    "as_of",
    "scope",
    "mode",
    "state",
    *TIMES,
    "planned",
    "outcomes",
    "data_until",
    "config_digest",
    "program",
    "note",
)


def write(connection: Connection, run: Run, planned: Iterable[Check]) -> tuple[int, int]:
    """Write a run and its checks where they changed; returns (runs, checks) changed. Times alone are no change."""
    row = {name: to_python(getattr(run, name)) for name in RUN}
    rows = {(check.subject, check.detector): check for check in planned}
    series = {key: _series(run.run_id, check) for key, check in rows.items()}
    lines = [_line(run.run_id, check, series[key]) for key, check in rows.items()]
    everything = sorted(line["digest"] for line in lines)
    mark = digest([{k: v for k, v in row.items() if k not in TIMES}, everything])
    if not upsert(connection, run_table, [{**row, "digest": mark}]):
        return 0, 0
    before = _keys(connection, run.run_id)
    changed = [(c.subject, c.detector) for c in upsert(connection, table, lines)]
    gone = sorted(before - rows.keys())
    _delete(connection, table, run.run_id, gone)
    _delete(connection, check_series, run.run_id, [*gone, *sorted(before & set(changed))])
    if notable := [s for key in sorted(changed) for s in series[key]]:
        connection.execute(insert(check_series), notable)
    return 1, len(changed) + len(gone)


def _line(run_id: str, check: Check, series: list[dict[str, Any]]) -> dict[str, Any]:
    content = {
        "subject": check.subject,
        "detector": check.detector,
        "planned": to_python(check.planned),
        "outcomes": to_python(check.outcomes),
        "data_digest": check.digest,
    }
    return {"run_id": run_id, **to_python(content), "digest": digest([content, series])}


def _series(run_id: str, check: Check) -> list[dict[str, Any]]:
    head = {"run_id": run_id, "subject": check.subject, "detector": check.detector}
    named = {segment: (outcome, cause) for segment, outcome, cause in check.notable}
    rows = ({**head, "segment": s, "outcome": outcome, "cause": cause} for s, (outcome, cause) in sorted(named.items()))
    return [to_python(row) for row in rows]


def _keys(connection: Connection, run_id: str) -> set[tuple[str, str]]:
    query = select(table.c.subject, table.c.detector).where(table.c.run_id == run_id)
    return {(row.subject, row.detector) for row in connection.execute(query)}


def _delete(connection: Connection, stale: Any, run_id: str, keys: Sequence[tuple[str, str]]) -> None:
    for start in range(0, len(keys), 1000):
        chosen = tuple_(stale.c.subject, stale.c.detector).in_(keys[start : start + 1000])
        connection.execute(delete(stale).where(stale.c.run_id == run_id, chosen))


def find(connection: Connection, as_of: date, scope: str) -> Run | None:
    """Return the run of a date and scope that finished last."""
    query = select(run_table).where(run_table.c.as_of == as_of, run_table.c.scope == scope)
    row = connection.execute(query.order_by(run_table.c.finished_at.desc()).limit(1)).first()
    return _run(row) if row else None


def runs(connection: Connection, limit: int, *, whole: bool = False) -> list[Run]:
    """Return the last runs by business day; with `whole` none that was limited to some metrics."""
    order = (run_table.c.as_of.desc(), run_table.c.scope, run_table.c.run_id)
    query = select(run_table).order_by(*order).limit(limit)
    return [_run(row) for row in connection.execute(query.where(run_table.c.scope == "") if whole else query)]


def _run(row: Row[Any]) -> Run:
    values = {name: getattr(row, name) for name in RUN}
    return Run(**values | {"outcomes": {Outcome(k): v for k, v in row.outcomes.items()}})


def checks(connection: Connection, run_id: str) -> list[Check]:
    """Return the checks of a run with their notable series."""
    notable: dict[tuple[str, str], list[tuple[str, Outcome, str]]] = defaultdict(list)
    series = select(check_series).where(check_series.c.run_id == run_id).order_by(check_series.c.segment)
    for row in connection.execute(series):
        notable[row.subject, row.detector].append((row.segment, Outcome(row.outcome), row.cause))
    query = select(table).where(table.c.run_id == run_id).order_by(table.c.subject, table.c.detector)
    return [
        Check(
            subject=row.subject,
            detector=row.detector,
            planned=row.planned,
            outcomes={Outcome(k): v for k, v in row.outcomes.items()},
            digest=row.data_digest,
            notable=tuple(notable[row.subject, row.detector]),
        )
        for row in connection.execute(query)
    ]


def dump(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables, in key order."""
    return {
        name: [row._asdict() for row in connection.execute(select(every).order_by(*every.primary_key))]
        for name, every in sorted(metadata.tables.items())
    }
