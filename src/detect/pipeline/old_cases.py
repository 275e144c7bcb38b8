"""The company's own incident history becomes the archive (policy P4.7): every bad row is named, a second import changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from detect.cases.importing import PastCase, digest_of, imported, name_of
from detect.cases.life import apply
from detect.errors import CaseError, InputError
from detect.model import Category, Cause, Kind, Level, Text, Verdict
from detect.notices.case_words import CAUSES, VERDICTS
from detect.notices.catalogue import CATEGORIES
from detect.pipeline.record import roles_of
from detect.pipeline.rows import Row, read_rows
from detect.pipeline.session import Session

__all__ = ["COLUMNS", "Imported", "import_cases"]

# What a file may hold, each column with its Chinese heading; the first four are needed.
COLUMNS: Mapping[str, str] = {
    "first_day": "起始日",
    "department": "責任部門",
    "category": "類別",
    "description": "異常描述",
    "id": "編號",
    "description_zh": "異常描述（中文）",
    "last_day": "最後日",
    "closed_on": "結案日",
    "level": "預警級別",
    "kind": "形態",
    "metric": "指標",
    "segment": "分項",
    "actual": "實際",
    "expected": "預期",
    "unit": "單位",
    "stake": "涉及金額",
    "cause": "原因",
    "verdict": "結論",
    "measures": "處理措施",
    "worked": "是否有效",
    "lessons": "經驗教訓",
    "handled_by": "處理人",
    "restricted": "受限",
}
NEEDED = ("first_day", "department", "category", "description")
_YES, _NO = {"yes", "y", "true", "1", "是", "有效"}, {"no", "n", "false", "0", "否", "無效"}
_SHOWN = 20
Code = TypeVar("Code", bound=Enum)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Imported:
    """What an import did: the ids of the cases that are new, and how many rows were there already."""

    new: tuple[str, ...]
    known: int


class _Bad(ValueError):
    """A value that is not what its column wants; says what was found and what is allowed."""


def import_cases(session: Session, path: Path, actor: str, now: datetime) -> Imported:
    """Take the rows of a CSV or XLSX file into the archive, all of them or none.

    Raises InputError naming each bad row and column, CaseError where `actor` may not.
    """
    _permit(session, actor)
    rows = read_rows(path, {**{zh: name for name, zh in COLUMNS.items()}, **{name: name for name in COLUMNS}}, NEEDED)
    faults: list[str] = []
    found: dict[str, tuple[Row, PastCase]] = {}
    for row in rows:
        past = _past(session, row, faults)
        if past is None:
            continue
        first = found.setdefault(name_of(past), (row, past))[0]
        if first is not row:
            faults.append(f"row {row.number}: the same case as row {first.number}; give each an id of its own")
    stored = {case.id: case.evidence.get("handling", {}) for case in session.store.cases(ids=list(found))}
    for name, (row, past) in found.items():
        if name in stored and stored[name].get("imported", {}).get("digest") != digest_of(past):
            faults.append(f"row {row.number}: case {name} is there with another content; give the row another id")
    if faults:
        raise InputError(
            f"{path}: nothing was imported, as {len(faults)} values are not right",
            f"Correct them and import again:\n{_listed(faults)}",
        )
    new = {name: pair for name, pair in found.items() if name not in stored}
    _write(session, path, new, actor, now)
    return Imported(tuple(new), len(found) - len(new))


def _write(session: Session, path: Path, new: Mapping[str, tuple[Row, PastCase]], actor: str, now: datetime) -> None:
    company = session.book.company
    events = [
        imported(
            past,
            owner=session.book.departments[past.department].head,
            actor=actor,
            now=now,
            timezone=company.timezone,
            source=f"{path.name} row {row.number}",
        )
        for row, past in new.values()
    ]
    if events:
        session.store.record_all(events, [apply(None, event) for event in events], now=now)


def _permit(session: Session, actor: str) -> None:
    roles = roles_of(session.book)
    if actor not in roles.people:
        raise CaseError(f"nobody is known as {actor!r}", "Give the id of a person in `config/company.yaml`.")
    if actor not in roles.group | roles.monitoring | roles.audit:
        raise CaseError(
            f"importing a history is not for {actor}", "It is for the monitoring department, the group or audit."
        )


def _listed(faults: list[str]) -> str:
    more = [f"  and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    return "\n".join([*(f"  {fault}" for fault in faults[:_SHOWN]), *more])


def _past(session: Session, row: Row, faults: list[str]) -> PastCase | None:
    """Return the case of one row; every fault of it is added to `faults`."""
    before = len(faults)
    given: dict[str, Any] = {}
    for column, read in _readers(session).items():
        text = row.values.get(column, "")
        if not text and column not in NEEDED:
            continue
        try:
            given[column] = read(text)
        except _Bad as bad:
            faults.append(f"row {row.number}, column {column}: {bad}")
    if len(faults) > before:
        return None
    faults += [
        f"row {row.number}, column {column}: {given[column]} lies before the first day"
        for column in ("last_day", "closed_on")
        if given.get(column, given["first_day"]) < given["first_day"]
    ]
    if len(faults) > before:
        return None
    said = given.pop("description")
    description = Text(en=said, zh=given.pop("description_zh", said))
    return PastCase(description=description, reference=given.pop("id", ""), **given)


def _readers(session: Session) -> dict[str, Callable[[str], Any]]:
    book = session.book
    return {
        "first_day": _day,
        "department": lambda text: _one_of(text, {d.id: d.id for d in book.company.departments}),
        "category": lambda text: _coded(text, Category, CATEGORIES),
        "description": _said,
        "id": _said,
        "description_zh": _said,
        "last_day": _day,
        "closed_on": _day,
        "level": lambda text: _one_of(text.removesuffix(".0"), {str(int(level)): level for level in Level}),
        "kind": lambda text: _coded(text, Kind, {}),
        "metric": lambda text: _one_of(text, {name: name for name in book.metrics}),
        "segment": _said,
        "actual": _number,
        "expected": _number,
        "unit": _said,
        "stake": _amount,
        "cause": lambda text: _coded(text, Cause, CAUSES),
        "verdict": lambda text: _coded(text, Verdict, VERDICTS),
        "measures": lambda text: tuple(_parts(text)),
        "worked": _yes_or_no,
        "lessons": _said,
        "handled_by": _said,
        "restricted": _yes_or_no,
    }


def _parts(text: str) -> Iterator[str]:
    """Take measures apart at semicolons and ends of lines."""
    for part in text.replace("；", ";").replace("\n", ";").split(";"):
        if part.strip():
            yield part.strip()


def _said(text: str) -> str:
    if not text:
        raise _Bad("nothing is said; a text is needed")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10].replace("/", "-"))
    except ValueError:
        raise _Bad(f"found {text[:40]!r}; a day such as 2026-03-31 is needed") from None


def _number(text: str) -> float:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = float("nan")
    if value != value or abs(value) == float("inf"):  # noqa: PLR0124 - not a number
        raise _Bad(f"found {text[:40]!r}; a number is needed")
    return value


def _amount(text: str) -> float:
    value = _number(text)
    if value < 0:
        raise _Bad(f"found {text[:40]!r}; money at stake is never negative")
    return value


def _yes_or_no(text: str) -> bool:
    word = text.lower()
    if word not in _YES | _NO:
        raise _Bad(f"found {text[:40]!r}; yes, no or nothing is allowed")
    return word in _YES


def _coded(text: str, codes: type[Code], names: Mapping[Code, Text]) -> Code:
    words = {code.value: code for code in codes} | {said.zh: code for code, said in names.items()}
    return _one_of(text, words, shown=[code.value for code in codes])


def _one_of(text: str, allowed: Mapping[str, Found], shown: list[str] | None = None) -> Found:
    if text not in allowed:
        raise _Bad(f"found {text[:40]!r}; allowed: {', '.join(shown or allowed)}")
    return allowed[text]
