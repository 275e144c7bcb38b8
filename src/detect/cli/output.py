"""What commands print: one JSON document for machines, or tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detect.config import Book
    from detect.db.records import Run
    from detect.model import Case
    from detect.pipeline.behind import Behind
    from detect.pipeline.order import NightResult
    from detect.pipeline.session import Session
    from detect.pipeline.telling import Sent

__all__ = ["Output"]


@dataclass(frozen=True)
class Output:
    """Writes to stdout; progress goes to stderr."""

    json: bool = False
    verbose: int = 0

    def document(self, data: Any) -> None:
        """Print one JSON document; of a list every item on a line of its own, which ten thousand items need to be written at once."""
        if isinstance(data, list):
            items = ",\n".join(json.dumps(item, ensure_ascii=False) for item in data)
            print(f"[\n{items}\n]" if data else "[]")  # noqa: T201 - the command's output
            return
        print(json.dumps(data, ensure_ascii=False, indent=2))  # noqa: T201 - the command's output

    def say(self, text: str) -> None:
        """Print one line for people; machines do not see it."""
        if not self.json:
            from detect.render.escape import plain

            print(plain(text))  # noqa: T201 - the command's output

    def progress(self) -> AbstractContextManager[Callable[[str], None]]:
        """Show what is being done now, on stderr where that is a terminal."""
        from detect.render import terminal

        return nullcontext(lambda _: None) if self.json else terminal.steps(terminal.console(sys.stderr))

    def night(self, book: Book, night: NightResult, sent: Sent, reports: Sequence[Path] = ()) -> None:
        """Show what one night came to."""
        from detect.render import terminal

        if self.json:
            self.document(
                night.for_machines()
                | {
                    "delivered": sent.delivered,
                    "undelivered": sent.waiting + sent.given_up,
                    "reports": [str(path) for path in reports],
                }
            )
            return
        fresh = {change.case.id: change.case for change in night.changes}
        tops = [case for case in fresh.values() if case.parent is None and not case.restricted]
        terminal.night(terminal.console(), night.summary, tops, book.company.language)
        if sent.delivered or sent.waiting or sent.given_up:
            self.say(
                f"messages: {sent.delivered} delivered, {sent.waiting} to be tried again, {sent.given_up} given up"
            )

    def nights(self, nights: Sequence[NightResult], sent: Sent) -> None:
        """Show what a range of nights came to."""
        if self.json:
            self.document([night.for_machines() for night in nights])
            return
        opened = sum(
            len({c.case.id for c in n.open_to_all() if c.what == "opened" and c.case.parent is None}) for n in nights
        )
        incomplete = [night.summary.as_of.isoformat() for night in nights if night.run.state != "complete"]
        planned = sum(night.summary.planned for night in nights)
        self.say(f"{len(nights)} nights, {planned:,} checks, {opened} new cases, {len(incomplete)} incomplete nights")
        if incomplete:
            self.say(f"incomplete: {', '.join(incomplete[:12])}{' …' if len(incomplete) > 12 else ''}")  # noqa: PLR2004
        if sent.delivered or sent.waiting:
            self.say(f"messages: {sent.delivered} delivered, {sent.waiting} waiting")

    def cases(self, session: Session, cases: Sequence[Case], now: datetime, hidden: int = 0) -> None:
        """Show a list of cases; `hidden` are those that the reader may not see."""
        from detect.pipeline.clocks import Clocks
        from detect.pipeline.showing import case_data
        from detect.render import terminal

        language = session.book.company.language
        if hidden:
            self.aside(f"Restricted cases not shown: {hidden}. Who may see them says so with --as PERSON.")
        if self.json:
            due = Clocks(session.book, session.calendar(now.date())).due(cases)
            shortcut = session.book.policy.deadlines.level_3_in_department
            self.document(
                [case_data(case, due.get(case.id), language, level_3_in_department=shortcut) for case in cases]
            )
            return
        if not cases:
            self.say("No cases.")
            return
        screen = terminal.console()
        screen.print(terminal.exceptions(cases, language))
        screen.print(terminal.legend(language))

    def case(self, session: Session, case: Case, now: datetime, behind: Behind | None = None) -> None:
        """Show one case with its history, what is known of its like, and what can be done next; `behind` are the rows it is made of."""
        from detect.pipeline.showing import behind_data, case_report
        from detect.render import terminal

        data = case_report(session, case, now)
        if self.json:
            self.document(data | (behind_data(case, behind) if behind else {}))
            return
        screen = terminal.console()
        apart = ("events", "earlier", "next_commands", "possible_steps", "decided", "told")
        shown = {name: _words(value) for name, value in data.items() if name not in apart and value not in _EMPTY}
        screen.print(terminal.pairs(shown))
        rows = [(e["at"][:16].replace("T", " "), e["type"], e["actor"], e["note"]) for e in data["events"]]
        screen.print(terminal.listing(("when", "what", "who", "note"), rows, wide=3))
        if behind:
            self._behind(case, behind, session.book.company.language)
        for number, measure in enumerate(data["decided"], start=1):
            done = f", done {measure['done'][:10]}" if "done" in measure else ""
            self.say(f"measure {number}: {measure['text']} ({measure['owner']}, due {measure['due']}{done})")
        for earlier in data["earlier"]:
            self.say(f"seen before: {earlier}")
        if data["next_commands"]:
            first, *others = data["next_commands"]
            self.say(f"next: {first}")
            self.say(f"also possible: {', '.join(' '.join(other.split()[2:3]) for other in others)}")
        else:
            self.say("next: nothing, the case is over")

    def _behind(self, case: Case, behind: Behind, language: str) -> None:
        from detect.notices.contributions import part_lines
        from detect.notices.explanations import TITLES
        from detect.pipeline.behind import row_lines

        for title, lines in (("parts", part_lines(case.evidence, case.unit)), ("rows", row_lines(behind))):
            said = [line[language] for line in lines]
            if said:
                self.say(TITLES[title][language])
            for text in said:
                self.say(f"  {text}")

    def aside(self, text: str) -> None:
        """Say something beside the result, on stderr."""
        from detect.render.escape import plain

        print(plain(text), file=sys.stderr)  # noqa: T201 - beside the command's output

    def told(self, session: Session, case_id: str) -> None:
        """Show who was told of a case, when, over which channel, and what the other side answered."""
        from detect.pipeline.record import case_of
        from detect.pipeline.showing import told_data

        case = case_of(session, case_id)
        data = told_data(session.store.told_of(case.id))
        if self.json:
            self.document({"case": case.id, "told": data})
            return
        if not data:
            self.say(f"Nobody was told of case {case.id}.")
            return
        for t in data:
            way = f"{t['to']} over {t['channel']} ({t['kind']})"
            for one in t["tries"]:
                self.say(f"{one['at'][:16]} {way}: {one['outcome']}: {one['answer']}")
            if t["state"] not in {"sent", "dead"}:
                self.say(f"{t['due_at'][:16]} {way}: is to be tried")

    def verified(self, day: Any, run: Run | None) -> None:
        """Say whether a date was judged completely."""
        from detect.pipeline.showing import run_data

        if self.json:
            self.document(run_data(run) if run else {"as_of": day.isoformat(), "state": "none"})
        elif run is None:
            self.say(f"{day}: no run. `detect run --as-of {day}` makes one.")
        else:
            self.say(f"{day}: {run.state}, {run.planned:,} checks planned")


_EMPTY: tuple[Any, ...] = (None, "", [], False, {})


def _words(value: Any) -> str:
    """Write a value of a JSON document as a person reads it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
