"""Makes a Prefect task of each stage of a run; the limits are those of `detect.pipeline.stages`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from detect.errors import SourceUnavailable
from detect.pipeline.stages import Stage

__all__ = ["as_task"]


def as_task(stage: Stage, name: str, work: Callable[[], Any]) -> Any:
    """Run `work` as the task `stage`, shown as "stage name", in the flow run that is under way."""
    run = task(
        name=stage.name,
        task_run_name=f"{stage.name} {name}",
        retries=stage.retries,
        retry_delay_seconds=stage.retry_delay,
        retry_condition_fn=_source_did_not_answer,
        timeout_seconds=stage.timeout,
        cache_policy=NO_CACHE,  # the store's ledger, not Prefect, knows what was done
        persist_result=False,
    )(_without_parameters(work))
    return run()


def _without_parameters(work: Callable[[], Any]) -> Callable[[], Any]:
    """Hide the arguments from Prefect, which would walk through every array in them."""

    def call() -> Any:
        return work()

    return call


def _source_did_not_answer(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    result = state.result(raise_on_failure=False)
    return isinstance(result, SourceUnavailable)
