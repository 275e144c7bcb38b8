"""The demo's companies: their configuration, their data (public, or generated), and the days these cover."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detect.config.environment import cache_folder
from detect.demo.download import FLIGHTS, RETAIL, DataFile, fetch
from detect.demo.erp import FIRST, LAST, load_erp, write_configuration
from detect.demo.load import Progress, load_flights, load_retail
from detect.errors import UsageError

__all__ = ["COMPANIES", "DemoCompany", "copy_configuration", "prepare", "public"]

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[
    3
]  # where this package lies in a working copy, the retailer's configuration stands at the top
PARTS = ("config", "expectations")


@dataclass(frozen=True)
class DemoCompany:
    """A company that can be played through: how its warehouse is filled, and the first and last day in it.

    `played_from` is the first night that is judged (None: as soon as a judgement can be made).
    """

    id: str
    fill: Callable[[Path, Mapping[str, str], Progress | None], object]
    first_day: date
    last_day: date
    played_from: date | None = None


def public(file: DataFile, load: Callable[[Path, Path, Progress | None], int]) -> Callable[..., object]:
    """Fill a warehouse from a public file, which is downloaded when it is not in the cache."""

    def fill(warehouse: Path, environ: Mapping[str, str], progress: Progress | None) -> object:
        return load(fetch(file, cache_folder(environ), environ), warehouse, progress)

    return fill


def _generated(warehouse: Path, environ: Mapping[str, str], progress: Progress | None) -> object:  # noqa: ARG001 - one form
    return load_erp(warehouse, progress)


COMPANIES: Mapping[str, DemoCompany] = {
    "retail": DemoCompany("retail", public(RETAIL, load_retail), date(2009, 12, 1), date(2011, 12, 9)),
    "flights": DemoCompany("flights", public(FLIGHTS, load_flights), date(2013, 1, 1), date(2013, 12, 31)),
    "erp": DemoCompany("erp", _generated, FIRST, LAST, played_from=date(2025, 8, 25)),
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
        company.fill(warehouse, environ, progress)
    copy_configuration(name, directory)
    return company


def copy_configuration(name: str, directory: Path) -> None:
    """Copy a demo company's configuration into `directory`, unless it holds one."""
    if (directory / "config").exists():
        return
    if name == "erp":
        write_configuration(directory)
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
