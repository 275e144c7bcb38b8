"""The list of cases as a spreadsheet or CSV: numbers stay numbers, text can never run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from detect.model import Case
from detect.notices.catalogue import CATEGORIES, LEVELS, STATUSES, label
from detect.render.escape import cell

__all__ = ["as_csv", "as_xlsx", "rows"]

Cell = str | int | float | date | None

_COLUMNS = (
    "case", "level", "category", "description", "first_day", "last_day", "detected_on", "actual", "expected", "lower",
    "upper", "unit", "stake", "status", "department", "owner", "impact", "measures", "rule", "higher",
)  # fmt: skip
_WIDTHS = {"description": 70, "impact": 50, "measures": 60, "rule": 30, "higher": 40, "case": 24}
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads Chinese as noise


def rows(cases: Iterable[Case], language: str = "en") -> list[list[Cell]]:
    """Return the header and one row a case, in the order given; text is safe for any spreadsheet program."""
    header: list[Cell] = [label(name, language) for name in _COLUMNS]
    return [header, *([_safe(value) for value in _row(case, language)] for case in cases)]


def as_csv(cases: Iterable[Case], language: str = "en") -> bytes:
    """Write UTF-8 with a byte order mark and CRLF, as Excel expects."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows(cases, language))
    return (_BYTE_ORDER_MARK + file.getvalue()).encode()


def as_xlsx(cases: Iterable[Case], now: datetime, language: str = "en") -> bytes:
    """Write a workbook of one sheet with typed cells, a frozen header and a filter."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.properties.created = book.properties.modified = now.replace(tzinfo=None)
    sheet = book.worksheets[0]
    sheet.title = label("cases", language)
    for number, row in enumerate(rows(cases, language), start=1):
        for column, value in enumerate(row, start=1):
            field = sheet.cell(row=number, column=column)
            field.value = value
            if isinstance(value, str):
                field.data_type = "s"  # else openpyxl takes text that begins with = for a formula
            field.alignment = Alignment(vertical="top", wrap_text=True)
            field.font = Font(bold=number == 1)
    for column, name in enumerate(_COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS.get(name, 14)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    file = io.BytesIO()
    book.save(file)
    return _repeatable(file.getvalue(), now)


def _repeatable(workbook: bytes, now: datetime) -> bytes:
    """Put `now` where openpyxl writes the clock, so that the same cases give the same bytes whenever they are written."""
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    kept = io.BytesIO()
    with ZipFile(io.BytesIO(workbook)) as made, ZipFile(kept, "w", ZIP_DEFLATED) as archive:
        for name in made.namelist():
            content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, made.read(name))
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return kept.getvalue()


def _row(case: Case, language: str) -> Sequence[Cell]:
    return (
        case.id, LEVELS[case.level][language], CATEGORIES[case.category][language], case.description[language],
        case.first_day, case.last_day, case.detected_on, case.actual, case.expected, case.lower, case.upper, case.unit,
        case.stake, STATUSES[case.status][language], case.department, case.owner,
        "\n".join(text[language] for text in case.impact), "\n".join(text[language] for text in case.measures),
        case.rule, case.one_level_higher[language],
    )  # fmt: skip


def _safe(value: Cell) -> Cell:
    return str(cell(value)) if isinstance(value, str) else value
