"""A value that was never seen before in a column by which figures are split: told on the first day on which it weighs.

What is known of a column is kept in the store: the first day of every value. A value is new on a night when it was first seen in the week
up to it and, for the first time, holds a part of the day's rows that matters. A value that stops coming is told by `vanished_values`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from detect.cases.identity import VALUES
from detect.config.book import Book
from detect.db.records import Lease
from detect.model import Category, Check, Finding, Kind, Level, Outcome
from detect.pipeline.pulling import KEPT, Pulled
from detect.pipeline.session import Session
from detect.pipeline.suites import Checked

__all__ = ["CHANNEL", "Known", "entities", "keep_values", "known_values", "new_values", "subject_of", "values_by"]

CHANNEL = "new_value"
RECENT = timedelta(days=6)  # between a value's first day and the one on which it weighs
LEARNT = timedelta(days=28)  # of a table, before which every value is new
Known = Mapping[str, Mapping[str, date]]  # column -> value -> the first day on which it was seen


def known_values(session: Session, source: str, as_of: date) -> Known:
    """Return the first days of all values, as far as nights up to `as_of` have seen them."""
    stored = session.store.get_model(f"values {source}", as_of)
    columns = json.loads(stored.payload) if stored else {}
    return {c: {name: date.fromisoformat(day) for name, day in names.items()} for c, names in columns.items()}


def keep_values(session: Session, pulled: Iterable[Pulled], as_of: date, lease: Lease) -> None:
    """Store the first days of values that are new, or that late data show to be older."""
    for one in pulled:
        known = known_values(session, one.source, as_of)
        merged = _merged(known, one)
        if merged != known:
            plain = {c: {name: day.isoformat() for name, day in sorted(names.items())} for c, names in merged.items()}
            payload = json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()
            session.store.put_model(f"values {one.source}", as_of, KEPT, payload, lease)


def _merged(known: Known, one: Pulled) -> dict[str, dict[str, date]]:
    merged = {column: dict(names) for column, names in known.items()}
    for column, mix in one.mixes.items():
        names = merged.setdefault(column, {})
        for name, day in mix.first.items():
            names[name] = min(day, names.get(name, day))
    return merged


def values_by(session: Session, pulled: Iterable[Pulled], first: date) -> Mapping[str, Known]:
    """Return what is known of each source's columns: by the nights up to `first`, and by what was pulled."""
    return {one.source: _merged(known_values(session, one.source, first), one) for one in pulled}


def new_values(book: Book, pulled: Iterable[Pulled], values: Mapping[str, Known], night: date) -> Checked:
    """Return the new values of a night, and a row of the ledger for each column looked at."""
    findings: list[Finding] = []
    checks: list[Check] = []
    for one in pulled:
        for column in sorted(one.mixes.keys() - entities(book, one.source)):
            first = values[one.source][column]
            learnt = bool(first) and min(first.values()) + LEARNT <= night
            found = list(_new(book, one, column, first, night)) if learnt else []
            outcome = Outcome.FINDING if found else Outcome.OK if learnt else Outcome.INSUFFICIENT_HISTORY
            notable = tuple((f.segment, outcome, "a value never seen before") for f in found)
            checks.append(Check(subject_of(one.source, column), CHANNEL, 1, {outcome: 1}, notable=notable))
            findings += found
    return Checked(tuple(findings), tuple(checks))


def entities(book: Book, source: str) -> set[str]:
    """Return the columns that name customers or suppliers: those are watched one by one, and are nobody's to read in a table's case."""
    watched = {settings.metric for settings in book.policy.accounts}
    return {c for m in book.metrics.values() if m.id in watched and m.source == source for c in m.segments}


def subject_of(source: str, column: str) -> str:
    """Return the subject of what is found about the values of a column."""
    return f"{source}:{VALUES}{column}"


def _new(book: Book, one: Pulled, column: str, first: Mapping[str, date], night: date) -> Iterator[Finding]:
    shares = one.mixes[column].shares
    for name, began in sorted(first.items()):
        share = shares.get((name, night))
        if share is None or began < night - RECENT:
            continue
        if any((name, began + timedelta(days=n)) in shares for n in range((night - began).days)):
            continue  # told on that day
        source = book.sources[one.source]
        yield Finding(
            as_of=night,
            day=night,
            first_day=began,
            subject=subject_of(one.source, column),
            segment=name,
            channel=CHANNEL,
            category=Category.DATA,
            kind=Kind.SCHEMA,
            department=source.owner,
            severity=Level.SOME,
            evidence=_evidence(source.table, column, share),
        )


def _evidence(table: str, column: str, share: float) -> dict[str, Any]:
    detail = {
        "en": f"a value never seen before in column {column} of {table}, with {share:.1%} of the day's rows",
        "zh": f"{table} 的欄位 {column} 出現從未見過的值，佔當日資料的 {share:.1%}",
    }
    return {"column": column, "share": float(f"{share:.7g}"), "detail": detail}
