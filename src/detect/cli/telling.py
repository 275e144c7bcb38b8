"""`notify`, `audit`: what was and is to be told, and whether the history is as it was written."""

from __future__ import annotations

import typer

from detect.cli.opening import clock, session_of
from detect.cli.options import AsJson, ConfigDir, Now
from detect.cli.output import Output

__all__ = ["register"]

audit = typer.Typer(help="Whether the history is as it was written.", no_args_is_help=True, rich_markup_mode=None)
UNDELIVERED, TAMPERED = 4, 1


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(notify)
    app.add_typer(audit, name="audit")


def notify(now: Now = None, config: ConfigDir = None, json: AsJson = False) -> int:
    """Send the messages that are due."""
    from detect.pipeline.telling import deliver

    out = Output(json=json)
    with session_of(config) as session:
        sent = deliver(session, clock(session.book, now))
    if json:
        out.document({"delivered": sent.delivered, "waiting": sent.waiting, "given_up": sent.given_up})
    out.say(f"{sent.delivered} delivered, {sent.waiting} to be tried again, {sent.given_up} given up")
    return UNDELIVERED if sent.waiting or sent.given_up else 0


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
