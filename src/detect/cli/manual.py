"""`manual`: the help of every command as one page, from which docs/commands.md is made."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.main import get_command
from typer.testing import CliRunner

__all__ = ["page", "register"]

_HEAD = """# Commands

The help of every command, as `detect manual` prints it. Errors go to stderr as `error: what happened. what to do.`

Exit codes (when several hold: 2, then 75, 3, 4, 1): 0 done and complete · 1 findings at or above `--fail-on` · 2 usage or configuration ·
3 incomplete: some planned check could not be made · 4 messages could not be delivered · 75 another run holds the store ·
70 a fault of the program itself.
"""


def register(app: typer.Typer) -> None:
    """Add the command of this file."""

    @app.command(hidden=True)
    def manual() -> int:
        """Print the help of every command as one page."""
        print(page(app), end="")  # noqa: T201 - the command's output
        return 0


def page(app: typer.Typer) -> str:
    """Return the page in Markdown."""
    return _HEAD + "".join(f"\n## detect {' '.join(words)}\n\n```\n{text}\n```\n" for words, text in _helps(app))


def _helps(app: typer.Typer) -> Iterator[tuple[list[str], str]]:
    runner = CliRunner(env={"COLUMNS": "100", "TERMINAL_WIDTH": "100"})
    for words in _commands(get_command(app), []):
        result = runner.invoke(app, [*words, "--help"], prog_name="detect", terminal_width=100)
        yield words, "\n".join(line.rstrip() for line in result.output.strip().splitlines())


def _commands(command: object, words: list[str]) -> Iterator[list[str]]:
    found = getattr(command, "commands", None)
    if found is None:
        yield words
        return
    for name, inner in sorted(found.items()):
        if not inner.hidden:
            yield from _commands(inner, [*words, name])
