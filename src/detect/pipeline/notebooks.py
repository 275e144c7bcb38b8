"""Running a notebook for the archive: its cells in a kernel of this Python, what they show as one HTML page."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detect.config.book import Book
from detect.errors import DetectError, UsageError
from detect.render.notebook import rendered

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["render_notebook"]

SECONDS = 300  # for one cell
QUIET = ["--Application.log_level=40"]


def render_notebook(name: str, asked: Mapping[str, Any], book: Book, folder: Path) -> Path:
    """Run the notebook `name` of `folder` with the parameters `asked`; return the page's path below the company's output folder.

    Raises UsageError for an unknown notebook or parameter, DetectError when a cell fails.
    """
    source = folder / f"{name}.py"
    if not source.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.py"))) or "none in this installation"
        raise UsageError(f"There is no notebook {name!r}", f"Known are: {known}.")
    notebook = _with_parameters(source, asked)
    _run(notebook, name)
    about = "".join(f"-{asked[key]}" for key in ("metric", "segment") if asked.get(key))
    company, said = book.company, asked.get("language") or book.company.language
    day = asked.get("as_of") or date.today().isoformat()  # noqa: DTZ011 - only a file's name, where no day was asked for
    page = rendered(
        notebook, title=f"{name} {about[1:]} {day}".replace("  ", " "), subtitle=company.name[said], language=said
    )
    target = book.output / "reports" / f"{name}{_safe(about)}-{day}.{said}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.write_text(page, encoding="utf-8")
    return part.replace(target)


def _safe(text: str) -> str:
    """Leave of a name what any file system takes."""
    return re.sub(r"[^\w.-]+", "_", text)[:80]


def _with_parameters(source: Path, asked: Mapping[str, Any]) -> NotebookNode:
    """Read the script and let its cell of parameters say what was asked, after what it says itself; the archive's page is still."""
    import jupytext

    notebook: NotebookNode = jupytext.read(source)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            known = _assigned(cell.source)
            given = {key: value for key, value in asked.items() if value or key in known}
            if unknown := sorted(set(given) - known):
                raise UsageError(
                    f"The notebook {source.stem} knows no parameter {', '.join(unknown)}",
                    f"It knows {', '.join(sorted(known - {'folder', 'interactive'}))}.",
                )
            given |= {"interactive": False} if "interactive" in known else {}
            cell.source = "\n".join((cell.source, *(f"{key} = {value!r}" for key, value in given.items())))
    return notebook


def _assigned(code: str) -> set[str]:
    """Return the names that a cell gives a value."""
    return {
        target.id
        for line in ast.parse(code).body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name)
    }


def _run(notebook: Any, name: str) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    try:
        client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", extra_arguments=QUIET)
        client.execute()
    except CellExecutionError as error:
        said = str(error).strip().splitlines()
        raise DetectError(
            f"A cell of the notebook {name} failed: {said[-1] if said else error.ename}", "Open it and run it."
        ) from error
