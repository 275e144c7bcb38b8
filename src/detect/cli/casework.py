"""`cases …` and `raise`: the life of a case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detect.cli.opening import clock, session_of
from detect.cli.options import Actor, AsJson, ConfigDir, Now, Verbose, parse_day, parse_instant
from detect.cli.output import Output
from detect.errors import UsageError
from detect.model import Cause, Level, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from detect.cases.commands import Command
    from detect.model import Case as Found
    from detect.pipeline.session import Session

__all__ = ["Case", "Reader", "cases", "register", "shown"]

cases = typer.Typer(
    help="The life of a case; every step that writes needs --as PERSON.", no_args_is_help=True, rich_markup_mode=None
)
Case = Annotated[str, typer.Argument(metavar="CASE", help="The case's id, or how it begins.")]
UNDELIVERED = 4
Note = Annotated[str, typer.Option("--note", help="What, and why.")]


Reader = Annotated[
    str | None,
    typer.Option("--as", metavar="PERSON", envvar="DETECT_ACTOR", help="Who reads: restricted cases are not for all."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(cases, name="cases")


def _step(
    case: str, actor: str | None, now: str | None, config: Path | None, json: bool, make: Callable[[Session], Command]
) -> int:
    """Carry out one step, tell whom it concerns, and show the case after it, with what can be done next."""
    from detect.pipeline.record import record
    from detect.pipeline.telling import deliver

    if not actor:
        raise UsageError("It is not said who acts", "Give --as PERSON (an id of company.yaml), or set DETECT_ACTOR.")
    with session_of(config) as session:
        instant = clock(session.book, now)
        after = record(session, case, make(session), actor, instant)
        sent = deliver(session, instant)
        shown(session, after, actor, instant, Output(json=json))
    return UNDELIVERED if sent.waiting or sent.given_up else 0


def shown(session: Session, case: Found, reader: str, instant: datetime, out: Output) -> None:
    """Show the case after a step; who handed it to audit does not see it any more."""
    from detect.pipeline.record import visible

    if visible(session.book, case, reader):
        out.case(session, case, instant)
        return
    if out.json:
        out.document({"id": case.id, "status": case.status.value, "restricted": True, "owner": case.owner})
    out.say(f"{case.id} is restricted now: {case.owner} goes on with it.")


# Steps that take a note and nothing else: the command's name, the class in `detect.cases.commands`, what it says.
_PLAIN = {
    "ack": ("Acknowledge", "Acknowledge: I have seen it (P4.2)."),
    "accept": ("Accept", "Take over what was handed to you."),
    "refer": ("Refer", "Report the case to the management group (P4.2)."),
    "meet": ("Meet", "Record that the group has met and what it found (P4.3)."),
    "progress": ("ReportProgress", "Report how the handling stands (P4.5)."),
    "comment": ("Comment", "Keep a remark with the case."),
    "resolve": ("Resolve", "Say that the handling is done; the case is then observed."),
    "verify": ("Verify", "Sign off that the measures worked (P4.6); never by the doer."),
    "close": ("Close", "End the case; the note is what was learnt."),
    "reopen": ("Reopen", "Open it again: it is back, or was never over."),
    "withdraw": ("Withdraw", "Take it back: corrected data explain it."),
    "archive": ("Archive", "File it for reference (P4.7)."),
}


def _plain(name: str) -> Callable[..., int]:
    def step(
        case: Case,
        note: Note = "",
        actor: Actor = None,
        now: Now = None,
        config: ConfigDir = None,
        json: AsJson = False,
    ) -> int:
        from detect.cases import commands

        return _step(case, actor, now, config, json, lambda _: getattr(commands, name)(note=note))

    return step


for _name, (_class, _help) in _PLAIN.items():
    cases.command(_name, help=_help)(_plain(_class))


@cases.command("list")
def listed(
    all_: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    department: Annotated[str | None, typer.Option("--department", help="Only this department's.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="D", help="Only those detected on this business day.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those with something late.")] = False,
    reader: Reader = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
    verbose: Verbose = 0,
) -> int:
    """List cases, the gravest and newest first; restricted ones only for those who may see them."""
    from detect.pipeline.clocks import Clocks
    from detect.pipeline.record import visible

    day = parse_day(as_of, "--as-of") if as_of else None
    with session_of(config) as session:
        instant = clock(session.book, now)
        found = session.store.cases(open_only=not all_, department=department, detected_on=day)
        if overdue:
            late = Clocks(session.book, session.calendar(instant.date())).overdue(found, instant)
            found = [case for case in found if case.id in late]
        seen = [case for case in found if visible(session.book, case, reader)]
        Output(json=json, verbose=verbose).cases(session, seen, instant, len(found) - len(seen))
    return 0


@cases.command("show")
def show(case: Case, reader: Reader = None, now: Now = None, config: ConfigDir = None, json: AsJson = False) -> int:
    """Show one case with its history, which parts and rows make it up, what is known of its like, and what can be done next."""
    from detect.pipeline.behind import behind_case
    from detect.pipeline.record import seen_by

    with session_of(config) as session:
        found = seen_by(session, case, reader)
        Output(json=json).case(session, found, clock(session.book, now), behind_case(session, found))
    return 0


@cases.command("assess")
def assess(
    case: Case,
    note: Note = "",
    level: Annotated[int | None, typer.Option("--level", min=1, max=3, help="Correct the level.")] = None,
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Say a first assessment of how grave it is (P4.2)."""
    from detect.cases.commands import Assess

    return _step(case, actor, now, config, json, lambda _: Assess(note=note, level=Level(level) if level else None))


