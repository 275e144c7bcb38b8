"""The stages of a run, each with its limits, and the seam through which they are called.

`nightly.run` calls every stage through a `Call`. `plainly` does so in this process; a scheduler may pass its own, which makes a task
of each call with the same limits. Either way the order, the isolation and the results are the same.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from detect.errors import SourceUnavailable

__all__ = [
    "AUDIT",
    "CHECK",
    "CLOSE",
    "DELIVER",
    "GRADE",
    "JUDGE",
    "PULL",
    "RECORD",
    "TRACE",
    "Call",
    "Stage",
    "plainly",
]


@dataclass(frozen=True)
class Stage:
    """One stage: how often it may be tried again when a source did not answer, and how long one try may take (seconds)."""

    name: str
    retries: int = 0
    retry_delay: float = 2.0
    timeout: float = 1800.0


PULL = Stage("pull", retries=2, timeout=900)
CHECK = Stage("check", retries=2, timeout=900)
TRACE = Stage("trace", retries=2, timeout=900)
AUDIT = Stage("audit", retries=2, timeout=900)
CLOSE = Stage("close", retries=2, timeout=900)
JUDGE = Stage("judge")
GRADE = Stage("grade")
RECORD = Stage("record", timeout=600)
DELIVER = Stage("deliver", timeout=900)


class Call(Protocol):
    """Carries out one piece of work of a stage and returns what it returns, or raises what it raised last."""

    def __call__(self, stage: Stage, name: str, work: Callable[[], Any]) -> Any:
        """Carry out `work`, which is called `name` among its stage's."""
        ...


def plainly(stage: Stage, name: str, work: Callable[[], Any]) -> Any:  # noqa: ARG001 - the name is for schedulers
    """Call `work` in this process; try again, with growing pauses, only when a source did not answer."""
    for attempt in range(stage.retries):
        try:
            return work()
        except SourceUnavailable:
            time.sleep(stage.retry_delay * 2**attempt * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
    return work()
