"""`notify`, `inbox`, `audit`: what was and is to be told, and whether the history is as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detect.cli.opening import clock, session_of
from detect.cli.options import Actor, AsJson, ConfigDir, Now
from detect.cli.output import Output
from detect.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from detect.pipeline.session import Session

__all__ = ["register"]

audit = typer.Typer(help="Whether the history is as it was written.", no_args_is_help=True, rich_markup_mode=None)
UNDELIVERED, TAMPERED = 4, 1


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(notify)
    app.add_typer(audit, name="audit")


def notify(
    preview: Annotated[
        str | None, typer.Option("--preview", metavar="CASE", help="Show the mail about a case; send nothing.")
    ] = None,
    reader: Annotated[
        str | None,
        typer.Option("--for", metavar="PERSON", help="Whose mail --preview shows; default: whoever answers for it."),
    ] = None,
    opened: Annotated[
        bool, typer.Option("--open/--no-open", help="Whether --preview opens the mail in a browser.")
    ] = True,
    told: Annotated[
        str | None,
        typer.Option("--record", metavar="CASE", help="Who was told of a case, when, how, and what was answered."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Try what was given up once more.")] = False,
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Send the messages that are due; or show one, or what became of those about a case."""
    from detect.pipeline.record import seen_by
    from detect.pipeline.telling import deliver

    out = Output(json=json)
    if sum((preview is not None, told is not None, again)) > 1:
        raise UsageError("--preview, --record and --again are three different things", "Give one of them.")
    with session_of(config) as session:
        instant = clock(session.book, now)
        if preview is not None:
            seen_by(session, preview, actor)
            return _preview(session, out, preview, reader, instant, opened=opened)
        if told is not None:
            out.told(session, seen_by(session, told, actor).id)
            return 0
        if again:
            out.say(f"{session.store.revive(instant)} messages that were given up are tried again")
        sent = deliver(session, instant)
    if json:
        out.document({"delivered": sent.delivered, "waiting": sent.waiting, "given_up": sent.given_up})
    out.say(f"{sent.delivered} delivered, {sent.waiting} to be tried again, {sent.given_up} given up")
    return UNDELIVERED if sent.waiting or sent.given_up else 0


def _preview(session: Session, out: Output, case: str, reader: str | None, instant: datetime, *, opened: bool) -> int:
    from detect.pipeline.preview import preview, write_preview

    with out.progress() as progress:
        progress(f"writing the mail about {case}")
        notice = preview(session, case, instant, reader)
        path = write_preview(session, notice, notice.case_ids[0])
    if out.json:
        out.document({"file": str(path), "to": notice.recipient, "subject": notice.subject, "text": notice.text})
        return 0
    out.say(f"to {notice.recipient}: {notice.subject}")
    out.say(str(path))
    if opened:
        _open(out, path)
    return 0


def _open(out: Output, path: Path) -> None:
    import webbrowser

    if not webbrowser.open(path.as_uri()):
        out.say("No browser could be opened; open the file yourself.")


@audit.command("verify")
def verify(config: ConfigDir = None, json: AsJson = False) -> int:
    """Check that no event of any case was changed, removed or put in afterwards."""
    out = Output(json=json)
    with session_of(config) as session:
        faults = session.store.verify_history()
        count, head = session.store.history_head()
    if json:
        out.document({"events": count, "head": head, "faults": faults})
    for fault in faults:
        out.say(fault)
    out.say(f"{count:,} events, head {head[:16]}, {len(faults)} faults")
    return TAMPERED if faults else 0
