"""The rules of the house, where a tool off the shelf does not already keep them."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("vision", "models", "service")

MAX_FILE_BYTES: Final = 1_500_000
"""A shipped sample stays far below; anything larger is a model or somebody's video."""

MAX_FUNCTION_LINES: Final = 60

WEIGHT_SUFFIXES: Final = {
    ".ckpt", ".joblib", ".onnx", ".pickle", ".pkl", ".pt", ".pth", ".safetensors", ".task",
    ".tflite",
}  # fmt: skip
APART: Final = {"requirements-s3.lock"}
"""Locks of programs that tests start, installed beside our packages and not among them."""

VAGUE_NAMES: Final = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}

# Put together here, so that this file holds none of them.
REGISTRY_HOST: Final = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
            ("deb", "debian", "org"),
            ("crates", "io"),
        )
    )
)
MACHINE_PATH: Final = re.compile(
    r"(?<![\w.\-/:])/(?:(?:opt|root|tmp|work)/|(?:home|Users)/(?!kim\b))[\w.]"
)
"""Kim is the person of our examples, and has no machine."""


def repository_files() -> tuple[Path, ...]:
    """Every file that git tracks or would add; empty outside a git checkout."""
    git = shutil.which("git")
    if git is None:
        return ()
    listing = subprocess.run(
        (git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    return tuple(sorted(path for path in set(paths) if path.is_file()))


FILES: Final = repository_files()

needs_git = pytest.mark.skipif(
    not FILES and not (ROOT / ".git").exists(), reason="not a git checkout"
)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_matching(pattern: re.Pattern[str], paths: tuple[Path, ...] = FILES) -> list[str]:
    """Find ``path:line: text`` of every match in the files that are text."""
    found = []
    for path in paths:
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{relative(path)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if pattern.search(line)
        ]
    return found


@needs_git
def test_the_listing_sees_this_file() -> None:
    assert Path(__file__).resolve() in {path.resolve() for path in FILES}


@needs_git
def test_no_file_names_a_package_registry() -> None:
    assert lines_matching(REGISTRY_HOST) == []


@needs_git
def test_no_file_names_a_path_of_one_machine() -> None:
    assert lines_matching(MACHINE_PATH) == []


@pytest.mark.parametrize("folder", ["home", "root", "tmp", "work"])
def test_the_path_rule_sees_paths_and_not_addresses(folder: str) -> None:
    assert MACHINE_PATH.search(f'open("/{folder}/someone/clip.mp4")')
    assert not MACHINE_PATH.search(f"https://example.org/{folder}/page")
    assert not MACHINE_PATH.search(f"docs/{folder}/page.md and ../{folder}/page")


@pytest.mark.parametrize("host", [("pypi", "org"), ("files", "pythonhosted", "org")])
def test_the_host_rule_sees_hosts(host: tuple[str, ...]) -> None:
    assert REGISTRY_HOST.search(f"https://{'.'.join(host)}/simple/")


@needs_git
def test_no_file_is_large() -> None:
    sizes = {relative(path): path.stat().st_size for path in FILES}
    assert {name: size for name, size in sizes.items() if size > MAX_FILE_BYTES} == {}


@needs_git
def test_no_model_weights_are_kept() -> None:
    assert [relative(path) for path in FILES if path.suffix in WEIGHT_SUFFIXES] == []


@needs_git
def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [relative(path) for path in FILES if path.stem.lower() in VAGUE_NAMES] == []


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_every_folder_of_code_is_a_package(package: str) -> None:
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert folders, f"no code in {package}"
    assert [relative(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def long_functions(path: Path) -> list[str]:
    """List the functions of a file that are longer than a reader can hold in view."""
    functions = (
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [
        f"{node.name}: {lines} lines"
        for node in functions
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


@needs_git
def test_no_function_is_long() -> None:
    long = {relative(path): long_functions(path) for path in FILES if path.suffix == ".py"}
    assert {path: names for path, names in long.items() if names} == {}


def test_the_length_rule_counts_lines(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    body = "    x = 1\n" * MAX_FUNCTION_LINES
    source.write_text(f"def short():\n    pass\n\ndef long():\n{body}")
    assert long_functions(source) == [f"long: {MAX_FUNCTION_LINES + 1} lines"]


def test_no_folder_of_tests_is_named_like_a_package() -> None:
    kinds = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert "contract" in kinds
    assert kinds.isdisjoint(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_claims_a_package(package: str) -> None:
    claims = importlib.metadata.packages_distributions()
    assert claims["pytest"] == ["pytest"]
    assert set(claims.get(package, ())) <= {"hingewise"}


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda p: p.name)
def test_every_locked_package_has_a_hash(lock: Path) -> None:
    pins = re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", lock.read_text("utf-8")))
    assert len(pins) > len(PACKAGES)
    assert [pin.splitlines()[0] for pin in pins if "==" not in pin] == []
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_the_locks_agree() -> None:
    """Installing a further group must not change what the demo runs on."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"(?m)^[\w.-]+==[^\\\n]+", (ROOT / name).read_text("utf-8")))

    runtime = pins("requirements.lock")
    assert any(pin.startswith("mediapipe==") for pin in runtime)
    for lock in ROOT.glob("requirements-*.lock"):
        if lock.name not in APART:
            assert runtime <= pins(lock.name), lock.name
