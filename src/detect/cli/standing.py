"""`status`: the last runs, what was not judged and why, the messages, and how the promise of false alarms was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from detect.cli.opening import session_of
from detect.cli.options import AsJson, ConfigDir, Verbose
from detect.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detect.pipeline.keeping import Kept
    from detect.pipeline.session import Session

__all__ = ["register"]

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(status)


def status(
    language: Annotated[str | None, typer.Option("--language", help="en or zh; default: the company's.")] = None,
    config: ConfigDir = None,
    json: AsJson = False,
    verbose: Verbose = 0,
) -> int:
    """Show the last runs, what was not judged and why, the messages, and promised against realised false alarms; -v by week."""
    from detect.cli.notebooks import language_of
    from detect.pipeline.keeping import promises_kept

    out = Output(json=json, verbose=verbose)
    with session_of(config) as session:
        said = language_of(language or session.book.company.language)
        data, kept = _data(session), promises_kept(session)
        names = {d.id: d.name[said] for d in session.book.company.departments}
    if json:
        out.document(data | {"promises": [one.for_machines() for one in kept]})
        return 0
    _runs(out, data, said)
    _promises(out, kept, names, said)
    return 0


def _data(session: Session) -> dict[str, Any]:
    from detect.pipeline.showing import run_data

    runs = session.store.runs(10)
    checks = session.store.checks(runs[0].run_id) if runs else []
    letters = session.store.dead_letters()
    return {
        "runs": [run_data(run, checks if number == 0 else ()) for number, run in enumerate(runs)],
        "outbox": dict(session.store.outbox_counts()),
        "dead_letters": [
            {"to": row.notice.recipient, "channel": row.notice.channel, "error": row.last_error} for row in letters
        ],
    }


def _runs(out: Output, data: Mapping[str, Any], said: str) -> None:
    from detect.notices.catalogue import fill
    from detect.notices.status_words import STATUS
    from detect.notices.translated import in_language

    words = {key: text[said] for key, text in STATUS.items()}
    rows = [
        (r["as_of"], _word(r["mode"], said), _word(r["state"], said), r["planned"], _counts(r["outcomes"], said))
        for r in data["runs"]
    ]
    _table([words[k] for k in ("day", "mode", "state", "checks", "outcomes")], rows, 4)
    lost = data["runs"][0]["not_judged"] if data["runs"] else []
    if lost:
        out.say(fill(words["lost"], {"day": data["runs"][0]["as_of"]}))
        listed = [
            (
                f"{u['subject']} {u['segment']}".strip(),
                u["detector"],
                _outcome(u["outcome"], said),
                in_language(u["cause"], said),
            )
            for u in lost[:_SHOWN]
        ]
        _table([words[k] for k in ("what", "detector", "outcome", "why")], listed, 3)
    messages = ", ".join(f"{name} {count:,}" for name, count in data["outbox"].items())
    out.say(fill(words["messages"], {"counts": messages}))
    for letter in data["dead_letters"]:
        out.say(fill(words["dead"], letter))


def _promises(out: Output, kept: Sequence[Kept], names: Mapping[str, str], said: str) -> None:
    from detect.notices.catalogue import fill
    from detect.notices.numbers import number
    from detect.notices.status_words import STATUS, rate

    words = {key: text[said] for key, text in STATUS.items()}
    if not kept:
        out.say(words["no_night"])
        return
    weeks = max(one.length for one in kept)
    out.say(fill(words["promised"], {"weeks": number(round(weeks, 1))}))
    verdicts = ("told", "true", "expected", "false", "unknown")
    rows = [
        (names[k.department], number(round(k.promised, 2)), rate(k.realised), *(k.total(v) for v in verdicts))
        for k in kept
    ]
    _table([words[k] for k in ("department", "promise", "realised", *verdicts)], rows, 0)
    if out.verbose:
        by_week = [
            (names[k.department], w.monday.isoformat(), *(getattr(w, v) for v in verdicts))
            for k in kept
            for w in k.weeks
        ]
        _table([words[k] for k in ("department", "week", *verdicts)], by_week, 0)
    told, unknown = (sum(k.total(name) for k in kept) for name in ("told", "unknown"))
    key = "none_told" if not told else "unknown_all" if unknown else "known_all"
    out.say(fill(words[key], {"told": f"{told:,}", "unknown": f"{unknown:,}"}))


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]], wide: int) -> None:
    from detect.render import terminal

    terminal.console().print(terminal.listing(columns, rows, wide=wide))


def _word(word: str, said: str) -> str:
    from detect.notices.status_words import RUN_WORDS

    return RUN_WORDS[word][said] if word in RUN_WORDS else word


def _outcome(name: str, said: str) -> str:
    from detect.model import Outcome
    from detect.notices.catalogue import OUTCOMES

    return OUTCOMES[Outcome(name)][said]


def _counts(outcomes: Mapping[str, int], said: str) -> str:
    return ", ".join(f"{_outcome(name, said)} {count:,}" for name, count in outcomes.items())
