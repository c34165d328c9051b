"""The errors a caller can meet, as one tree.

Every message names what was expected, what came, and what to do::

    HingewiseError
    ├── InputError            what was given cannot be used; the command line exits with 2
    │   ├── VideoError        not a video, no picture in it, past a limit, unreadable
    │   ├── RecordingError    not a pose recording, or one of an unknown version
    │   ├── CalibrationError  a person's name or saved calibration that cannot be used
    │   ├── FrameError        a picture from a browser that cannot be used
    │   ├── SettingsError     a setting that is unknown or out of bounds
    │   └── UnknownNameError  a movement, model or option that does not exist
    ├── AssetError            the pose model bundle is missing, damaged or cannot be assembled
    ├── CameraError           a camera that is absent, busy or stopped sending
    ├── OutputError           a folder or file that cannot be written
    └── StoreError            a database or store that cannot be reached or used

What a person or a camera does during a movement (leaves, turns, hides a leg) is never an
exception: it is a value such as ``Verdict.NOT_ASSESSABLE``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class HingewiseError(Exception):
    """Base of every error that Hingewise raises on purpose."""


class InputError(HingewiseError):
    """What the user gave cannot be used."""


class VideoError(InputError):
    """A file that is not a usable video."""


class RecordingError(InputError):
    """A file that is not a usable pose recording."""


class CalibrationError(InputError):
    """A person's name or saved calibration that cannot be used."""


class FrameError(InputError):
    """A picture from a browser that cannot be used."""


class SettingsError(InputError):
    """A setting that is unknown or out of bounds."""


class UnknownNameError(InputError):
    """A name that stands for nothing.

    Parameters
    ----------
    kind
        What the name should have been, for example ``"movement"``.
    name
        What came.
    known
        The names that exist.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown {kind} {name!r}: use one of {', '.join(sorted(known))}")


class AssetError(HingewiseError):
    """The pose model bundle is missing, damaged or cannot be assembled."""


class CameraError(HingewiseError):
    """A camera that is absent, busy or stopped sending."""


class OutputError(HingewiseError):
    """A folder or file that cannot be written."""


class StoreError(HingewiseError):
    """A database or store of files that cannot be reached or used."""
