"""The history of every series: each value with the night that first saw it, so that what was known then can be had again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, String, insert, select, type_coerce

from detect.db.leases import fence
from detect.db.records import Lease
from detect.db.tables import observations as table
from detect.db.values import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "late_days", "observed_until", "read", "write"]

COLUMNS = ("metric", "segment", "day", "value", "weight", "rows", "repeated")
KEY = ["metric", "segment", "day"]
NUMBERS = ("value", "weight", "rows", "repeated")
REVISIONS = ("metric", "segment", "day", "revision", "as_of", *NUMBERS)
LIST_LIMIT = 5000  # names in one IN list; beyond it the whole window is read and sorted out here
CHUNK = 100_000  # rows fetched or written at a time
Span = tuple[Collection[str], date, date]  # metrics, first day, last day
TOLERANCE = 1e-12  # of a value: less is the order of a summation, not a correction


def write(
    connection: Connection, frame: pd.DataFrame, as_of: date, lease: Lease | None, complete_for: Span | None
) -> int:
    """Insert values that are new or differ from what was known on their night; returns how many."""
    import pandas as pd

    fence(connection, lease)
    tidy = _tidy(frame, as_of)
    kept = _kept(connection, tidy, complete_for)
    if complete_for is not None:
        tidy = pd.concat([tidy, _vanished(kept, tidy, as_of, complete_for)], ignore_index=True)
    # A value that the frame has for several nights is written night after night; usually there is one turn.
    turn = tidy.sort_values("as_of", kind="stable").groupby(KEY, sort=False).cumcount().reindex(tidy.index)
    written = 0
    for number in sorted(turn.unique()):
        new = tidy[turn == number]
        written += _write_changed(connection, new, kept if number == 0 else _kept(connection, new, None))
    return written


def _kept(connection: Connection, tidy: pd.DataFrame, span: Span | None) -> pd.DataFrame:
    """Read every revision of the days and metrics concerned, once for all that is asked of them."""
    metrics = {*tidy["metric"].unique(), *(span[0] if span else ())}
    days = [*([tidy["day"].min().date(), tidy["day"].max().date()] if len(tidy) else []), *(span[1:] if span else ())]
    return _fetch(connection, sorted(metrics), min(days), max(days)) if days else _frame([], REVISIONS)


def _tidy(frame: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Bring the frame into the table's types: days as datetime64[s], non-finite numbers as NaN, repeats as a count."""
    import pandas as pd

    tidy = pd.DataFrame(index=pd.RangeIndex(len(frame)))
    for name in ("metric", "segment"):
        codes, found = pd.factorize(frame[name])
        tidy[name] = np.array([clean(str(text)) for text in found], dtype=object)[codes]
    tidy["day"] = pd.to_datetime(frame["day"].to_numpy()).astype("datetime64[s]")
    for name in ("value", "weight"):
        numbers = pd.to_numeric(frame[name]).to_numpy(float) if name in frame else np.full(len(frame), np.nan)
        tidy[name] = np.where(np.isfinite(numbers), numbers, np.nan)
    for name, absent in (("rows", 1), ("repeated", 0)):
        tidy[name] = pd.to_numeric(frame[name]).fillna(absent).to_numpy("int64") if name in frame else absent
    nights = frame["as_of"].to_numpy() if "as_of" in frame else np.full(len(frame), np.datetime64(as_of, "s"))
    tidy["as_of"] = pd.to_datetime(nights).astype("datetime64[s]")
    return tidy.drop_duplicates([*KEY, "as_of"], keep="last")


def _vanished(kept: pd.DataFrame, tidy: pd.DataFrame, as_of: date, span: Span) -> pd.DataFrame:
    """Return empty rows for values known of the span that the frame has no more.

    Only totals and segments that the frame has on other days: a segment that is not in it at all may just be watched no longer.
    And only what came from rows: a zero that was filled in may lie before the segment's first row in a shorter frame.
    """
    import pandas as pd

    metrics, first, last = span
    mine = kept["metric"].isin(list(metrics)) & kept["day"].between(pd.Timestamp(first), pd.Timestamp(last))
    known = _latest(kept[mine & (kept["as_of"] <= pd.Timestamp(as_of))])
    known = known[known["rows"] > 0].sort_values(KEY)[list(COLUMNS)]
    series = ["metric", "segment"]
    watched = (known["segment"] == "") | _among(known[series], tidy[series])
    gone = known[watched & ~_among(known[KEY], tidy[KEY])]
    return gone.assign(value=np.nan, weight=np.nan, rows=0, repeated=0, as_of=np.datetime64(as_of, "s"))


