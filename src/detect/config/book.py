"""The whole configuration of a company as one frozen object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from detect.checks.audit_settings import AuditSettings
from detect.checks.process import ProcessSettings
from detect.checks.targets import IdentitySettings, TargetSettings
from detect.checks.topics_settings import FeedbackSettings
from detect.config.company import Company
from detect.config.policy import Policy
from detect.errors import UsageError
from detect.findings.playbook import Playbook
from detect.model import Category, Department, KnownEvent, Person
from detect.quality.suite import Suite
from detect.series.metric import Metric, Source

__all__ = ["Book"]


@dataclass(frozen=True)
class Book:
    """What `config.load` returns: checked in itself, so that no later part meets an unknown name.

    `digest` changes when any configuration file does. The mappings are by id; `playbooks` holds all five categories.
    """

    directory: Path  # the company's folder, which holds config/ and expectations/
    digest: str
    company: Company
    policy: Policy
    sources: Mapping[str, Source]
    metrics: Mapping[str, Metric]
    suites: Mapping[str, Suite]  # by source
    playbooks: Mapping[Category, Playbook]
    processes: Mapping[str, ProcessSettings] = field(default_factory=dict)
    audits: Mapping[str, AuditSettings] = field(default_factory=dict)
    targets: Mapping[str, TargetSettings] = field(default_factory=dict)
    identities: Mapping[str, IdentitySettings] = field(default_factory=dict)
    known_events: tuple[KnownEvent, ...] = ()
    feedback: FeedbackSettings = field(default_factory=FeedbackSettings)

    @cached_property
    def departments(self) -> Mapping[str, Department]:
        """The departments by id."""
        return MappingProxyType({department.id: department for department in self.company.departments})

    @cached_property
    def people(self) -> Mapping[str, Person]:
        """The people by id."""
        return MappingProxyType({person.id: person for person in self.company.people})

    @property
    def warehouse_url(self) -> str:
        """The warehouse's address with its secrets: for connecting, never for showing."""
        return self.company.warehouse.get_secret_value()

    @property
    def store_url(self) -> str:
        """The store's address with its secrets: for connecting, never for showing."""
        return self.company.store.get_secret_value()

    @property
    def output(self) -> Path:
        """The folder for reports and mails."""
        return self.directory / self.company.output

    def metric(self, name: str) -> Metric:
        """Return one metric, or raise UsageError naming those that are configured."""
        if name not in self.metrics:
            raise UsageError(f"There is no metric {name!r}", f"Configured are: {', '.join(sorted(self.metrics))}.")
        return self.metrics[name]
