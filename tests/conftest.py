"""What every test run shares: marks by folder, and no test left out in silence.

With ``--strict-skips`` (or ``CI=true`` in the environment) a skipped test fails the run, unless
its reason is one of `ALLOWED_SKIPS`. So a part that is missing on the machine that checks a
change cannot hide the tests that need it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import pytest

pytest_plugins = ("tests.postgres", "tests.stores")

TESTS: Final = Path(__file__).parent

ALLOWED_SKIPS: Final = (
    # The clips and recordings of ../shared have licences that keep them out of this repository.
    re.compile(r"shared test material (is )?absent"),
)

MARK_OF_FOLDER: Final = {
    "accuracy": "accuracy",
    "benchmarks": "benchmark",
    "web": "browser",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--strict-skips",
        action="store_true",
        default=os.environ.get("CI") == "true",
        help="fail the run when a test is skipped for a reason that is not allowed",
    )


def pytest_configure(config: pytest.Config) -> None:
    is_worker = hasattr(config, "workerinput")
    if config.getoption("--strict-skips") and not is_worker:
        config.pluginmanager.register(StrictSkips(), "strict-skips")


def pytest_itemcollected(item: pytest.Item) -> None:
    mark = MARK_OF_FOLDER.get(folder_of_kind(item.path))
    if mark:
        item.add_marker(mark)


def folder_of_kind(path: Path) -> str:
    """Return the folder beside this file that a test lies in."""
    return path.relative_to(TESTS).parts[0] if path.is_relative_to(TESTS) else ""


def is_allowed(reason: str) -> bool:
    """Tell whether a skip with this reason may stand."""
    return any(pattern.search(reason) for pattern in ALLOWED_SKIPS)


class StrictSkips:
    """Turns skips without an allowed reason into a failed run."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.note(report.nodeid, report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.note(report.nodeid, report.longrepr)

    def note(self, node_id: str, longrepr: object) -> None:
        reason = str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
        if not is_allowed(reason):
            self.refused.append(f"{node_id}: {reason}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.refused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.refused:
            terminalreporter.section("skips that are not allowed", red=True, bold=True)
            for line in self.refused:
                terminalreporter.line(line)
