"""The closed lists: every word that a stored row, a rule or a command may hold."""

from __future__ import annotations

from enum import IntEnum, StrEnum

__all__ = [
    "Category",
    "Cause",
    "Direction",
    "Kind",
    "Level",
    "Outcome",
    "SeriesType",
    "Status",
    "Verdict",
]


class Category(StrEnum):
    """What kind of business matter departs from the normal (policy P2)."""

    PROCESS = "process"
    DATA = "data"
    CUSTOMER = "customer"
    MARKET = "market"
    FINANCIAL = "financial"


class Level(IntEnum):
    """Warning level by possible impact (policy P3.4); 1 is the gravest."""

    MAJOR = 1
    LARGER = 2
    SOME = 3


class Verdict(StrEnum):
    """What a person says a case was; a case has none until someone says so."""

    TRUE = "true"
    EXPECTED = "expected"
    FALSE = "false"
    NEW_NORMAL = "new_normal"


class Kind(StrEnum):
    """The shape of a departure."""

    SPIKE = "spike"
    DIP = "dip"
    LEVEL_SHIFT = "level_shift"
    DRIFT = "drift"
    STUCK = "stuck"
    MISSING = "missing"
    PARTIAL_LOAD = "partial_load"
    DOUBLE_LOAD = "double_load"
    UNIT_ERROR = "unit_error"
    PATTERN_BREAK = "pattern_break"
    LIMIT = "limit"
    FORECAST_BREACH = "forecast_breach"
    OFF_TARGET = "off_target"
    JOINT = "joint"
    RULE = "rule"
    SCHEMA = "schema"
    FRESHNESS = "freshness"
    VOLUME = "volume"
    RECONCILIATION = "reconciliation"
    DELAY = "delay"
    INTERRUPTION = "interruption"
    MISSING_STEP = "missing_step"
    WRONG_ORDER = "wrong_order"
    REWORK = "rework"
    BACKLOG = "backlog"
    RATE = "rate"
    KEY_ACCOUNT = "key_account"
    TOPIC_BURST = "topic_burst"
    STRUCTURAL_BREAK = "structural_break"
    EXTERNAL_EVENT = "external_event"
    AUDIT_SIGN = "audit_sign"
    REPORTED = "reported"


class Cause(StrEnum):
    """Why it happened, as a person found out (policy P4.4, P5.1)."""

    PROCESS_DESIGN = "process_design"
    OPERATOR_ERROR = "operator_error"
    SYSTEM_FAULT = "system_fault"
    ENTRY_ERROR = "entry_error"
    BUSINESS_CHANGE = "business_change"
    PRODUCT_QUALITY = "product_quality"
    SERVICE = "service"
    SUPPLIER = "supplier"
    MARKET = "market"
    REGULATION = "regulation"
    FRAUD_SIGN = "fraud_sign"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a case stands in the policy's workflow (P4)."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ASSESSED = "assessed"
    REPORTED = "reported"
    MET = "met"
    IN_MEASURES = "in_measures"
    OBSERVING = "observing"
    CLOSED = "closed"
    ARCHIVED = "archived"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act on a case in this state."""
        return self not in {Status.CLOSED, Status.ARCHIVED, Status.WITHDRAWN, Status.MERGED}


class Outcome(StrEnum):
    """How a planned check ended; silence is none of these."""

    OK = "ok"
    FINDING = "finding"
    NO_DATA = "no_data"
    INSUFFICIENT_HISTORY = "insufficient_history"
    NON_FINITE = "non_finite"
    LATE = "late"
    ERROR = "error"
    NOT_CHECKED = "not_checked"


class Direction(StrEnum):
    """Which side of the expected value is worth telling."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


class SeriesType(StrEnum):
    """What a number is, which decides how it may be transformed and judged."""

    AMOUNT = "amount"
    COUNT = "count"
    RATIO = "ratio"
    BALANCE = "balance"
    PRICE = "price"
