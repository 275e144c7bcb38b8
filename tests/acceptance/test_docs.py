"""What the documents say is what the commands do."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = re.compile(r"<!-- example: (\w+) -->\n```yaml\n(.*?)```", re.DOTALL)


def detect(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "detect", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def company(tmp_path: Path) -> Path:
    for part in ("config", "expectations"):
        shutil.copytree(REPOSITORY / part, tmp_path / part)
    return tmp_path


def example(name: str) -> str:
    return dict(EXAMPLE.findall((REPOSITORY / "CONTRIBUTING.md").read_text()))[name]


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    """docs/commands.md is the output of `detect manual`; make it anew with `detect manual > docs/commands.md`."""
    assert (REPOSITORY / "docs" / "commands.md").read_text() == detect("manual").stdout


def test_the_worked_example_of_a_metric_is_valid(company: Path) -> None:
    """The metric of CONTRIBUTING.md, put into a file of its own, is accepted by `detect validate`."""
    (company / "config" / "metrics" / "articles.yaml").write_text(example("metric"))
    before = int(re.search(r"(\d+) metrics", detect("validate", "--config", str(REPOSITORY)).stdout)[1])
    done = detect("validate", "--config", str(company))
    assert done.returncode == 0, done.stderr
    assert f"{before + 1} metrics" in done.stdout


def test_the_worked_example_of_an_expectation_is_valid(company: Path) -> None:
    """The expectation of CONTRIBUTING.md, added to the suite, is accepted by `detect validate`."""
    suite = company / "expectations" / "order_lines.yaml"
    suite.write_text(f"{suite.read_text().rstrip()}\n\n{example('expectation')}")
    done = detect("validate", "--config", str(company))
    assert done.returncode == 0, done.stderr


def test_the_worked_example_of_a_channel_is_valid(company: Path) -> None:
    """The channel of CONTRIBUTING.md, added to the others, is accepted by `detect validate`, and a misspelt kind is not."""
    path = company / "config" / "company.yaml"
    line = example("channel").splitlines()[1]
    told = path.read_text().replace("channels:\n  mail", f"channels:\n{line}\n  mail")
    path.write_text(told)
    assert detect("validate", "--config", str(company)).returncode == 0
    path.write_text(told.replace("kind: folder, path: chat", "kind: foldr, path: chat"))
    done = detect("validate", "--config", str(company))
    assert done.returncode == 2
    assert "config/company.yaml:" in done.stderr
    assert "folder" in done.stderr


def test_every_file_that_a_document_links_to_is_there() -> None:
    """No relative link in the top documents leads nowhere."""
    for page in ("README.md", "CONTRIBUTING.md", "docs/architecture.md"):
        text = (REPOSITORY / page).read_text()
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (REPOSITORY / page).parent.joinpath(target).exists(), f"{page} links to {target}"
