"""The folder that everything is kept in which is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def data_folder() -> Path:
    """Name the data folder; it is not created.

    ``$HINGEWISE_DATA`` when set, else ``hingewise`` in the platform's folder for a user's data
    (``$XDG_DATA_HOME`` or ``~/.local/share`` on Linux).
    """
    chosen = os.environ.get("HINGEWISE_DATA")
    return Path(chosen) if chosen else _platform_data(sys.platform) / "hingewise"


def _platform_data(platform: str) -> Path:
    if platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
