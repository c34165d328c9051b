"""What a fresh machine lacks is said in words that can be acted on."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def check() -> dict[str, Any]:
    return runpy.run_path(str(TOOLS / "check_machine.py"))


@pytest.fixture(scope="module")
def show() -> dict[str, Any]:
    return runpy.run_path(str(TOOLS / "show_report.py"))


def loader_without(*missing: str) -> Callable[[str], None]:
    def load(name: str) -> None:
        if name in missing:
            raise OSError(name)

    return load


@pytest.mark.parametrize(
    ("missing", "command"),
    [
        (["libGL.so.1"], "apt-get install libgl1"),
        (["libgthread-2.0.so.0"], "apt-get install libglib2.0-0"),
        (["libGL.so.1", "libgthread-2.0.so.0"], "apt-get install libgl1 libglib2.0-0"),
    ],
)
def test_a_missing_library_is_named_with_its_package(
    check: dict[str, Any], missing: list[str], command: str
) -> None:
    [problem] = check["library_problems"]("Linux", loader_without(*missing))
    assert problem.endswith(f"Run: {command}")
    assert all(name in problem for name in missing)


def test_nothing_is_asked_for_that_is_there(check: dict[str, Any]) -> None:
    assert check["library_problems"]("Linux", loader_without()) == []
    assert check["library_problems"]("Darwin", loader_without("libGL.so.1")) == []


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (3, 14)])
def test_a_python_that_does_not_fit_is_named(
    check: dict[str, Any], version: tuple[int, int]
) -> None:
    [problem] = check["python_problems"](version)
    assert "needs Python 3.11 to 3.13" in problem
    assert f"this is {version[0]}.{version[1]} " in problem


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_python_that_fits_passes(check: dict[str, Any], version: tuple[int, int]) -> None:
    assert check["python_problems"](version) == []


def test_a_debian_python_without_venv_is_told_the_package(check: dict[str, Any]) -> None:
    [problem] = check["venv_problems"](lambda name: None if name == "ensurepip" else name)
    assert "apt-get install python3-venv" in problem


def test_a_computer_without_a_pose_library_is_told_so(check: dict[str, Any]) -> None:
    [problem] = check["platform_problems"]("Linux", "aarch64")
    assert "Linux aarch64" in problem
    assert check["platform_problems"]("Linux", "x86_64") == []


def test_this_machine_passes() -> None:
    subprocess.run([sys.executable, TOOLS / "check_machine.py"], check=True)


def test_without_a_screen_the_report_is_named(tmp_path: Path) -> None:
    (tmp_path / "clip").mkdir()
    page = tmp_path / "clip" / "report.html"
    page.write_text("a report")
    shown = subprocess.run(
        [sys.executable, TOOLS / "show_report.py", tmp_path],
        env={**os.environ, "CI": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(page) in shown.stdout


def test_the_index_page_comes_before_newer_pages(show: dict[str, Any], tmp_path: Path) -> None:
    for number, name in enumerate(("index.html", "later.html")):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (number, number))
    assert show["find_report"](tmp_path) == tmp_path / "index.html"


def test_a_folder_without_a_report_is_an_error(show: dict[str, Any], tmp_path: Path) -> None:
    assert show["find_report"](tmp_path) is None
    assert show["main"](tmp_path) == 1
