"""Metrics of one segment that disagree: one isolation forest over the joint surprise of all groups of related metrics."""

from __future__ import annotations

from pydantic import Field

from detect.model import Frozen

__all__ = ["ForestSettings"]


class ForestSettings(Frozen):
    """The joint question of related metrics, asked by one pooled isolation forest (Liu, Ting, Zhou 2008).

    The forest and its tail are fitted on a schedule and stored; a night only reads them.
    """

    enabled: bool = True
    share: float = Field(default=0.05, ge=0.0, le=1.0)  # of the promised false alarms
    trees: int = Field(default=100, ge=10, le=1000)
    max_samples: int = Field(default=256, ge=16)
    training_rows: int = Field(default=20_000, ge=256)  # group-days, drawn evenly over the history
    history: int = Field(default=250, ge=30)  # days from which correlations and the forest are learnt
    min_history: int = Field(default=60, ge=20)  # judged days that two metrics must share before their relation counts
    min_correlation: float = Field(default=0.3, ge=0.0, le=1.0)  # weaker pairs cannot disagree
    seed: int = 1
