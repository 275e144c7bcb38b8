"""`replay`: what a metric, or a change of its settings, would have told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detect.cli.opening import session_of
from detect.cli.options import AsJson, ConfigDir, parse_day
from detect.cli.output import Output

if TYPE_CHECKING:
    from detect.pipeline.replaying import Replayed

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("replay")(replayed)


def replayed(
    metric: Annotated[str, typer.Option("--metric", metavar="M", help="The metric, by its id.")],
    first: Annotated[str, typer.Option("--from", metavar="D", help="The first business day.")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="The last business day.")],
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting to try, written as in YAML; repeatable: minimum=500, direction=up, kinds=[spike], "
            "limits=[{level: 2, above: 900}], detectors=[stl], budget=1.",
        ),
    ] = None,
    language: Annotated[str | None, typer.Option("--language", help="en or zh; default: the company's.")] = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Say what a metric would have told, against cases, verdicts and events that are known; writes nothing, tells nobody."""
    from detect.cli.notebooks import language_of
    from detect.pipeline.replaying import replay

    days = parse_day(first, "--from"), parse_day(last, "--to")
    out = Output(json=json)
    with session_of(config) as session:
        said = language_of(language or session.book.company.language)
        with out.progress() as progress:
            found = replay(session, metric, *days, setting or (), progress)
    if json:
        out.document(found.for_machines(said))
    else:
        _show(out, found, said)
    return 0


def _show(out: Output, found: Replayed, language: str) -> None:
    from detect.notices.replay_words import COLUMNS, KNOWN
    from detect.render import terminal

    for sentence in found.sentences():
        out.say(sentence[language])
    rows = [(KNOWN[t.known][language], t.by, int(t.case.level), t.case.description[language]) for t in found.told]
    rows += [
        (
            KNOWN["missed" if m.known == "true" else "not_told"][language],
            m.case.id,
            int(m.case.level),
            m.case.description[language],
        )
        for m in found.missed
    ]
    if rows:
        columns = [COLUMNS[name][language] for name in ("known", "by", "level", "what")]
        terminal.console().print(terminal.listing(columns, rows, wide=3))
