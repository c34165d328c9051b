"""What cannot be done, told in the language of the page."""

from __future__ import annotations

from enum import StrEnum

from service.protocol import Refused
from service.wording import Wording, languages, load_wording


class Refusal(StrEnum):
    """The codes of `service.protocol.Refused`; each has a text ``session.refused.CODE``."""

    BUSY = "busy"
    PROTOCOL = "protocol"
    MESSAGE = "message"
    FRAME = "frame"
    FLOOD = "flood"
    CAMERA = "camera"
    SLOW_READER = "slow_reader"
    INTERNAL = "internal"
    NOTHING_TO_KEEP = "nothing_to_keep"
    UNKNOWN_NAME = "unknown_name"


def refused(code: Refusal, wording: Wording, detail: str = "", *, final: bool = False) -> Refused:
    """Say that something cannot be done.

    Parameters
    ----------
    code
        What.
    wording
        The words of the page's language.
    detail
        What was expected, what came, what to do.
    final
        Whether the connection closes.
    """
    text = wording.of(f"session.refused.{code}", detail=detail).strip()
    return Refused(code=code.value, text=text, final=final)


def wording_for(language: str, otherwise: str) -> Wording:
    """Return the words of a language, or of another one where there are none in it."""
    return load_wording(language if language in languages() else otherwise)
