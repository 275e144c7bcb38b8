"""A Book: what a company's folder and the environment make together."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from detect.config import find, load, start
from detect.config.company import Company
from detect.config.folder import TEMPLATE
from detect.config.policy import Policy
from detect.errors import ConfigError, UsageError
from detect.findings.playbook import Playbook
from detect.model import Category, KnownEvent, Level, Text
from detect.quality.suite import Suite
from detect.series.metric import Metric, Source

REPOSITORY = Path(__file__).parents[3]
FLIGHTS = REPOSITORY / "src/detect/demo/companies/flights"


def models(kind: Any) -> Iterator[type[BaseModel]]:
    """Yield every model that a type is made of, itself included."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models(field.annotation)
    for inner in get_args(kind):
        yield from models(inner)


def test_the_template_shows_every_key():
    """Each key of each settings model stands in the template, live or behind a `#`: what can be set can be found."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATE.rglob("*.yaml"))
    shown = set(re.findall(r"([a-z_0-9]+):(?=\s)", text))
    kinds = [m for kind in (Company, Policy, Source, Metric, KnownEvent, Suite, Playbook) for m in models(kind)]
    wanted = {field.alias or name for kind in kinds if kind is not Text for name, field in kind.model_fields.items()}
    assert wanted - shown == set()


def test_a_new_folder_is_valid_and_never_overwritten(company):
    """`detect init` writes a configuration that loads; a second time it refuses and changes nothing."""
    book = load(company, {})
    assert set(book.metrics) == {"revenue", "return_rate"}
    assert book.company.working_hours.timezone == book.company.databases.zone == "Asia/Shanghai"
    with pytest.raises(UsageError, match="already holds"):
        start(company)


@pytest.mark.parametrize("folder", [REPOSITORY, FLIGHTS], ids=["retail", "flights"])
def test_the_demo_companies_are_whole(folder):
    """Both demo companies load, have live metrics in all five categories, and say everything in both languages."""
    book = load(folder, {})
    assert {metric.category for metric in book.metrics.values()} == set(Category)
    assert set(book.playbooks) == set(Category)
    assert set(book.suites) == set(book.sources)
    for metric in book.metrics.values():
        assert re.search(r"[\u4e00-\u9fff]", metric.name.zh), metric.id
        assert not re.search(r"[\u4e00-\u9fff]", metric.name.en), metric.id
    for person in book.people.values():
        assert person.email.endswith("@example.com")


def test_the_policy_numbers_are_those_of_the_design():
    """Acknowledge, report and meet: 1/2/4, 4/8/16 and 8/24/40 working hours for levels 1, 2 and 3."""
    deadlines = load(REPOSITORY, {}).policy.deadlines
    numbers = [(d.acknowledge, d.report, d.meet) for d in (deadlines.of(level) for level in Level)]
    assert numbers == [(1, 2, 4), (4, 8, 16), (8, 24, 40)]


def test_the_book_cannot_be_changed(company):
    """What was checked stays as it was checked."""
    book = load(company, {})
    with pytest.raises(ValidationError):
        book.company.currency = "$"
    with pytest.raises(AttributeError):
        book.policy = Policy()


def test_the_digest_follows_every_file(company, spoil):
    """The digest is the same for the same files, and another after any change, also one of a comment."""
    first = load(company, {}).digest
    assert load(company, {}).digest == first
    spoil("config/playbooks/data.yaml", "category: data", "category: data # as ever")
    assert load(company, {}).digest != first


def test_relative_files_lie_below_the_company_s_folder(company, monkeypatch, tmp_path):
    """A SQLite file with a relative name is found wherever the program was started."""
    monkeypatch.chdir(tmp_path)
    book = load(Path("company"), {})
    assert book.warehouse_url == f"sqlite:///{company}/var/warehouse.db"
    assert book.store_url == f"sqlite:///{company}/var/store.db"
    assert book.output == company / "var"


@pytest.mark.parametrize("url", ["sqlite:////data/w.db", "sqlite://", "sqlite:///:memory:", "postgresql+psycopg://h/d"])
def test_other_addresses_stay_as_they_are(company, url):
    """Only relative files are anchored."""
    assert load(company, {"DETECT_WAREHOUSE": url}).warehouse_url == url


def test_the_environment_replaces_single_values(company):
    """DETECT_WAREHOUSE and DETECT_STORE replace the addresses; __ goes one step down; numbers are numbers."""
    environ = {
        "DETECT_STORE": "postgresql://u:p@h/d",
        "DETECT_POLICY__DETECTION__BUDGET": "1.5",
        "DETECT_COMPANY__DATABASES__ROW_LIMIT": "10",
        "DETECT_ACTOR": "li_na",
    }
    book = load(company, environ)
    assert book.store_url == "postgresql://u:p@h/d"
    assert book.policy.detection.budget == 1.5
    assert book.company.databases.row_limit == 10
    assert book.digest != load(company, {}).digest
    assert "u:p@h" not in repr(book)


@pytest.mark.parametrize(
    ("variable", "value", "key"),
    [
        ("DETECT_POLICY__DETECTION__BUGET", "1", "detection.buget"),
        ("DETECT_POLICY__DETECTION__BUDGET", "much", "detection.budget"),
        ("DETECT_POLICY__DETECTION__BUDGET__DEEPER", "1", "detection.budget"),
        ("DETECT_COMPANY__PEOPLE__9__EMAIL", "x", "people"),
        ("DETECT_COMPANY__", "x", ""),
    ],
)
def test_a_fault_of_the_environment_names_the_variable(faults, variable, value, key):
    """A wrong variable is told by its own name, not by a line of a file that is right."""
    told = faults(**{variable: value})
    assert all(f.file == f"environment variable {variable}" for f in told)
    assert any(key in f.key for f in told)


def test_secrets_come_from_variables_and_private_files(company, spoil, tmp_path):
    """A reference inside an address and a file that only its owner can read give the secret; repr shows neither."""
    secret = tmp_path / "smtp"
    secret.write_text("quiet-secret\n", encoding="utf-8")
    secret.chmod(0o600)
    spoil("config/company.yaml", "sqlite:///var/warehouse.db", "'postgresql://u:${DB_PASSWORD}@h/d'")
    smtp = f"kind: smtp\n    host: h\n    sender: a@example.com\n    username: u\n    password: file:{secret}"
    spoil("config/company.yaml", "    kind: folder", f"    {smtp}")
    book = load(company, {"DB_PASSWORD": "loud-secret"})
    assert book.warehouse_url == "postgresql://u:loud-secret@h/d"
    channel: Any = book.company.channels["mail"]
    assert channel.password.get_secret_value() == "quiet-secret"
    assert not re.search("loud-secret|quiet-secret", repr(book))


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("${DB_PASSWORD}", "DB_PASSWORD is not set"),
        ("${DB PASSWORD}", "cannot be read"),
        ("file:/nowhere/x", "cannot be read"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(spoil, faults, reference, found):
    """An unset variable, a broken reference and a missing file are faults of the line where the reference stands."""
    spoil("config/company.yaml", "warehouse: sqlite:///var/warehouse.db", f'warehouse: "{reference}"')
    assert any(f.key == "warehouse" and found in f.found for f in faults())


def test_a_secret_file_that_others_can_read_is_refused(spoil, faults, tmp_path):
    """The mode of a secret's file is looked at before its content."""
    secret = tmp_path / "open"
    secret.write_text("x", encoding="utf-8")
    secret.chmod(0o644)
    spoil("config/company.yaml", "warehouse: sqlite:///var/warehouse.db", f"warehouse: file:{secret}")
    assert any("read by others" in f.found for f in faults())


def test_the_nearest_folder_is_found_from_below(company):
    """Commands work anywhere inside a company's folder."""
    below = company / "config" / "metrics"
    assert find(below) == company


def test_an_unknown_metric_names_those_there_are(company):
    """`--metric` with a wrong name says which names there are."""
    with pytest.raises(UsageError, match="return_rate, revenue"):
        load(company, {}).metric("revenu")


def test_the_error_reads_as_a_list(spoil, faults):
    """The message has one line a fault, `file:line: key: found. allowed`, and ends with what to do."""
    spoil("config/policy.yaml", "  budget: 2.0 ", "  buget: 2.0 ")
    text = str(ConfigError(faults()))
    assert re.search(r"config/policy\.yaml:\d+: detection\.buget: unknown key 'buget'\. Did you mean 'budget'\?", text)
    assert text.endswith("then run `detect validate`.")
