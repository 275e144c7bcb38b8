"""What a person sees in a terminal: tables that fit 80 columns, progress while it lasts, errors in one sentence.

Colours and progress appear only where the stream is a terminal. Text goes through `Text`, never through rich's markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO, TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from detect.errors import DetectError
from detect.model import Case, Level, NightSummary
from detect.notices.catalogue import LEVELS, OUTCOMES, STATUSES, label
from detect.notices.draft import first_line, nothing_found
from detect.render.escape import one_line, plain

__all__ = ["console", "error_line", "exceptions", "legend", "listing", "night", "pairs", "progress", "steps"]

_STYLES = {Level.MAJOR: "bold red", Level.LARGER: "yellow", Level.SOME: "blue"}
_NARROW = 80
Piece = TypeVar("Piece")


def console(stream: TextIO | None = None, *, width: int | None = None) -> Console:
    """Open a stream for writing: plain and 80 columns wide where it is no terminal."""
    screen = Console(file=stream, highlight=False, markup=False, emoji=False, width=width)
    if width is None and not screen.is_terminal:
        screen.width = _NARROW
    return screen


def error_line(error: DetectError) -> str:
    """Say an error: what happened, then what to do."""
    return plain(f"error: {error}")


def night(screen: Console, summary: NightSummary, cases: Sequence[Case], language: str = "en") -> None:
    """Print what a night came to: the first line, the exceptions, and how many checks came to no judgement."""
    screen.print(_text(first_line(summary, language), "bold"))
    if cases:
        screen.print(exceptions(cases, language))
    else:
        screen.print(_text(nothing_found(summary, language)))
    missed = {o: n for o, n in summary.outcomes.items() if n and o not in {"ok", "finding"}}
    if missed:
        counts = ", ".join(f"{OUTCOMES[outcome][language]} {count:,}" for outcome, count in missed.items())
        screen.print(_text(f"{label('not_judged', language)}: {counts}"))


def exceptions(cases: Iterable[Case], language: str = "en", *, at_most: int = 300) -> Table:
    """Make the table of cases, the gravest first: level, what happened with the case's id, since when, status.

    Beyond `at_most` it says how many more there are: nobody reads on, and drawing them takes seconds.
    """
    table = _table([("", "right"), (label("description", language), "left"), (label("since", language), "left"),
                    (label("status", language), "left")])  # fmt: skip
    table.columns[1].ratio = 1
    ordered = sorted(cases, key=lambda c: (c.level, -(c.stake or 0.0), c.id))
    for case in ordered[:at_most]:
        what = _text(case.description[language]).append("\n").append_text(_text(case.id, "dim"))
        level = Text(str(int(case.level)), style=_STYLES[case.level])
        table.add_row(level, what, Text(case.first_day.isoformat()), Text(STATUSES[case.status][language]))
    if len(ordered) > at_most:
        table.caption = _text(label("not_judged_more", language, count=f"{len(ordered) - at_most:,}"))
        table.caption_justify = "left"
    return table


def listing(columns: Sequence[str], rows: Iterable[Sequence[object]], *, wide: int = 0) -> Table:
    """Make any table; numbers stand right; the column `wide` takes the room that is left."""
    kept = [list(row) for row in rows]
    right = [bool(kept) and all(isinstance(row[k], int | float) for row in kept) for k in range(len(columns))]
    table = _table([(name, "right" if r else "left") for name, r in zip(columns, right, strict=True)])
    table.columns[wide].ratio = 1
    for row in kept:
        table.add_row(*(_text(f"{value:,}" if isinstance(value, int) else value) for value in row))
    return table


def pairs(values: Mapping[str, object]) -> Table:
    """Make a list of names and values, one a line."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for name, value in values.items():
        table.add_row(_text(name, "dim"), Text(plain(value)))
    return table


def legend(language: str = "en") -> Text:
    """Say what the numbers of the levels mean."""
    return _text("  ".join(f"{int(level)} {name[language]}" for level, name in LEVELS.items()), "dim")


def progress(screen: Console, pieces: Sequence[Piece], description: str) -> Iterator[Piece]:
    """Yield the pieces, showing how far it has come; silent where the stream is no terminal."""
    bar = _bar(screen, BarColumn(bar_width=20), MofNCompleteColumn())
    with bar:
        task = bar.add_task(one_line(description), total=len(pieces))
        for piece in pieces:
            yield piece
            bar.advance(task)


@contextmanager
def steps(screen: Console) -> Iterator[Callable[[str], None]]:
    """Give a function that says what is being done now, for work whose end is not known."""
    bar = _bar(screen)
    with bar:
        task = bar.add_task("", total=None)
        yield lambda doing: bar.update(task, description=one_line(doing))


def _bar(screen: Console, *columns: BarColumn | MofNCompleteColumn) -> Progress:
    said = TextColumn("{task.description}", markup=False)
    return Progress(
        SpinnerColumn(),
        said,
        *columns,
        TimeElapsedColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )


def _table(columns: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=True, header_style="dim", show_edge=False)
    for name, side in columns:
        table.add_column(_text(name), justify="right" if side == "right" else "left", overflow="fold", vertical="top")
    return table


def _text(value: object, style: str = "") -> Text:
    """Make text that can neither reorder, recolour nor move anything."""
    return Text(one_line(value), style=style, overflow="fold")
