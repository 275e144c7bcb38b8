"""The nightly flow under a real Prefect server: retries of one table's task alone, and a run that a worker deploys."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.company import BREACH, Company, CopyCompany

from detect.model import Category, Level
from detect.pipeline.intake import Report, take_in
from detect.pipeline.session import open_session

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
QUIET = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "DO_NOT_TRACK": "1",
    "OMP_NUM_THREADS": "1",
}
PATIENCE = 150.0  # seconds for a worker to take up a run and end it

# The flow in a process of its own, with the table `deliveries` not answering twice; prints what Prefect and the ledger say.
BROKEN_TWICE = """
import asyncio, json, sys
from datetime import date, datetime
from pathlib import Path
from detect.db.warehouse import Warehouse
from detect.errors import SourceUnavailable
whole, failed = Warehouse.aggregate, []
def aggregate(self, source, *args, **kwargs):
    if source.id == "deliveries" and len(failed) < 2:
        failed.append(source.id)
        raise SourceUnavailable("The warehouse did not answer", "Look whether it runs.")
    return whole(self, source, *args, **kwargs)
Warehouse.aggregate = aggregate
from flows.follow_up import follow_up
from flows.nightly import nightly
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness
async def seen():
    async with get_client() as client:
        runs = await client.read_task_runs(limit=200)
        artifacts = await client.read_artifacts()
        flows = await client.read_flow_runs()
    return {
        "tasks": [[run.name, run.run_count, run.state_name] for run in runs],
        "artifacts": [[artifact.key, artifact.description, artifact.data] for artifact in artifacts],
        "flows": [run.state_name for run in flows],
    }
with prefect_test_harness(server_startup_timeout=120):
    night = nightly(date.fromisoformat(sys.argv[2]), notify=False, config=Path(sys.argv[1]))
    passes = [follow_up(datetime.fromisoformat(sys.argv[3]), Path(sys.argv[1]))["events"] for _ in range(2)]
    print("SEEN", json.dumps({"night": night, "passes": passes, **asyncio.run(seen())}, default=str))
"""


def environment(home: Path, **more: str) -> dict[str, str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "DETECT_"))}
    return {**own, **QUIET, "PREFECT_HOME": str(home), "PYTHONPATH": str(ROOT), **more}


def test_a_table_that_fails_twice_is_pulled_again_and_nothing_else_is(tea: Company, tmp_path: Path):
    """Only its own task shows retries; every other task ran once, and artifact and ledger tell the same complete night.

    The follow-up, a flow of its own, escalates what was not acknowledged, and run again at once does nothing.
    """
    with open_session(tea.book) as session:
        report = Report("a fire", Category.PROCESS, "supply", Level.LARGER, date(2025, 5, 19))
        fire = take_in(session, report, "noor", datetime(2025, 5, 19, 8, tzinfo=UTC)).id
    done = subprocess.run(
        [sys.executable, "-c", BROKEN_TWICE, str(tea.folder), str(BREACH), "2025-05-19T14:30:00+00:00"],
        env=environment(tmp_path / "prefect"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    seen = json.loads(line.removeprefix("SEEN "))
    counts = {name: count for name, count, _ in seen["tasks"]}
    assert counts["pull deliveries"] == 3
    assert {name: count for name, count in counts.items() if name != "pull deliveries"} == dict.fromkeys(
        set(counts) - {"pull deliveries"}, 1
    )
    assert set(counts) >= {"pull sales", "check sales", "check deliveries"}
    assert {state for _, _, state in seen["tasks"]} == {"Completed"}
    assert seen["flows"] == ["Completed"] * 3
    assert seen["passes"] == [{"escalated": [fire]}, {}]
    with tea.store() as store:
        run = store.known_run(BREACH)
        found = {case.id for case in store.cases(detected_on=BREACH)}
    assert run is not None
    assert run.state == seen["night"]["state"] == "complete"
    ((_, description, data),) = [artifact for artifact in seen["artifacts"] if artifact[0] == "night"]
    assert f"{run.planned} checks planned" in description
    assert all(f"{outcome.value} {count}" in description for outcome, count in run.outcomes.items())
    assert {row["case"] for row in json.loads(data)} >= found


@contextmanager
def running(command: list[str], log: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of ours in a group of its own and stop that group at the end."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=env, cwd=ROOT, start_new_session=True
        )
        try:
            yield process
        finally:
            for sign in (signal.SIGINT, signal.SIGKILL):
                if process.poll() is None:
                    os.killpg(process.pid, sign)
                try:
                    process.wait(20)
                    break
                except subprocess.TimeoutExpired:
                    continue


def until(what: Callable[[], bool], seconds: float, why: Callable[[], str]) -> None:
    """Wait until something holds; fail with `why` when it takes too long."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, why()
        time.sleep(0.5)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_deployed_run_of_a_worker_ends_completed_and_stands_in_the_ledger(company_copy: CopyCompany, tmp_path: Path):
    """Server, pool, `prefect deploy` of flows/prefect.yaml, a worker, one run on demand: Prefect and the ledger agree."""
    company = company_copy("deployed")
    port = free_port()
    env = environment(
        tmp_path / "prefect",
        PREFECT_API_URL=f"http://127.0.0.1:{port}/api",
        YUJING_HOME=str(ROOT),
        NO_PROXY="127.0.0.1",
    )
    program = str(Path(sys.executable).with_name("prefect"))
    logs = [tmp_path / "server.log", tmp_path / "worker.log"]

    def prefect(*words: str) -> str:
        done = subprocess.run(
            [program, *words], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def said() -> str:
        return "\n".join(log.read_text(errors="replace")[-2500:] for log in logs if log.exists())

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with running([program, "server", "start", "--host", "127.0.0.1", "--port", str(port)], logs[0], env):
        until(answers, 120, said)
        prefect("work-pool", "create", "yujing", "--type", "process")
        prefect("--no-prompt", "deploy", "--name", "nightly", "--prefect-file", "flows/prefect.yaml")
        asked = {"as_of": str(BREACH), "config": str(company.folder), "notify": False}
        prefect(
            "deployment",
            "run",
            "nightly/nightly",
            *(w for k, v in asked.items() for w in ("--param", f"{k}={json.dumps(v)}")),
        )
        with running([program, "worker", "start", "--pool", "yujing", "--limit", "1"], logs[1], env):

            def ended() -> bool:
                states = Counter(_states(env))
                return states["COMPLETED"] + states["FAILED"] + states["CRASHED"] > 0

            until(ended, PATIENCE, said)
            assert Counter(_states(env))["COMPLETED"] == 1, said()
    with company.store() as store:
        run = store.known_run(BREACH)
    assert run is not None
    assert run.state == "complete"


def _states(env: dict[str, str]) -> list[str]:
    import httpx  # noqa: PLC0415 -- needed here alone

    answer = httpx.post(f"{env['PREFECT_API_URL']}/flow_runs/filter", json={}, timeout=30, trust_env=False)
    return [
        str(run["state_type"]) for run in answer.json() if run["state_type"] != "SCHEDULED" or not run["auto_scheduled"]
    ]


def test_the_served_deployment_has_one_run_at_a_time_in_the_companys_zone(tmp_path: Path):
    """`flows/serve.py` builds the deployment that it would serve."""
    code = (
        "from flows.serve import deployment\n"
        "made = deployment('30 2 * * *', 'Europe/London', {})\n"
        "print(made.name, made.schedules[0].schedule.timezone, made.concurrency_limit)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(tmp_path), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["nightly", "Europe/London", "1"], done.stderr[-2000:]
