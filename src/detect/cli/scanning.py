"""`scan`: any file of daily series, judged walk-forward."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detect.cli.options import AsJson, parse_day
from detect.cli.output import Output
from detect.errors import UsageError

__all__ = ["register"]

_MOST = 1000.0  # false episodes in 1,000 series-days: one a day


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(scan)


def scan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A tidy CSV or Parquet file: series,date,value.")],
    out: Annotated[Path, typer.Option("--out", metavar="FINDINGS", help="The CSV file to write.")],
    country: Annotated[
        str | None, typer.Option("--country", metavar="CC", help="Whose public holidays count, e.g. CN, GB.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="D", help="The first day to judge; default: as soon as possible.")
    ] = None,
    budget: Annotated[
        float, typer.Option("--budget", metavar="N", help="Promised false episodes in 1,000 series-days.")
    ] = 2.0,
    json: AsJson = False,
) -> int:
    """Judge every day of any daily series by the days before it alone."""
    from detect.pipeline.scan import read_series, scan

    if not 0 < budget <= _MOST:
        raise UsageError(f"--budget: {budget:g} cannot be promised", f"Give a number above 0, at most {_MOST:g}.")
    output = Output(json=json)
    day = parse_day(first, "--from") if first else None
    with output.progress() as progress:
        progress(f"reading {file.name}")
        found = scan(read_series(file), country=country, first=day, budget=budget, progress=progress)
    part = out.with_name(f".{out.name}.part")
    found.findings.to_csv(part, index=False)
    part.replace(out)
    if json:
        told = {
            "series": found.series,
            "days": found.days,
            "findings": len(found.findings),
            "seconds": round(found.seconds, 2),
        }
        output.document(told)
    output.say(f"{found.series} series, {found.days:,} series-days judged, {len(found.findings)} findings in {out}")
    return 0
