"""Assembles the commands, and turns errors into one sentence and an exit code."""

from __future__ import annotations

import sys
from importlib import import_module

import typer
from typer.exceptions import TyperException

from detect.errors import DetectError

__all__ = ["build", "run"]

COMMANDS = (
    "setting_up",
    "night",
    "standing",
    "looking",
    "notebooks",
    "casework",
    "archiving",
    "scanning",
    "expecting",
    "replaying",
    "segments",
    "telling",
    "serving",
    "calendar",
    "feedback",
    "manual",
    "following",
    "starting",
)
FAULT_OF_OURS = 70


def build() -> typer.Typer:
    """Put the commands together."""
    app = typer.Typer(
        name="detect",
        help="Finds, grades, tells and follows business anomalies until they are truly over.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for name in COMMANDS:
        import_module(f"detect.cli.{name}").register(app)
    return app


def run(arguments: list[str] | None = None) -> int:
    """Run `detect` with `arguments` (default: those of the process) and return the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        return _run(words)
    except DetectError as error:
        _complain(error)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _say("error: stopped by the keyboard. What was committed stays; run the same command again.")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:  # the last net: a fault of the program itself, said in one line
        if "-vv" in words:
            raise
        _say(
            f"error: a fault of the program itself ({type(error).__name__}: {error}). Run it again with -vv and report what it prints."
        )
        return FAULT_OF_OURS


def _run(words: list[str]) -> int:
    try:
        code = build()(args=words, standalone_mode=False, prog_name="detect")
    except typer.Exit as end:
        return end.exit_code
    except TyperException as error:
        _say(f"error: {getattr(error, 'message', error)} Say `detect --help`, or `detect COMMAND --help`.")
        return 2
    return int(code) if isinstance(code, int) else 0


def _complain(error: DetectError) -> None:
    _say(f"error: {error}")


def _say(text: str) -> None:
    from detect.render.escape import plain

    print(plain(text), file=sys.stderr)  # noqa: T201 - stderr of the command line