@cases.command("assign")
def assign(
    case: Case,
    to: Annotated[str, typer.Option("--to", metavar="PERSON", help="Who is to take it over.")],
    note: Note = "",
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Hand the case over; it stays with its owner until the other accepts."""
    from detect.cases.commands import Assign

    return _step(case, actor, now, config, json, lambda _: Assign(to=to, note=note))


@cases.command("level")
def level(
    case: Case,
    level: Annotated[int, typer.Option("--level", min=1, max=3, help="The level it should have.")],
    note: Note = "",
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Correct the level, with the reason as --note."""
    from detect.cases.commands import SetLevel

    return _step(case, actor, now, config, json, lambda _: SetLevel(level=Level(level), note=note))


@cases.command("measure")
def measure(
    case: Case,
    text: Annotated[str, typer.Option("--text", help="What is to be done.")] = "",
    suggested: Annotated[
        int | None,
        typer.Option("--suggested", min=1, metavar="N", help="Instead of --text: measure N of the playbook."),
    ] = None,
    owner: Annotated[str, typer.Option("--owner", metavar="PERSON", help="Who does it.")] = "",
    due: Annotated[str, typer.Option("--due", metavar="D", help="By when.")] = "",
    done: Annotated[int | None, typer.Option("--done", min=1, metavar="N", help="Measure N is done.")] = None,
    note: Note = "",
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Decide a measure with its owner and due date (P4.4), or with --done say that one is done."""
    from detect.cases.commands import DecideMeasure, MeasureDone
    from detect.pipeline.record import suggestion

    def make(session: Session) -> Command:
        if done is not None:
            return MeasureDone(measure=done, note=note)
        said = text if suggested is None else suggestion(session, case, suggested)
        missing = [name for name, value in (("--text", said), ("--owner", owner), ("--due", due)) if not value]
        if missing:
            raise UsageError(
                f"A measure lacks {', '.join(missing)}", "Give all three, or --done N for one that is done."
            )
        return DecideMeasure(text=said, owner=owner, due=parse_day(due, "--due"), note=note)

    return _step(case, actor, now, config, json, make)


@cases.command("cause")
def cause(
    case: Case,
    cause: Annotated[Cause, typer.Argument(metavar="CAUSE", help=f"One of: {', '.join(Cause)}.")],
    note: Note = "",
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Code the root cause; the playbook's measures for it come first then, and a sign of fraud hands the case to audit (P4.4)."""
    from detect.cases.commands import GiveCause

    return _step(case, actor, now, config, json, lambda _: GiveCause(cause=cause, note=note))


@cases.command("verdict")
def verdict(
    said: Annotated[Verdict, typer.Argument(metavar="VERDICT", help="true, expected, false or new_normal.")],
    case: Annotated[list[str], typer.Argument(metavar="CASE…", help="One case or many.")],
    cause: Annotated[Cause | None, typer.Option("--cause", help="The root cause, as coded in the policy.")] = None,
    note: Note = "",
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Say what the cases were; the nights that follow learn from it."""
    from detect.cases.commands import GiveCause, GiveVerdict

    for one in case:
        _step(one, actor, now, config, json, lambda _: GiveVerdict(verdict=said, note=note))
        if cause is not None:
            _step(one, actor, now, config, json, lambda _: GiveCause(cause=cause, note=note))
    return 0


@cases.command("merge")
def merge(
    case: Case,
    into: Annotated[str, typer.Option("--into", metavar="CASE", help="The case that goes on.")],
    note: Note = "",
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Say that it is the same trouble as another open case."""
    from detect.cases.commands import Merge
    from detect.pipeline.record import case_of

    return _step(case, actor, now, config, json, lambda session: Merge(into=case_of(session, into), note=note))


@cases.command("mute")
def mute(
    case: Case,
    until: Annotated[str, typer.Option("--until", metavar="T", help="Till when nobody is told.")],
    note: Note = "",
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Tell nobody about the case until an instant; deadlines go on."""
    from detect.cases.commands import Mute

    return _step(case, actor, now, config, json, lambda _: Mute(until=parse_instant(until, "--until"), note=note))


@cases.command("snooze")
def snooze(
    case: Case,
    until: Annotated[str, typer.Option("--until", metavar="T", help="From when you are told again; within a week.")],
    note: Note = "",
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Tell you, and only you, nothing about the case until an instant; the others hear of it, and deadlines go on."""
    from detect.cases.commands import Snooze

    return _step(case, actor, now, config, json, lambda _: Snooze(until=parse_instant(until, "--until"), note=note))
