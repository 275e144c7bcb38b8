"""The nouns that the program computes: plain frozen dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from detect.model.configured import Text
from detect.model.enums import Category, Cause, Kind, Level, Outcome, Status, Verdict

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "Case",
    "Change",
    "Check",
    "Departure",
    "Event",
    "Finding",
    "Grade",
    "History",
    "Judgement",
    "NightSummary",
    "Notice",
    "Panel",
    "Scores",
    "SeriesKey",
]


class SeriesKey(NamedTuple):
    """One metric in one segment; the segment of the whole is ''."""

    metric: str
    segment: str


@dataclass(frozen=True, eq=False)
class Panel:
    """Many daily series over the same consecutive calendar days.

    `values` is (series, days) float64; NaN where there is no value. `present` is (series, days) bool: a row existed (its value may
    still be non-finite). `weights`, when given, is (series, days): the denominator of a ratio. `repeated` is (series, days)
    bool: the day's figure arrived more than once. Rows follow `keys`, which are sorted; columns follow `days` (datetime64[D]).
    """

    keys: tuple[SeriesKey, ...]
    days: np.ndarray
    values: np.ndarray
    present: np.ndarray
    weights: np.ndarray | None = None
    repeated: np.ndarray | None = None

    def __post_init__(self) -> None:
        shape = (len(self.keys), len(self.days))
        for name in ("values", "present", "weights", "repeated"):
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                msg = f"Panel.{name} has shape {array.shape}, {shape} expected"
                raise ValueError(msg)


@dataclass(frozen=True, eq=False)
class Scores:
    """What one channel of a detector says of every judged day: arrays of shape (series, judged days).

    `statistic` is signed and in units of the expected spread, NaN where the channel had nothing to say; `p` is the probability of
    something as extreme on a normal day.
    """

    channel: str
    statistic: np.ndarray
    p: np.ndarray


@dataclass(frozen=True)
class Departure:
    """One flagged series-day, before it is given a business meaning: `series`, `day` and `first` index the Panel's rows and columns."""

    series: int
    day: int  # column of the day judged, which is also the night that says so
    first: int  # column of the day on which the departure began, at most `day`
    kind: Kind
    channel: str
    statistic: float
    p: float
    actual: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    provisional: bool = False
    severity: Level | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Judgement:
    """What the detectors say of a Panel: the departures, and an outcome for every (detector, series, judged day).

    `first` is the Panel column of the first judged day; `expected`, `lower`, `upper` and each array of `outcomes` have shape
    (series, judged days). Outcomes are small integers, positions in `tuple(Outcome)`.
    """

    first: int
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    departures: tuple[Departure, ...]
    outcomes: Mapping[str, np.ndarray]
    scores: tuple[Scores, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One departure: what, where, when, how far, and the evidence; pure data, JSON-able through `evidence`.

    `as_of` is the night that said so, `day` the day it is about, `first_day` the day the departure began. `subject` is a metric id,
    `table:expectation`, `process:step` or `manual:id`. `statistic` is signed and in units of the expected spread; `p` the
    probability of something as extreme on a normal day. Money in `stake` is in the company's currency, never negative.
    """

    as_of: date
    day: date
    first_day: date
    subject: str
    segment: str
    channel: str
    category: Category
    kind: Kind
    department: str
    metric: str | None = None
    actual: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    unit: str = ""
    statistic: float | None = None
    p: float | None = None
    provisional: bool = False
    severity: Level | None = None  # given by a rule or a fixed limit, before grading
    stake: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes two reports of one night the same finding."""
        return (self.as_of.isoformat(), self.day.isoformat(), self.subject, self.segment, self.channel)


@dataclass(frozen=True)
class Grade:
    """The level of a case, the rule of the decision table that set it, and what would have made it one level higher."""

    level: Level
    rule: str
    one_level_higher: Text


@dataclass(frozen=True)
class Event:
    """Something that happened to a case, named in the past tense; never changed, never removed.

    `seq` counts from 1 within the case. `data` is JSON-able and is what the fold reads.
    """

    case_id: str
    seq: int
    type: str
    at: datetime
    actor: str
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """An exception being followed: the fold of its events; one row of the table `exceptions`."""

    id: str
    subject: str
    segment: str
    category: Category
    kind: Kind
    description: Text
    detected_on: date
    first_day: date
    last_day: date
    level: Level
    status: Status
    department: str
    owner: str
    opened_at: datetime
    updated_at: datetime
    seq: int
    channel: str = ""
    metric: str | None = None
    verdict: Verdict | None = None
    cause: Cause | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    actual: float | None = None
    unit: str = ""
    stake: float | None = None
    rule: str = ""
    one_level_higher: Text = field(default_factory=lambda: Text(en="", zh=""))
    impact: tuple[Text, ...] = ()
    measures: tuple[Text, ...] = ()
    parent: str | None = None
    restricted: bool = False
    provisional: bool = False
    clock_runs: bool = True  # False for what a backfill opened: an imported past case starts no deadline
    milestones: Mapping[str, str] = field(default_factory=dict)  # step -> ISO instant it was done
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One line of the run ledger: how the planned checks of one (subject, detector) ended.

    `outcomes` counts series per outcome and adds up to `planned`; `notable` names each series whose outcome is neither ok nor an
    unchanged insufficient_history, with a cause. `digest` stands for the data judged.
    """

    subject: str
    detector: str
    planned: int
    outcomes: Mapping[Outcome, int]
    digest: str = ""
    notable: tuple[tuple[str, Outcome, str], ...] = ()  # (segment, outcome, cause)


@dataclass(frozen=True, eq=False)
class History:
    """One series as a person sees it: what was, what was expected, and where it departed; all arrays have shape (days,)."""

    days: np.ndarray  # datetime64[D]
    actual: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    flagged: np.ndarray  # bool: days the case is about
    holidays: Mapping[date, str] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True)
class Change:
    """What happened to a case, in the words of the policy: opened, extended, worsened, recovered, reminded, escalated.

    `also` are people told of it beside those whom the case concerns anyway; with `only` they alone are.
    """

    case: Case
    what: str
    event_seq: int
    also: tuple[str, ...] = ()
    only: bool = False


@dataclass(frozen=True)
class NightSummary:
    """What one run did, as the head of every digest and report says it; the parts add up (`planned` = sum of `outcomes`)."""

    as_of: date
    run_id: str
    state: str  # complete | incomplete
    planned: int
    outcomes: Mapping[Outcome, int]
    new: int
    overdue: int
    at_stake: float
    currency: str
    data_until: date | None  # the last business day that has rows
    mode: str = "nightly"
    not_judged: tuple[tuple[str, str, Outcome, str], ...] = ()  # (subject, segment, outcome, cause), the notable ones

    @property
    def made(self) -> int:
        """How many planned checks came to a judgement."""
        return self.outcomes.get(Outcome.OK, 0) + self.outcomes.get(Outcome.FINDING, 0)


@dataclass(frozen=True)
class Notice:
    """A text to one recipient over one channel; `key` is the outbox's identity, the same on every try."""

    key: str
    recipient: str
    channel: str
    address: str
    subject: str
    text: str
    html: str = ""
    images: Mapping[str, bytes] = field(default_factory=dict)  # content id -> PNG
    language: str = "en"
    kind: str = "digest"  # digest | case | operations
    case_ids: tuple[str, ...] = ()
    as_of: date | None = None
    not_before: datetime | None = None  # held until then: the recipient's quiet hours
    attachments: Mapping[str, bytes] = field(default_factory=dict)  # file name -> content
