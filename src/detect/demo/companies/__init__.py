"""The demo's companies: their configuration, their public data, and the days these cover."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detect.config.environment import cache_folder
from detect.demo.download import FLIGHTS, RETAIL, DataFile, fetch
from detect.demo.load import Progress, load_flights, load_retail
from detect.errors import UsageError

__all__ = ["COMPANIES", "DemoCompany", "copy_configuration", "prepare"]

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[
    3
]  # where this package lies in a working copy, the retailer's configuration stands at the top
PARTS = ("config", "expectations")


@dataclass(frozen=True)
class DemoCompany:
    """A company that can be played through: which file its warehouse is loaded from, and the first and last day in it."""

    id: str
    file: DataFile
    load: Callable[[Path, Path, Progress | None], int]
    first_day: date
    last_day: date


COMPANIES: Mapping[str, DemoCompany] = {
    "retail": DemoCompany("retail", RETAIL, load_retail, date(2009, 12, 1), date(2011, 12, 9)),
    "flights": DemoCompany("flights", FLIGHTS, load_flights, date(2013, 1, 1), date(2013, 12, 31)),
}


def prepare(name: str, directory: Path, environ: Mapping[str, str], progress: Progress | None = None) -> DemoCompany:
    """Make `directory` a demo company's folder: its configuration, and its warehouse in var/; what is there already stays.

    Raises UsageError for an unknown company, DownloadError when the data cannot be had.
    """
    if name not in COMPANIES:
        raise UsageError(f"There is no demo company {name!r}", f"Choose one of {', '.join(COMPANIES)}.")
    company = COMPANIES[name]
    warehouse = directory / "var" / "warehouse.db"
    if not warehouse.is_file():
        company.load(fetch(company.file, cache_folder(environ), environ), warehouse, progress)
    copy_configuration(name, directory)
    return company


def copy_configuration(name: str, directory: Path) -> None:
    """Copy a demo company's configuration into `directory`, unless it holds one."""
    if (directory / "config").exists():
        return
    source = _configuration(name)
    for part in PARTS:
        shutil.copytree(source / part, directory / part, copy_function=shutil.copyfile, dirs_exist_ok=True)


def _configuration(name: str) -> Path:
    """Find the configuration: inside the package, or for the retailer at the top of a working copy."""
    for folder in (HERE / name, *([REPOSITORY] if name == "retail" else [])):
        if (folder / "config" / "company.yaml").is_file():
            return folder
    raise UsageError(
        f"The configuration of the demo company {name!r} is not part of this installation",
        "Install the package again, or run the demo from a working copy.",
    )
