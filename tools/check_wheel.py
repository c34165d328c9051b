"""Fail when a wheel lacks a file of the packages that git tracks: a template, a text, a module."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("vision", "models", "service", "sample_videos/__init__.py", "sample_videos/studio")


def tracked_files() -> set[str]:
    """List the files of the packages that belong to the repository."""
    git = shutil.which("git")
    if git is None:
        sys.exit("expected the program git, found none")
    listing = subprocess.run(  # noqa: S603 - git, found above, with fixed arguments
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *PACKAGES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listing.stdout.split("\0") if (ROOT / name).is_file()}


def main(wheel: Path) -> int:
    """Compare the wheel with the repository; return the exit status."""
    expected = tracked_files()
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    missing = sorted(expected - held)
    foreign = sorted(
        name for name in held - expected if not name.split("/")[0].endswith(".dist-info")
    )
    for name in missing:
        print(f"not in the wheel: {name}", file=sys.stderr)
    for name in foreign:
        print(f"in the wheel and not in the repository: {name}", file=sys.stderr)
    print(f"{wheel.name}: {len(expected & held)} of {len(expected)} files of the packages")
    return 1 if missing or foreign or not expected else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
