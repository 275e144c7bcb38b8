"""Faults of a company's folder: all at once, each with file, line, key, what was found and what is allowed."""

import pytest

from detect.config import find, load
from detect.errors import ConfigError, UsageError

SALES, COMPANY, POLICY = "config/metrics/sales.yaml", "config/company.yaml", "config/policy.yaml"
TABLES, EVENTS, ORDERS = "config/tables.yaml", "config/events.yaml", "expectations/orders.yaml"

ONE_FAULT = {
    "misspelt key of a metric": (
        SALES,
        "    unit: ¥\n",
        "    unti: ¥\n",
        "metrics[revenue].unti",
        "Did you mean 'unit'?",
    ),
    "misspelt key of a default": (
        SALES,
        "  source: orders ",
        "  sorce: orders ",
        "defaults.sorce",
        "Did you mean 'source'?",
    ),
    "misspelt key of the policy": (
        POLICY,
        "  budget: 2.0 ",
        "  buget: 2.0 ",
        "detection.buget",
        "Did you mean 'budget'?",
    ),
    "misspelt key of a channel": (
        COMPANY,
        "kind: folder ",
        "kind: folder\n    paht: x ",
        "channels.mail.paht",
        "'path'",
    ),
    "misspelt key of a person": (
        COMPANY,
        "    email: li",
        "    emial: x\n    email: li",
        "people[li_na].emial",
        "'email'",
    ),
    "unknown kind of channel": (COMPANY, "{kind: inbox}", "{kind: inbux}", "channels.inbox", "Did you mean 'inbox'?"),
    "unknown category": (
        SALES,
        "category: financial",
        "category: finance",
        "metrics[revenue].category",
        "'financial'?",
    ),
    "unknown department": (SALES, "department: sales", "department: sails", "defaults.department", "'sales'?"),
    "unknown head": (COMPANY, "head: li_na", "head: lina", "departments[sales].head", "Did you mean 'li_na'?"),
    "unknown monitoring department": (
        COMPANY,
        "_department: monitoring",
        "_department: nobody",
        "notices.",
        "Allowed:",
    ),
    "unknown member of the group": (COMPANY, "[li_na]   ", "[li_na, boss]   ", "notices.management_group[2]", "li_na"),
    "unknown source": (SALES, "source: orders ", "source: order ", "defaults.source", "Did you mean 'orders'?"),
    "unknown source of a suite": (ORDERS, "source: orders ", "source: order ", "source", "Did you mean 'orders'?"),
    "unknown owner": (TABLES, "owner: monitoring", "owner: data", "tables[orders].owner", "monitoring"),
    "unknown column in a value": (SALES, "sum(value)", "sum(valeu)", "metrics[revenue].value", "Did you mean 'value'?"),
    "unknown column in a filter": (SALES, "returned == 1", "retuned == 1", "metrics[return_rate].where", "'returned'?"),
    "unknown segment column": (
        SALES,
        "    unit: ¥\n",
        "    segments: [regoin]\n",
        "metrics[revenue].segments[1]",
        "Allowed:",
    ),
    "unknown column of a table": (
        TABLES,
        "quantity * unit_price",
        "quantiti * unit_price",
        ".columns.value",
        "'quantity'?",
    ),
    "unknown column of an expectation": (
        ORDERS,
        "column: order_id",
        "column: oder_id",
        ".kwargs.column",
        "'order_id'?",
    ),
    "unknown expectation": (
        ORDERS,
        "values_to_not_be_null\n    name: {en: Every row has",
        "values_to_not_be_nul\n    name: {en: Every row has",
        "expectations[order_is_given]",
        "",
    ),
    "unknown related metric": (
        SALES,
        "    unit: ¥\n",
        "    related: [returns]\n",
        "metrics[revenue].related[1]",
        "Allowed:",
    ),
    "unknown detector": (SALES, "    unit: ¥\n", "    detectors: [slt]\n", "metrics[revenue].detectors[1]", "'stl'?"),
    "unknown country": (COMPANY, "country: CN ", "country: XX ", "calendar.country", "ISO 3166"),
    "unknown time zone": (COMPANY, "\ntimezone: Asia/Shanghai ", "\ntimezone: Asia/Peking ", "timezone", "IANA"),
    "no aggregate": (SALES, "sum(value)", "value", "metrics[revenue].value", "sum"),
    "no expression": (SALES, "sum(value)", "sum(value", "metrics[revenue].value", "sum"),
    "value and ratio": (
        SALES,
        "sum(value)  ",
        "sum(value)\n    numerator: count()  ",
        "metrics[revenue].numerator",
        "together",
    ),
    "ratio without denominator": (
        SALES,
        "    denominator: count()\n",
        "",
        "metrics[return_rate].numerator",
        "together",
    ),
    "a limit without a number": (SALES, "    unit: ¥\n", "    limits: [{level: 1}]\n", ".limits[1]", "At least one"),
    "a level that is none": (SALES, "    unit: ¥\n", "    limits: [{level: 4, above: 1}]\n", ".limits[1].level", "1"),
    "a number in quotes": (
        SALES,
        "money_per_unit: 1 ",
        "money_per_unit: '1' ",
        "metrics[revenue].money_per_unit",
        "number",
    ),
    "a word for a truth": (POLICY, "  budget: 2.0 ", "  stl: {enabled: no} ", "detection.stl.enabled", "boolean"),
    "a number for a name": (COMPANY, "en: Li Na", "en: 12", "people[li_na].name.en", "quotes"),
    "a list for a name": (COMPANY, "{en: Li Na, zh: 李娜}", "[Li Na]", "people[li_na].name", "mapping"),
    "a missing language": (
        SALES,
        "{en: Revenue, zh: 銷售額}",
        "{en: Revenue}",
        "metrics[revenue].name.zh",
        "must be given",
    ),
    "a sum past its range": (POLICY, "  budget: 2.0 ", "  budget: -1 ", "detection.budget", "greater than 0"),
    "a missing level": (POLICY, "    3: {ack", "    2: {ack", "deadlines.levels.2", "each key once"),
    "a file that has no place": ("config/playbooks/data.yaml", "category: data", "category: date", "category", "data"),
}


