"""A new company's folder: every key of the configuration, commented, ready to be filled in."""

from __future__ import annotations

import shutil
from pathlib import Path

from detect.errors import UsageError

__all__ = ["TEMPLATE", "start"]

TEMPLATE = Path(__file__).parent / "template"


def start(directory: Path) -> tuple[Path, ...]:
    """Write the template into `directory` and return its files; raises UsageError when a configuration is there already."""
    taken = [part for part in ("config", "expectations") if (directory / part).exists()]
    if taken:
        raise UsageError(
            f"{directory} already holds {' and '.join(taken)}", "Choose another folder, or change the files there."
        )
    try:
        shutil.copytree(TEMPLATE, directory, copy_function=shutil.copyfile, dirs_exist_ok=True)
    except OSError as error:
        raise UsageError(f"{directory} cannot be written ({error.strerror})", "Choose another folder.") from error
    return tuple(sorted(directory / path.relative_to(TEMPLATE) for path in TEMPLATE.rglob("*.yaml")))
