"""Who must have done what by when: the `[X]` of the policy, per level (policy P4.2, P4.3, P4.5, P4.6)."""

from __future__ import annotations

from pydantic import Field, field_validator

from detect.model import Frozen, Level

__all__ = ["Deadlines", "LevelDeadlines"]


class LevelDeadlines(Frozen):
    """The clock of one level: working hours unless a name says days (calendar days).

    `acknowledge` and `report` count from the first report of the case (opening, reopening, or a rise of its level), `meet` from the report
    to the group, `decide` from the meeting, `progress_every` from the last progress report.
    """

    acknowledge: float = Field(gt=0)
    report: float = Field(gt=0)
    meet: float = Field(gt=0)
    decide: float = Field(default=8, gt=0)
    progress_every: float = Field(gt=0)
    reminder_lead: float = Field(default=1, ge=0)  # a reminder goes out so long before the deadline
    observation_days: int = Field(default=7, ge=1)  # a resolved case is watched so long before it may be signed off
    relapse_days: int = Field(default=30, ge=0)  # trouble back within this time after closing reopens the same case


def _defaults() -> dict[Level, LevelDeadlines]:
    return {
        Level.MAJOR: LevelDeadlines(acknowledge=1, report=2, meet=4, decide=4, progress_every=8, reminder_lead=0.5),
        Level.LARGER: LevelDeadlines(acknowledge=4, report=8, meet=16, decide=8, progress_every=24, reminder_lead=1),
        Level.SOME: LevelDeadlines(acknowledge=8, report=24, meet=40, decide=16, progress_every=40, reminder_lead=2),
    }


class Deadlines(Frozen):
    """The clocks of all three levels; with `level_3_in_department` a level 3 case may go from assessed straight to measures.

    Missed deadlines are always shown. They are escalated where `escalate` says so; null means: as soon as heads can answer, that is
    when `notices: link` names the web page.
    """

    levels: dict[Level, LevelDeadlines] = Field(default_factory=_defaults)
    level_3_in_department: bool = True
    escalate: bool | None = None

    @field_validator("levels")
    @classmethod
    def _every_level(cls, given: dict[Level, LevelDeadlines]) -> dict[Level, LevelDeadlines]:
        missing = [f"{level:d}" for level in Level if level not in given]
        if missing:
            raise ValueError(f"no deadlines for level {', '.join(missing)}; all of 1, 2, 3 are needed")
        return given

    def of(self, level: Level) -> LevelDeadlines:
        """Return the clock of `level`."""
        return self.levels[level]