@pytest.mark.parametrize("name", ONE_FAULT)
def test_one_fault_names_file_line_key_and_what_is_allowed(spoil, faults, company, name):
    """Each way to be wrong is told at the line where it stands, by its key, with what would be right."""
    file, old, new, key, allowed = ONE_FAULT[name]
    line = (company / file).read_text(encoding="utf-8").split(old)[0].count("\n") + 1
    spoil(file, old, new)
    told = faults()
    assert [f for f in told if f.file == file and key in f.key and allowed in f.allowed], told
    assert min(abs(f.line - line) for f in told) <= 3, told


def test_all_faults_of_all_files_are_told_at_once(spoil, faults):
    """A misspelt key, an unknown department, a bad date, a doubled metric, a secret and a doubled key do not hide each other."""
    spoil(SALES, "    unit: ¥\n", "    unti: ¥\n")
    spoil(SALES, "department: sales", "department: sails")
    spoil(SALES, "  - id: return_rate\n", "  - id: revenue\n")
    spoil(
        EVENTS,
        "events: []\n",
        "events:\n  - {id: x, name: {en: X, zh: X}, first_day: 2011-02-30, last_day: 2011-03-01}\n",
    )
    spoil(
        COMPANY,
        "  inbox: {kind: inbox}",
        "  hook: {kind: webhook, url: https://a.example.com, secret: hunter2hunter2hunter2}",
    )
    spoil(POLICY, "    1:\n      acknowledge: 1 ", "    1:\n      report: 3\n      acknowledge: 1 ")
    found = {(fault.file, fault.key) for fault in faults()}
    assert found >= {
        (SALES, "metrics[revenue].unti"),
        (SALES, "defaults.department"),
        (SALES, "metrics[revenue].id"),
        (EVENTS, "events[x].first_day"),
        (EVENTS, "events[x].recorded_on"),
        (COMPANY, "channels.hook.secret"),
        (POLICY, "deadlines.levels.1.report"),
    }


def test_two_metrics_of_one_id_name_both_places(company, faults):
    """The second metric of a name is told with file and line of the first."""
    text = (company / SALES).read_text(encoding="utf-8")
    (company / "config/metrics/twice.yaml").write_text(text, encoding="utf-8")
    told = [f for f in faults() if f.key == "metrics[revenue].id"]
    line = text.split("- id: revenue")[0].count("\n") + 1
    assert [(f.file, f.line) for f in told] == [("config/metrics/twice.yaml", line)]
    assert f"{SALES}:{line}" in told[0].allowed


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        (COMPANY, "warehouse: sqlite:///var/warehouse.db", "warehouse: postgresql://u:hunter2@h/d", "warehouse"),
        (
            COMPANY,
            "warehouse: sqlite:///var/warehouse.db",
            "warehouse: postgresql://u@h/d?password=hunter2",
            "warehouse",
        ),
        (COMPANY, "{kind: inbox}", "{kind: dingtalk, url: dingtalk://hunter2/}", "channels.inbox.url"),
        (COMPANY, "    kind: folder", "    kind: smtp\n    password: hunter2", "channels.mail.password"),
        (COMPANY, "    kind: folder", "    kind: smtp\n    password: [hunter2]", "channels.mail.password[1]"),
        (COMPANY, "id: company ", "api_key: hunter2\nid: company ", "api_key"),
        (POLICY, "  budget: 2.0 ", "  auth_token: hunter2\n  budget: 2.0 ", "detection.auth_token"),
    ],
)
def test_a_secret_in_clear_is_refused_and_never_repeated(spoil, faults, file, old, new, key):
    """A password, a token, or an address that holds one is a fault; the error does not contain it."""
    spoil(file, old, new)
    told = faults()
    assert any(f.file == file and f.key == key and "in clear" in f.found for f in told)
    assert "hunter2" not in str(ConfigError(told))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("config/metric/sales.yaml", "no place"),
        ("config/metrics/sales.yml", "no place"),
        ("config/playbooks/daten.yaml", "no place"),
        ("expectations/deep/orders.yaml", "no place"),
    ],
)
def test_a_file_with_no_place_is_told(company, faults, path, found):
    """A misspelt folder or ending would be silently ignored; it is a fault instead."""
    (company / path).parent.mkdir(exist_ok=True)
    (company / path).write_text("metrics: []\n", encoding="utf-8")
    assert any(f.file == path and found in f.found for f in faults())


@pytest.mark.parametrize("file", [COMPANY, POLICY, TABLES, "config/playbooks/market.yaml"])
def test_a_missing_file_is_told(company, faults, file):
    """Every part that a night needs must be there."""
    (company / file).unlink()
    assert any(f.file == file and "missing" in f.found for f in faults())


def test_no_configuration_above_says_where_to_go(tmp_path):
    """Outside a company's folder the error names the option and the command that help."""
    with pytest.raises(UsageError, match="--config DIR"):
        find(tmp_path)
    with pytest.raises(UsageError, match="holds no folder config/"):
        load(tmp_path, {})
