"""A test that was left out must not look like a test that passed."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(CONFTEST.read_text("utf-8"))
    return pytester


def skipping(project: pytest.Pytester, reason: str) -> None:
    project.makepyfile(f"""
        import pytest

        def test_runs():
            assert True

        def test_left_out():
            pytest.skip({reason!r})
        """)


def test_a_skip_for_a_missing_part_fails_a_strict_run(project: pytest.Pytester) -> None:
    skipping(project, "no chromium on this machine")
    result = project.runpytest_inprocess("--strict-skips")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*skips that are not allowed*", "*no chromium on this machine*"])


def test_a_skip_fails_in_ci_without_asking(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    skipping(project, "no chromium on this machine")
    assert project.runpytest_inprocess().ret == pytest.ExitCode.TESTS_FAILED


def test_a_skip_in_a_worker_process_is_seen(project: pytest.Pytester) -> None:
    skipping(project, "no chromium on this machine")
    result = project.runpytest_inprocess("--strict-skips", "-n", "1")
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_whole_file_that_skips_itself_is_seen(project: pytest.Pytester) -> None:
    skipping(project, "shared test material absent")
    project.makepyfile(test_whole="import pytest\npytest.importorskip('no_such_module')\n")
    assert project.runpytest_inprocess("--strict-skips").ret == pytest.ExitCode.TESTS_FAILED


def test_absent_shared_material_may_skip(project: pytest.Pytester) -> None:
    skipping(project, "shared test material absent")
    result = project.runpytest_inprocess("--strict-skips")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1, skipped=1)


def test_a_developer_may_skip(project: pytest.Pytester) -> None:
    skipping(project, "no chromium on this machine")
    assert project.runpytest_inprocess().ret == pytest.ExitCode.OK


@pytest.mark.parametrize(
    ("folder", "mark"),
    [("accuracy", "accuracy"), ("benchmarks", "benchmark"), ("web", "browser")],
)
def test_a_folder_gives_its_tests_their_mark(
    project: pytest.Pytester, folder: str, mark: str
) -> None:
    project.makeini(f"[pytest]\nmarkers = {mark}: of the folder")
    project.mkdir(folder)
    (project.path / folder / "test_inside.py").write_text("def test_it():\n    pass\n")
    project.makepyfile(test_outside="def test_it():\n    pass\n")
    result = project.runpytest_inprocess("--strict-markers", "-m", mark)
    result.assert_outcomes(passed=1, deselected=1)
