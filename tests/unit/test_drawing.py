"""Drawing primitives: in place, inside the picture, nothing for what is unknown."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vision import drawing

NAN = float("nan")


def plain(width: int = 200, height: int = 160) -> drawing.Picture:
    return np.full((height, width, 3), 120, dtype=np.uint8)


def changed(picture: drawing.Picture) -> int:
    return int((picture != 120).any(axis=2).sum())


def test_a_line_is_drawn_between_its_ends() -> None:
    picture = plain()
    drawing.draw_lines(
        picture, [[20.0, 80.0], [180.0, 80.0]], [(0, 1)], color=(255, 0, 0), width_px=3
    )
    assert tuple(picture[80, 100]) == (255, 0, 0)
    assert changed(picture[:70]) == 0


def test_an_edge_with_an_unknown_end_is_left_out() -> None:
    picture = plain()
    drawing.draw_lines(
        picture, [[20.0, 80.0], [NAN, NAN]], [(0, 1)], color=drawing.WHITE, width_px=3
    )
    drawing.draw_dots(picture, [[NAN, 1.0]], color=drawing.WHITE, radius_px=3)
    assert changed(picture) == 0


def test_points_far_outside_are_harmless() -> None:
    picture = plain()
    drawing.draw_lines(
        picture, [[100.0, 80.0], [1e9, 80.0]], [(0, 1)], color=drawing.WHITE, width_px=3
    )
    assert tuple(picture[80, 150]) == drawing.WHITE


def arc(picture: drawing.Picture, end: tuple[float, float], text: str = "") -> None:
    drawing.draw_joint_arc(
        picture,
        vertex_px=(100, 80),
        start_px=(180, 80),
        end_px=end,
        radius_px=40,
        color=(0, 255, 0),
        width_px=3,
        text=text,
    )


def test_an_arc_takes_the_shorter_way_round() -> None:
    picture = plain()
    arc(picture, (100, 20))  # from the right to straight up
    side = round(40 * 2**-0.5)
    assert tuple(picture[80 - side, 100 + side]) == (0, 255, 0)
    assert tuple(picture[80 + side, 100 - side]) == (120, 120, 120)


@pytest.mark.parametrize("end", [(NAN, 20.0), (100.0, 80.0)])
def test_no_arc_without_two_rays(end: tuple[float, float]) -> None:
    picture = plain()
    arc(picture, end, text="12°")
    assert changed(picture) == 0


def test_a_label_is_pushed_inside_the_picture() -> None:
    picture = plain()
    drawing.draw_label(picture, "64°", center_px=(1000, -50))
    width, height = drawing.label_size_px(picture, "64°")
    assert changed(picture[:height, -width:]) > 0.9 * width * height
    assert changed(picture) == changed(picture[:height, -width:])


def test_a_degree_sign_has_a_shape_of_its_own() -> None:
    with_sign, without = plain(), plain()
    drawing.draw_label(with_sign, "64°", center_px=(100, 80))
    drawing.draw_label(without, "64?", center_px=(100, 80))
    assert (with_sign != without).any()


def test_progress_fills_its_share_of_the_width() -> None:
    picture = plain()
    drawing.draw_progress(picture, 0.5, color=(1, 2, 3))
    assert tuple(picture[-1, 99]) == (1, 2, 3)
    assert tuple(picture[-1, 100]) == (120, 120, 120)


@pytest.mark.parametrize("height_px", [40, 320])
def test_a_crop_has_the_height_asked_for_and_keeps_its_shape(height_px: int) -> None:
    part = drawing.crop(plain(), (20, 0, 120, 80), height_px=height_px)
    assert part.shape == (height_px, round(height_px * 100 / 80), 3)


def test_a_crop_outside_the_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a box inside"):
        drawing.crop(plain(), (300, 0, 400, 80), height_px=40)


def test_a_jpeg_keeps_red_red() -> None:
    picture = plain()
    picture[:] = (200, 30, 20)
    encoded = drawing.encode_jpeg(picture)
    assert encoded[:2] == b"\xff\xd8"
    decoded = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert decoded is not None
    assert np.abs(decoded.astype(int) - picture.astype(int)).max() < 12
