"""The files of a company's folder: which are expected where, and their documents."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from detect.config.document import Document
from detect.config.faults import nearest
from detect.config.loader import read
from detect.errors import Fault, UsageError
from detect.model import Category

__all__ = ["TEMPLATE", "Folder", "find", "open_folder"]

LAYOUT = (
    "config/company.yaml",
    "config/policy.yaml",
    "config/tables.yaml",
    "config/events.yaml",
    "config/processes.yaml",
    "config/audits.yaml",
    "config/feedback.yaml",
    "config/targets.yaml",
    "config/identities.yaml",
    "config/metrics/*.yaml",
    *(f"config/playbooks/{category}.yaml" for category in Category),
    "expectations/*.yaml",
)
TEMPLATE = Path(__file__).parent / "template"  # its topics stand in where a company has none of its own
MAY_BE_ABSENT = ("events", "processes", "audits", "targets", "identities")
ENDINGS = {".yaml", ".yml"}


@dataclass
class Folder:
    """The documents of a company by their part, and the faults of the folder itself."""

    directory: Path
    digest: str
    company: Document
    policy: Document
    tables: Document
    events: Document
    processes: Document
    audits: Document
    feedback: Document
    targets: Document
    identities: Document
    metrics: list[Document]
    playbooks: list[Document]
    suites: list[Document]
    faults: list[Fault] = field(default_factory=list)

    @property
    def documents(self) -> list[Document]:
        """Every document, the company's first."""
        single = [self.company, self.policy, self.tables, self.events, self.processes, self.audits, self.feedback]
        single += [self.targets, self.identities]
        return [*single, *self.metrics, *self.playbooks, *self.suites]


def find(start: Path) -> Path:
    """Return the nearest folder at or above `start` that holds `config/company.yaml`, or raise UsageError."""
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / "config" / "company.yaml").is_file():
            return folder
    raise UsageError(
        f"No company's configuration was found: neither {here} nor a folder above it holds config/company.yaml",
        "Go to the company's folder, name it with --config DIR, or make one with `detect init DIR`.",
    )


def open_folder(directory: Path) -> Folder:
    """Read every file of the layout below `directory`; files that are not part of it are faults.

    Raises UsageError when there is no configuration at all.
    """
    if not (directory / "config").is_dir():
        raise UsageError(
            f"{directory} holds no folder config/",
            "Name the folder that does with --config DIR, or make one with `detect init DIR`.",
        )
    paths = sorted(
        p for part in ("config", "expectations") for p in (directory / part).rglob("*") if p.suffix in ENDINGS
    )
    names = {path.relative_to(directory).as_posix(): path for path in paths}
    known = {name: read(path, name) for name, path in names.items() if _expected(name)}
    return Folder(
        directory=directory,
        digest=_digest(names),
        company=known.get("config/company.yaml") or _absent("config/company.yaml"),
        policy=known.get("config/policy.yaml") or _absent("config/policy.yaml"),
        tables=known.get("config/tables.yaml") or _absent("config/tables.yaml"),
        **{
            name: known.get(f"config/{name}.yaml") or Document(f"config/{name}.yaml", data={name: []})
            for name in MAY_BE_ABSENT
        },
        feedback=known.get("config/feedback.yaml")
        or read(TEMPLATE / "config" / "feedback.yaml", "config/feedback.yaml"),
        metrics=[d for name, d in known.items() if name.startswith("config/metrics/")],
        playbooks=[
            known.get(f"config/playbooks/{category}.yaml") or _absent(f"config/playbooks/{category}.yaml")
            for category in Category
        ],
        suites=[d for name, d in known.items() if name.startswith("expectations/")],
        faults=[
            Fault(n, 1, "(file)", "a file with no place here", nearest(n, LAYOUT)) for n in names if not _expected(n)
        ],
    )


def _expected(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return name in LAYOUT or (folder in {"config/metrics", "expectations"} and file.endswith(".yaml"))


def _absent(name: str) -> Document:
    fault = Fault(name, 1, "(file)", "the file is missing", "It must be there; `detect init` writes one")
    return Document(name, faults=[fault], readable=False)


def _digest(names: dict[str, Path]) -> str:
    """Return a digest of all names and contents; a file that cannot be read is a fault elsewhere."""
    digest = hashlib.sha256()
    for name, path in names.items():
        content = path.read_bytes() if path.is_file() and _readable(path) else b""
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False
