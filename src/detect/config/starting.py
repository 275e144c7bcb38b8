"""A new company's folder: every key of the configuration, commented, ready to be filled in; with packs for parts of the business."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from detect.config.folder import TEMPLATE
from detect.errors import UsageError

__all__ = ["PACKS", "start"]

HERE = Path(__file__).parent
PACKED = HERE / "packs"
PACKS = ("procurement", "production", "inventory", "finance")
ALWAYS = "sales"  # what the template itself has
DEPARTMENTS_END, PEOPLE_END = "\n  - id: monitoring\n", "\n\nnotices:"  # of the template's company.yaml


def start(directory: Path, packs: Sequence[str] = ()) -> tuple[Path, ...]:
    """Write the template into `directory`, with what `packs` add, and return the files.

    Raises UsageError for an unknown pack, and when a configuration is there already.
    """
    if unknown := [name for name in packs if name not in PACKS]:
        raise UsageError(f"There is no pack {unknown[0]!r}", f"Choose among {', '.join(PACKS)}.")
    taken = [part for part in ("config", "expectations") if (directory / part).exists()]
    if taken:
        raise UsageError(
            f"{directory} already holds {' and '.join(taken)}", "Choose another folder, or change the files there."
        )
    try:
        shutil.copytree(TEMPLATE, directory, copy_function=shutil.copyfile, dirs_exist_ok=True)
        chosen = [name for name in PACKS if name in packs]
        for name in chosen:
            _add(PACKED / name, directory)
        for name in chosen:
            _join(PACKED / name, directory, {ALWAYS, *chosen})
    except OSError as error:
        raise UsageError(f"{directory} cannot be written ({error.strerror})", "Choose another folder.") from error
    return tuple(sorted(path for part in ("config", "expectations") for path in (directory / part).rglob("*.yaml")))


def _add(pack: Path, directory: Path) -> None:
    """Add a pack's department and person, its tables, metrics and suites."""
    company = directory / "config" / "company.yaml"
    text = company.read_text(encoding="utf-8")
    text = text.replace(DEPARTMENTS_END, f"\n{_text(pack / 'departments.yaml')}{DEPARTMENTS_END[1:]}", 1)
    text = text.replace(PEOPLE_END, f"\n{_text(pack / 'people.yaml').rstrip()}{PEOPLE_END}", 1)
    company.write_text(text, encoding="utf-8")
    _append(pack / "tables.yaml", directory / "config" / "tables.yaml")
    shutil.copyfile(pack / "metrics.yaml", directory / "config" / "metrics" / f"{pack.name}.yaml")
    for suite in sorted((pack / "suites").glob("*.yaml")):
        shutil.copyfile(suite, directory / "expectations" / suite.name)


def _join(pack: Path, directory: Path, there: set[str]) -> None:
    """Add the rules that hold a pack's tables against those of others that are there too."""
    for rules in sorted(pack.glob("rules/*/*.yaml")):
        if rules.parent.name in there:
            _append(rules, directory / "expectations" / rules.name)


def _append(part: Path, whole: Path) -> None:
    whole.write_text(f"{_text(whole).rstrip()}\n{_text(part)}", encoding="utf-8")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
