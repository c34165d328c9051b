"""Pictures of browsers: those that can be used and those that cannot."""

from __future__ import annotations

import numpy as np
import pytest

from service.live.intake import LEAST_SIDE_PX, decode_jpeg
from tests.live_server import grey_jpeg, jpeg_of
from vision.errors import FrameError, InputError

VGA = 640 * 480


def refusal_of(data: bytes, *, max_pixels: int = VGA) -> str:
    with pytest.raises(FrameError) as refused:
        decode_jpeg(data, max_pixels=max_pixels)
    return str(refused.value)


def test_a_picture_comes_out_as_it_went_in() -> None:
    rows, columns = np.mgrid[0:96, 0:128]
    picture = np.stack([rows * 2, columns, np.full_like(rows, 40)], axis=-1).astype(np.uint8)
    decoded = decode_jpeg(jpeg_of(picture), max_pixels=VGA)
    assert decoded.dtype == np.uint8
    assert decoded.shape == (96, 128, 3)
    assert np.abs(decoded.astype(int) - picture).mean() < 3


def test_the_header_is_looked_at_before_anything_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("decoded")

    huge = grey_jpeg(8192, 6144)
    monkeypatch.setattr("service.live.intake.simplejpeg.decode_jpeg", forbidden)
    assert "8192×6144" in refusal_of(huge)


def test_as_many_pixels_as_allowed_are_allowed() -> None:
    assert decode_jpeg(grey_jpeg(640, 480), max_pixels=VGA).shape == (480, 640, 3)
    assert "at most" in refusal_of(grey_jpeg(641, 480))


@pytest.mark.parametrize("data", [b"", b"x", b"\xff\xd8", b"GIF89a" + bytes(99), bytes(5000)])
def test_what_is_no_jpeg_is_refused(data: bytes) -> None:
    assert "expected a JPEG" in refusal_of(data)


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.99])
def test_what_was_cut_short_is_refused(kept: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    whole = jpeg_of(noise)
    assert decode_jpeg(whole, max_pixels=VGA).shape == (240, 320, 3)
    assert "whole JPEG" in refusal_of(whole[: int(len(whole) * kept)])


def test_shades_of_grey_are_refused() -> None:
    grey = jpeg_of(np.full((480, 640, 1), 90, np.uint8), colours="GRAY")
    assert "colour" in refusal_of(grey)


def test_what_is_too_small_to_hold_a_person_is_refused() -> None:
    assert "at least" in refusal_of(grey_jpeg(LEAST_SIDE_PX - 1, 480))


def test_it_is_bad_input() -> None:
    assert issubclass(FrameError, InputError)
