"""`check`, `expect`: what is expected of tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detect.cli.opening import session_of, yesterday
from detect.cli.options import AsJson, ConfigDir, parse_day
from detect.cli.output import Output
from detect.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.pipeline.checking import CheckedRule

__all__ = ["register"]

INCOMPLETE = 3


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (check, expect):
        app.command()(command)


def check(
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="D", help="The business day checked; default: yesterday.")
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option("--table", metavar="T", help="Only this table; repeatable.")
    ] = None,
    fail_on: Annotated[
        int | None, typer.Option("--fail-on", min=1, max=3, help="Exit 1 when a rule of this level or graver fails.")
    ] = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Run expectations alone: what failed, what could not be checked, which rows, and the query that shows them all. Writes nothing."""
    from detect.pipeline.checking import check as checked
    from detect.render import terminal

    out = Output(json=json)
    with session_of(config) as session, out.progress() as progress:
        day = parse_day(as_of, "--as-of") if as_of else yesterday(session.book)
        progress(f"checking {day}")
        found = checked(session, day, tuple(table or ()))
        language = session.book.company.language
    if json:
        out.document([_data(rule, language) for rule in found])
    else:
        rows = [
            (r.table, r.expectation.name[language], r.level or "", r.result.outcome.value, r.result.detail)
            for r in found
        ]
        terminal.console().print(terminal.listing(("table", "rule", "level", "outcome", "what"), rows, wide=4))
        for rule in (r for r in found if r.level):
            _at_fault(out, rule)
    return _exit_code(found, fail_on)


def expect(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A source of config/tables.yaml, or its table.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="D", help="The last day looked at; default: yesterday.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=7, max=3660, help="How many days are looked at.")] = 365,
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there, where no file is yet; default: print.")
    ] = None,
    config: ConfigDir = None,
) -> int:
    """Draft a suite from a table's history, commented, for a person to edit; it claims nothing that the data do not show."""
    from detect.pipeline.checking import draft_suite

    out = Output()
    if out_file is not None and out_file.exists():
        raise UsageError(f"{out_file} is there already", "Choose another name; nothing was written.")
    with session_of(config) as session:
        day = parse_day(as_of, "--as-of") if as_of else yesterday(session.book)
        source, text = draft_suite(session, table, day, days)
        taken = source.id in session.book.suites
    if out_file is None:
        print(text, end="")  # noqa: T201 - the command's output, YAML as it is
        return 0
    try:
        out_file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out_file} cannot be written ({error.strerror})", "Choose another place.") from error
    out.say(f"{out_file}: edit it, then `detect validate` and `detect check --table {source.id}`.")
    if taken:
        out.say(f"{source.id} has a suite already; a source takes one, so move what you want to keep into it.")
    return 0


def _data(rule: CheckedRule, language: str) -> dict[str, Any]:
    result = rule.result
    return {
        "subject": rule.subject,
        "table": rule.table,
        "expectation": rule.expectation.id,
        "name": rule.expectation.name[language],
        "type": rule.expectation.type,
        "severity": rule.expectation.severity,
        "outcome": result.outcome.value,
        "level": int(rule.level) if rule.level else None,
        "day": result.day.isoformat(),
        "unexpected": result.unexpected,
        "checked": result.checked,
        "observed": result.observed,
        "expected": result.expected,
        "lower": result.lower,
        "upper": result.upper,
        "detail": result.detail,
        "keys": list(result.keys),
        "query": result.failing,
    }


def _at_fault(out: Output, rule: CheckedRule) -> None:
    """Say which rows broke a rule, and how to see them all."""
    if rule.result.keys:
        out.say(f"\n{rule.subject}: {'; '.join(rule.result.keys)}")
    if rule.result.failing:
        out.say(f"all of them: {' '.join(rule.result.failing.split())}")


def _exit_code(found: Sequence[CheckedRule], fail_on: int | None) -> int:
    if not all(rule.made for rule in found):
        return INCOMPLETE
    return int(fail_on is not None and any(rule.level is not None and rule.level <= fail_on for rule in found))
