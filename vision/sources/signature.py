"""Names what a file holds from its first bytes, for the message when it is no video."""

from __future__ import annotations

from typing import Final

HEAD_BYTES: Final = 512
"""How much of a file ``describe`` wants to see."""

_CHOOSE: Final = "choose the video itself"
_SIGNATURES: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (0, b"PK\x03\x04", "a ZIP archive", "unpack it and choose the video inside"),
    (0, b"#EXTM3U", "a playlist that points at other files", _CHOOSE),
    (0, b"ffconcat", "a list that points at other files", _CHOOSE),
    (0, b"%PDF", "a PDF document", _CHOOSE),
    (0, b"\x89PNG", "a still picture (PNG)", _CHOOSE),
    (0, b"\xff\xd8\xff", "a still picture (JPEG)", _CHOOSE),
    (8, b"WAVE", "a sound recording (WAV)", _CHOOSE),
    (0, b"ID3", "a sound recording (MP3)", _CHOOSE),
    (
        4,
        b"ftyp",
        "an MP4 without a readable index, as when a recording or a copy stops early",
        "record or copy it again to its end",
    ),
)


def describe(head: bytes) -> tuple[str, str]:
    """Say what a file is that could not be opened as a video, and what to do about it.

    Parameters
    ----------
    head
        The first ``HEAD_BYTES`` of the file, or all of it when it is shorter.

    Returns
    -------
    tuple of str
        What came and what to do, as parts of one sentence.
    """
    if not head:
        return "an empty file (0 bytes)", "record or copy it again"
    for offset, magic, what, advice in _SIGNATURES:
        if head.startswith(magic, offset):
            return what, advice
    if _is_text(head):
        return "a text file", _CHOOSE
    return "data that is no known video", "export it again as an MP4 (H.264)"


def _is_text(head: bytes) -> bool:
    # The last character may be cut in two by the end of the head.
    text = head.decode("utf-8", errors="ignore")
    lost_bytes = len(head) - len(text.encode())
    return lost_bytes < 4 and all(char.isprintable() or char.isspace() for char in text)  # noqa: PLR2004 - UTF-8 characters have at most 4 bytes
