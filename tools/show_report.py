"""Open the report of a folder in the browser, or print where it is when there is no screen."""

import os
import sys
import webbrowser
from pathlib import Path


def find_report(folder: Path) -> Path | None:
    """Return the folder's index page, or else its newest page."""
    index = folder / "index.html"
    if index.is_file():
        return index
    return max(folder.rglob("*.html"), key=lambda page: page.stat().st_mtime, default=None)


def has_screen() -> bool:
    """Tell whether a browser window could be seen by anybody."""
    if os.environ.get("CI") or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(folder: Path) -> int:
    """Show the report; return the exit status."""
    report = find_report(folder)
    if report is None:
        print(f"expected a report page in {folder}, found none", file=sys.stderr)
        return 1
    if has_screen() and webbrowser.open(report.resolve().as_uri()):
        print(f"Opened {report} in your browser.")
    else:
        print(f"The report is in {report}: open it in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
