"""Writes a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from vision.errors import OutputError


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write ``content`` to ``path``; a reader sees the old file or the new one, never a part.

    The folder is made when it is absent. The content goes to a temporary file beside ``path``,
    which is then renamed.

    Parameters
    ----------
    path
        The file.
    content
        All that is to be in it.
    mode
        Who may read and write it; before it has its name, only its owner may.

    Raises
    ------
    OutputError
        When the folder or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise OutputError(_refusal(path, error)) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.chmod(mode)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise OutputError(_refusal(path, error)) from error


def _refusal(path: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return (
        f"expected to be able to write {path}, but {reason}: "
        "check that the folder exists, is yours and has room"
    )
