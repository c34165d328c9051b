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


def contour(covered: list[bool]) -> drawing.Picture:
    """Draw a level contour with a point every 10 pixels, from 20 to 180."""
    picture = plain()
    points = [[20.0 + 10 * number, 80.0] for number in range(17)]
    drawing.draw_outline(picture, points, covered, color=(255, 255, 0), width_px=4)
    return picture


def yellow(picture: drawing.Picture) -> int:
    return int((picture == (255, 255, 0)).all(axis=2).sum())


def test_a_covered_contour_is_dashed_and_thinner() -> None:
    seen, covered = contour([False] * 17), contour([True] * 17)
    on_the_line = [bool((covered[80, x] == (255, 255, 0)).all()) for x in range(25, 175)]
    assert (seen[80, 25:175] == (255, 255, 0)).all()
    assert 0.3 < np.mean(on_the_line) < 0.7
    assert 0 < yellow(covered) < 0.45 * yellow(seen)


def test_a_contour_is_solid_up_to_where_it_is_covered() -> None:
    picture = contour([number > 8 for number in range(17)])
    assert (picture[80, 25:98] == (255, 255, 0)).all()
    assert (picture[80, 124:137] == 120).all()


def test_an_unknown_point_of_a_contour_is_left_out() -> None:
    picture = plain()
    points = [[20.0, 80.0], [NAN, NAN], [60.0, 80.0], [80.0, 80.0]]
    drawing.draw_outline(picture, points, [False] * 4, color=drawing.WHITE, width_px=3)
    assert (picture[80, 30:50] == 120).all()
    assert tuple(picture[80, 70]) == drawing.WHITE


def arc(
    picture: drawing.Picture, end: tuple[float, float], text: str = "", *, across: bool = False
) -> None:
    drawing.draw_joint_arc(
        picture,
        vertex_px=(100, 80),
        start_px=(180, 80),
        end_px=end,
        radius_px=40,
        color=(0, 255, 0),
        width_px=3,
        text=text,
        text_across=across,
    )


def test_an_arc_takes_the_shorter_way_round() -> None:
    picture = plain()
    arc(picture, (100, 20))  # from the right to straight up
    side = round(40 * 2**-0.5)
    assert tuple(picture[80 - side, 100 + side]) == (0, 255, 0)
    assert tuple(picture[80 + side, 100 - side]) == (120, 120, 120)


def test_the_text_of_an_arc_can_go_to_the_other_side_of_the_joint() -> None:
    plain_arc, across = plain(), plain()
    arc(plain_arc, (100, 20))
    arc(across, (100, 20), text="64°", across=True)
    assert changed(across[:70, 110:]) == changed(plain_arc[:70, 110:])
    assert changed(across[80:, :100]) > changed(plain_arc[80:, :100])


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
