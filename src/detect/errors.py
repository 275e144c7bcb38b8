"""The errors this program raises on purpose; each says what happened and what to do.

DetectError
├── UsageError            exit 2: the command line asks for something that cannot be
├── ConfigError           exit 2: faults in configuration files, all at once
├── InputError            exit 2: a data file that cannot be judged (file, row, column)
├── SourceError           the warehouse did not give what a metric or a suite needs
│   ├── SourceUnavailable the database did not answer; trying again may help
│   └── SchemaDrift       a table or column is not as the configuration says
├── StoreError            the store cannot be used as it is
│   └── StoreBusy         exit 75: another run holds the store
├── CaseError             an event that the state of a case does not allow
├── DeliveryError         a message was not accepted
│   └── Undeliverable     it never will be; trying again is useless
└── DownloadError         demo data could not be had, or was damaged
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CaseError",
    "ConfigError",
    "DeliveryError",
    "DetectError",
    "DownloadError",
    "Fault",
    "InputError",
    "SchemaDrift",
    "SourceError",
    "SourceUnavailable",
    "StoreBusy",
    "StoreError",
    "Undeliverable",
    "UsageError",
]


class DetectError(Exception):
    """Something this program foresaw: the text says what happened, `remedy` what to do."""

    exit_code = 70

    def __init__(self, what: str, remedy: str = "") -> None:
        """Keep both halves of the message; str() joins them."""
        super().__init__(what)
        self.what = what.rstrip(".")
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}. {self.remedy}".strip() if self.remedy else self.what


class UsageError(DetectError):
    """The command asks for something impossible: correct the command line."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of a configuration file: where, what was found, what is allowed."""

    file: str
    line: int
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.found}. {self.allowed}"


class ConfigError(DetectError):
    """The configuration has faults: correct each file at the line named, then run `detect validate`."""

    exit_code = 2

    def __init__(self, faults: list[Fault]) -> None:
        """Hold all faults, sorted by file and line."""
        self.faults = sorted(set(faults))
        count = len(self.faults)
        super().__init__(
            f"{count} fault{'s' * (count != 1)} in the configuration\n"
            + "\n".join(f"  {f}" for f in self.faults)
            + "\n",
            "Correct the lines named above, then run `detect validate`.",
        )

    def __str__(self) -> str:
        return f"{self.what.rstrip()}\n{self.remedy}"


class InputError(DetectError):
    """A data file cannot be judged: correct the row and column named."""

    exit_code = 2


class SourceError(DetectError):
    """The warehouse did not give what was asked: the metrics concerned are recorded as not judged."""

    exit_code = 3


class SourceUnavailable(SourceError):
    """The warehouse did not answer: check that it runs and that its address is right; a rerun completes the date."""


class SchemaDrift(SourceError):
    """A table or column is missing or of another type: correct the table or `config/tables.yaml`."""


class StoreError(DetectError):
    """The store cannot be used: it is damaged, or of another version; restore it or run the matching program."""

    exit_code = 2


class StoreBusy(StoreError):
    """Another run holds the store: wait for it to end, or look it up with `detect status`."""

    exit_code = 75


class CaseError(DetectError):
    """The case is not in a state that allows this step: take one of the steps named."""

    exit_code = 2


class DeliveryError(DetectError):
    """A message was not accepted this time: it stays in the outbox and is tried again.

    `retry_after` is how many seconds the other side asked to be left alone, None where it did not say.
    """

    exit_code = 4

    def __init__(self, what: str, remedy: str = "", *, retry_after: float | None = None) -> None:
        """Keep the other side's wish beside the message."""
        super().__init__(what, remedy)
        self.retry_after = retry_after


class Undeliverable(DeliveryError):
    """A message will never be accepted as it is: correct the address or the channel in `config/company.yaml`."""


class DownloadError(DetectError):
    """The demo's data could not be had: check the package index that pip uses, then run the command again."""

    exit_code = 2
