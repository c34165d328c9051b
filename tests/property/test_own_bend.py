"""Whatever the bends: the own bend follows them, and comes back from its file to the bit."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibration import NoOwnBend, OwnBend, find_own_bend
from service.calibrations import (
    MAX_NAME_LENGTH,
    Calibration,
    calibration_path,
    checked_name,
    read_calibration,
    save_calibration,
)
from tests.free_bends import calibration_clip, free_bend
from vision.errors import CalibrationError

ANGLES = st.floats(-30, 120)
POSITIVE = st.floats(min_value=0.001, max_value=120)
PEAKS = st.lists(st.floats(10, 80), min_size=2, max_size=4)


@st.composite
def own_bends(draw: st.DrawFn) -> OwnBend:
    hips = sorted(draw(st.lists(ANGLES, min_size=2, max_size=20, unique=True)))
    lumbar = draw(st.lists(ANGLES, min_size=len(hips), max_size=len(hips)))
    return OwnBend(
        max_lumbar_deg=draw(POSITIVE),
        max_lumbar_se_deg=draw(POSITIVE),
        hip_deg=tuple(hips),
        lumbar_deg=tuple(lumbar),
        bends=draw(st.integers(2, 9)),
        estimator=draw(st.text(min_size=1)),
    )


def usable_name(name: str) -> bool:
    with contextlib.suppress(CalibrationError):
        return bool(checked_name(name))
    return False


NAMES = st.text(min_size=1, max_size=MAX_NAME_LENGTH).filter(usable_name)


@given(person=NAMES, own_bend=own_bends(), source_name=st.text())
@settings(deadline=None)
def test_a_saved_calibration_comes_back_to_the_bit(
    person: str, own_bend: OwnBend, source_name: str
) -> None:
    calibration = Calibration(
        person=checked_name(person), own_bend=own_bend, source_name=source_name
    )
    with tempfile.TemporaryDirectory() as folder:
        save_calibration(calibration, Path(folder))
        assert read_calibration(person, Path(folder)) == calibration


@given(name=st.text(max_size=2 * MAX_NAME_LENGTH))
def test_a_name_is_refused_or_gives_one_file_in_the_folder(name: str) -> None:
    folder = Path("calibrations")
    try:
        path = calibration_path(name, folder)
    except CalibrationError as refusal:
        assert str(refusal).isprintable()  # noqa: PT017 - a name may be good, too
    else:
        assert path.parent == folder
        assert path.name.isascii()
        assert calibration_path(checked_name(name), folder) == path


@given(
    changes=st.dictionaries(st.integers(0, 300), st.integers(0, 255), min_size=1),
    length=st.integers(0, 300) | st.none(),
)
@settings(deadline=None)
def test_a_damaged_file_is_refused_or_read_but_never_fails_otherwise(
    changes: dict[int, int], length: int | None
) -> None:
    own_bend = find_own_bend(calibration_clip(free_bend(), free_bend()))
    assert isinstance(own_bend, OwnBend)
    with tempfile.TemporaryDirectory() as folder:
        path = save_calibration(
            Calibration(person="Kim", own_bend=own_bend, source_name="a.mp4"), Path(folder)
        )
        content = bytearray(path.read_bytes())
        for place, value in changes.items():
            content[place] = value
        path.write_bytes(content[:length])
        with contextlib.suppress(CalibrationError):
            assert read_calibration("Kim", Path(folder)).person.casefold() == "kim"


@given(peaks=PEAKS, se_deg=st.floats(1, 10))
@settings(deadline=None)
def test_the_maximum_lies_among_the_peaks_and_its_error_is_no_smaller_than_one(
    peaks: list[float], se_deg: float
) -> None:
    clip = calibration_clip(*[free_bend(peak, se_deg=se_deg) for peak in peaks])
    own_bend = find_own_bend(clip)
    backwards = find_own_bend(replace(clip, reps=clip.reps[::-1]))
    if isinstance(own_bend, NoOwnBend):
        assert backwards is own_bend
        return
    assert isinstance(backwards, OwnBend)
    assert own_bend.max_lumbar_deg == pytest.approx(backwards.max_lumbar_deg)
    assert min(peaks) - 2 <= own_bend.max_lumbar_deg <= max(peaks) + 1e-9
    assert own_bend.max_lumbar_se_deg >= se_deg - 1e-9
    assert (np.diff(own_bend.hip_deg) > 0).all()


@given(factor=st.floats(0.5, 2.0))
@settings(deadline=None)
def test_an_error_of_scale_scales_the_maximum_and_the_curve(factor: float) -> None:
    """So it cancels in a share of the own maximum."""
    plain = find_own_bend(calibration_clip(free_bend(45), free_bend(45)))
    scaled = find_own_bend(calibration_clip(free_bend(45 * factor), free_bend(45 * factor)))
    assert isinstance(plain, OwnBend)
    assert isinstance(scaled, OwnBend)
    assert scaled.max_lumbar_deg == pytest.approx(factor * plain.max_lumbar_deg)
    assert scaled.lumbar_deg == pytest.approx([factor * value for value in plain.lumbar_deg])