def _among(rows: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    """Say of each of `rows` whether `others` has it too."""
    import pandas as pd

    found = rows.merge(others.drop_duplicates(), how="left", indicator=True)["_merge"] == "both"
    return pd.Series(found.to_numpy(), rows.index)


def _write_changed(connection: Connection, new: pd.DataFrame, kept: pd.DataFrame) -> int:
    """Insert the rows that differ from what their own night knew; each value is in `new` once, `kept` holds what is there of it."""
    top = kept.groupby(KEY)["revision"].max().rename("top")
    nights = kept.merge(new[[*KEY, "as_of"]].rename(columns={"as_of": "night"}), on=KEY)
    known = _latest(nights[nights["as_of"] <= nights["night"]]).set_index(KEY)[list(NUMBERS)].add_prefix("old_")
    joined = new.join(known, on=KEY).join(top, on=KEY)
    same = joined["old_rows"].notna().to_numpy()
    for name in NUMBERS:
        same = same & _equal(joined[name].to_numpy(float), joined[f"old_{name}"].to_numpy(float))
    changed = joined[~same].sort_values(KEY)
    for start in range(0, len(changed), CHUNK):  # as plain rows a long history would fill the memory
        connection.execute(insert(table), _rows(changed.iloc[start : start + CHUNK]))
    return len(changed)


def _equal(new: NDArray[np.float64], old: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.isclose(new, old, rtol=TOLERANCE, atol=0.0, equal_nan=True), dtype=bool)


def _rows(changed: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {
        "metric": changed["metric"].tolist(),
        "segment": changed["segment"].tolist(),
        "day": _days(changed["day"]),
        "revision": (changed["top"].fillna(0).to_numpy("int64") + 1).tolist(),
        "as_of": _days(changed["as_of"]),
        "rows": changed["rows"].tolist(),
        "repeated": changed["repeated"].tolist(),
    }
    for name in ("value", "weight"):  # NaN must reach SQL as NULL
        columns[name] = [None if np.isnan(number) else number for number in changed[name].tolist()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _days(column: pd.Series) -> list[Any]:
    return list(column.to_numpy("datetime64[D]").astype(object))


def read(
    connection: Connection,
    metrics: Iterable[str] | None,
    first: date,
    last: date,
    known: date | None,
    segments: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return the latest values known on a night: columns metric, segment, day (datetime64[s]), value, weight, rows, repeated."""
    kept = _fetch(
        connection,
        None if metrics is None else list(metrics),
        first,
        last,
        known,
        None if segments is None else list(segments),
    )
    latest = _latest(kept)
    vanished = latest["value"].isna() & latest["weight"].isna() & (latest["rows"] == 0)
    return latest[~vanished].sort_values(KEY, ignore_index=True)[list(COLUMNS)]


def observed_until(connection: Connection, metrics: Iterable[str]) -> dict[str, date]:
    """Return the last day kept of each metric that has any; one seek in the key a metric."""
    last = select(table.c.day).order_by(table.c.day.desc()).limit(1)
    found = {m: connection.execute(last.where(table.c.metric == m)).scalar() for m in metrics}
    return {metric: day for metric, day in found.items() if day is not None}


def late_days(connection: Connection, metrics: Iterable[str], first: date, last: date, night: date) -> list[date]:
    """Return the days first..last some figure of which the night saw anew or changed, of series known by the night of `last`."""
    before = table.alias()
    known = select(1).where(
        before.c.metric == table.c.metric, before.c.segment == table.c.segment, before.c.as_of <= last
    )
    query = select(table.c.day).distinct().where(table.c.day >= first, table.c.day <= last)
    query = query.where(table.c.as_of > last, table.c.as_of <= night, known.exists())
    names = list(metrics)
    found = {
        day
        for start in range(0, len(names), LIST_LIMIT)
        for day in connection.execute(query.where(table.c.metric.in_(names[start : start + LIST_LIMIT]))).scalars()
    }
    return sorted(found)


def _latest(kept: pd.DataFrame) -> pd.DataFrame:
    """Keep, of each value, the one seen last: by night, then by order of writing."""
    return kept.sort_values([*KEY, "as_of", "revision"]).drop_duplicates(KEY, keep="last")


def _fetch(
    connection: Connection,
    metrics: list[str] | None,
    first: date,
    last: date,
    known: date | None = None,
    segments: list[str] | None = None,
) -> pd.DataFrame:
    import pandas as pd

    names = REVISIONS
    # SQLite keeps days as text: pandas reads a column of them faster than SQLAlchemy one by one.
    text = connection.dialect.name == "sqlite"
    columns = [
        type_coerce(table.c[name], String).label(name) if text and name in {"day", "as_of"} else table.c[name]
        for name in names
    ]
    query = select(*columns).where(table.c.day >= first, table.c.day <= last)
    if metrics is not None and len(metrics) <= LIST_LIMIT:
        query = query.where(table.c.metric.in_(metrics))
    if segments is not None and len(segments) <= LIST_LIMIT:
        query = query.where(table.c.segment.in_(segments))
    if known is not None:
        query = query.where(table.c.as_of <= known)
    with connection.execute(query.execution_options(stream_results=True)) as result:
        parts = [_frame(part, names) for part in result.partitions(CHUNK)]
    kept = pd.concat(parts, ignore_index=True) if parts else _frame([], names)
    return kept if metrics is None or len(metrics) <= LIST_LIMIT else kept[kept["metric"].isin(metrics)]


def _frame(rows: Any, names: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    frame = pd.DataFrame(dict(zip(names, map(list, columns), strict=True)))
    for name in ("day", "as_of"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    kinds = dict.fromkeys(("value", "weight"), "float64") | dict.fromkeys(("revision", "rows", "repeated"), "int64")
    return frame.astype(kinds | dict.fromkeys(("metric", "segment"), "str"))
