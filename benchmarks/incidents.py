"""Real series with datable incidents: skill and false alarms, for a folder of data that is given.

    python -m benchmarks.incidents --bench DIR --data DIR [--budget 1]

DIR of --data holds flights/, orders/, payments/, prices/ and labelled_nab/, each with daily figures and an incidents file. Several
figures of one subject (an origin's cancellations and delays) are judged together and told together: a subject is hit by a finding of
any of them, and a day told of two is one. Skill is recall less what flagging as many days without looking would find.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from benchmarks import report
from benchmarks.bench_sets import Bench, Set, joined, per_series
from benchmarks.by_detector import MEDIAN, SCAN, findings_by_way, page, split

from detect.detectors import Detection

__all__ = ["sets"]


def sets(data: Path) -> Iterator[Set]:
    """Yield the sets; a series is named `subject|figure`."""
    yield _flights(data / "flights")
    yield _tidy(
        data / "orders",
        "orders_daily.csv.gz",
        "segment",
        ["revenue", "units", "cancel_value", "lines", "zero_price_units"],
        "GB",
    )
    yield _tidy(
        data / "payments",
        "payments_daily.csv.gz",
        "doc_type",
        ["submitted", "approved_final", "payments", "paid_amount_eur"],
        "NL",
    )
    prices = pd.read_csv(data / "prices" / "prices_daily.csv.gz", parse_dates=["date"]).dropna()
    recent = prices[prices["date"] >= "2003-01-01"]
    for name, country in (("vix_close_index", "NYSE"), ("henry_hub_gas_usd_mmbtu", "NYSE")):
        yield Set(
            f"prices: {name}",
            recent[recent["series"] == name],
            _events(data / "prices" / "incidents.csv", name),
            country,
            None,
        )
    taxi = pd.read_csv(data / "labelled_nab" / "nyc_taxi_daily.csv.gz", parse_dates=["date"])
    taxi = pd.DataFrame({"series": "passengers", "date": taxi["date"], "value": taxi["passengers"]})
    yield Set("taxi", taxi, _events(data / "labelled_nab" / "nyc_taxi_incidents.csv", None), None, None)


def _flights(folder: Path) -> Set:
    daily = pd.read_csv(folder / "flights_daily.csv.gz", parse_dates=["date"])
    daily["minutes"] = daily["dep_delay_mean_min"].fillna(0) * (daily["flights"] - daily["cancelled"])
    groups = {"ALL": daily}
    groups |= {f"carrier:{name}": part for name, part in daily.groupby("carrier") if len(part) > 300}
    groups |= {f"origin:{name}": part for name, part in daily.groupby("origin")}
    rows = []
    for subject, part in groups.items():
        total = part.groupby("date")[["flights", "cancelled", "minutes"]].sum()
        flown = (total["flights"] - total["cancelled"]).clip(lower=1)
        figures = {"flights": total["flights"], "cancelled": total["cancelled"], "delay": total["minutes"] / flown}
        rows += [_series(f"{subject}|{name}", values) for name, values in figures.items()]
    return Set("flights", pd.concat(rows), _events(folder / "incidents.csv", None), "US", None)


def _tidy(folder: Path, file: str, subject: str, figures: list[str], country: str) -> Set:
    daily = pd.read_csv(folder / file, parse_dates=["date"])
    rows = [_series(f"{name}|{f}", part.set_index("date")[f]) for name, part in daily.groupby(subject) for f in figures]
    return Set(folder.name, pd.concat(rows), _events(folder / "incidents.csv", None), country, None)


def _series(name: str, values: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"series": name, "date": values.index, "value": values.to_numpy(float)}).dropna()


def _events(file: Path, only: str | None) -> pd.DataFrame:
    events = pd.read_csv(file, parse_dates=["start", "end"])
    return events if only is None else events[events["series"] == only]


def judged_by_subject(bench: Bench, given: Set, findings: pd.DataFrame) -> pd.DataFrame:
    """Score a set whose series are figures of subjects, by subject."""
    subjects = given.series.assign(series=given.series["series"].str.partition("|")[0])
    told = findings.assign(series=findings["series"].str.partition("|")[0])
    return per_series(bench, Set(given.name, subjects, given.events, given.country, given.first), told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--budget", type=float, default=Detection().budget)
    o = parser.parse_args()
    lines = [
        "## Real series with datable incidents",
        "",
        f"Budget {o.budget:g} per 1,000 series-days, walk-forward from the first day, as `detect scan` does; several figures of a subject",
        "are told together. Beside it a same-weekday median, told at 5 spreads.",
        "",
        "| set | incidents | found | skill (95 % by subject) | false episodes per 1,000 subject-days | median's skill | its false |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    skills, splits = [], []
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(o.bench, Path(work))
        for given in sets(o.data):
            ways = findings_by_way(given, o.budget)
            splits.append(split(bench, given, ways))
            scored = judged_by_subject(bench, given, ways[SCAN])
            r, found, plain = joined(scored), int(scored["found"].sum()), splits[-1].ways[MEDIAN]
            skills.append((r["skill"], plain.skill))
            lines.append(
                f"| {given.name} | {r['events']:.0f} | {found} | {r['skill']:.2f} ({r['skill_low']:.2f}-{r['skill_high']:.2f}) "
                f"| {r['rate']:.1f} | {plain.skill:.2f} | {plain.rate:.1f} |"
            )
            print(lines[-1], flush=True)
    ours, median = (sum(skill) / len(skills) for skill in zip(*skills, strict=True))
    lines.append(f"| mean of the sets | | | {ours:.2f} | | {median:.2f} | |")
    report.put(["\n".join(lines), page(splits, o.budget)])


if __name__ == "__main__":
    main()
