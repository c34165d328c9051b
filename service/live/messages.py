"""What was found, in the words of the protocol: numbers rounded, NaN as null, texts filled in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kinematics import Signal
from models.lumbar.shape import BackShape
from service.protocol import (
    Frame,
    Guide,
    LumbarNow,
    NotCounted,
    OutlinePoint,
    OwnForwardBend,
    RepCount,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.assessor import Moment
    from models.calibration import OwnBend
    from models.results import DiscardedBend, Rep
    from service.protocol import Point, Quality
    from service.wording import Wording
    from vision.outline import DorsalOutline
    from vision.pose import Pose

CURVE_POINTS: Final = 150
"""Most points of the diagram of one repetition; a screen shows no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a picture's message says beside what was measured in it.

    Attributes
    ----------
    number
        Of the picture.
    reps
        Repetitions of the set so far.
    usual_depth_deg
        What its bend is a share of.
    guide
        Key of the one thing to do; None when all is well.
    quality
        How closely pictures are looked at.
    dropped
        Pictures that a newer one replaced.
    """

    number: int
    reps: int
    usual_depth_deg: float
    guide: str | None
    quality: Quality
    dropped: int


def frame_message(pose: Pose, moment: Moment, shown: Shown, wording: Wording) -> Frame:
    """Tell what one picture showed; the time that it took is not known here."""
    bend = _number(moment.bend_deg)
    return Frame(
        number=shown.number,
        t_ms=pose.t_s * 1000,
        size=pose.image_size,
        landmarks=_landmarks(pose),
        outline=_outline(pose.outline),
        countable=moment.framing.countable,
        phase=moment.phase,
        reps=shown.reps,
        bend_deg=bend,
        range=None if bend is None else round(max(bend, 0.0) / shown.usual_depth_deg, 3),
        hip_deg=_number(moment.hip_deg),
        knee_deg=_number(moment.knee_deg),
        trunk_deg=_number(moment.trunk_deg),
        lumbar=_lumbar(moment, wording),
        guide=None if shown.guide is None else guide_message(shown.guide, wording),
        quality=shown.quality,
        dropped=shown.dropped,
        took_ms=0.0,
    )


def guide_message(key: str, wording: Wording) -> Guide:
    """Tell the one thing to do so that the movement can be seen."""
    return Guide(
        key=key, text=wording.of(f"guide.{key}.text"), detail=wording.of(f"guide.{key}.detail")
    )


def rep_message(rep: Rep, number: int, movement: str) -> RepCount:
    """Tell about a repetition that was counted.

    Parameters
    ----------
    rep
        The repetition.
    number
        From 1 within the set.
    movement
        Id of what it was judged as, or what it looked like.
    """
    rhythm = rep.rhythm
    peak = None if rhythm is None else rhythm.peak
    curve, bottom = _curve(rep)
    return RepCount(
        number=number,
        movement=movement,
        peak_deg=_number(rep.metrics["peak_bend"].value),
        duration_s=round(rep.end_s - rep.start_s, 3),
        lumbar_word=(BackShape.NOT_MEASURABLE if rhythm is None else rhythm.shape).value,
        lumbar_deg=None if peak is None else _number(peak.value),
        lumbar_se_deg=None if peak is None else _number(peak.se),
        curve=curve,
        bottom=bottom,
    )


def not_counted_message(bend: DiscardedBend, wording: Wording) -> NotCounted:
    """Tell why a bend is no repetition."""
    return NotCounted(reason=bend.reason, text=wording.of(f"reason.{bend.reason}"))


def own_bend_message(own_bend: OwnBend) -> OwnForwardBend:
    """Tell a person's own free forward bend, as it is drawn."""
    return OwnForwardBend(
        max_deg=round(own_bend.max_lumbar_deg, 1),
        curve=_points(own_bend.hip_deg, own_bend.lumbar_deg),
    )


def _number(value: float) -> float | None:
    return round(float(value), 2) + 0.0 if math.isfinite(value) else None  # no minus zero


def _landmarks(pose: Pose) -> tuple[Point | None, ...] | None:
    if pose.is_empty:
        return None
    return tuple(
        (round(x, 1), round(y, 1)) if math.isfinite(x + y) else None
        for x, y in pose.image_xy.tolist()
    )


def _outline(outline: DorsalOutline | None) -> tuple[OutlinePoint, ...]:
    if outline is None:
        return ()
    points = zip(outline.points_px.tolist(), outline.occluded.tolist(), strict=True)
    return tuple(OutlinePoint(round(x, 1), round(y, 1), occluded) for (x, y), occluded in points)


def _lumbar(moment: Moment, wording: Wording) -> LumbarNow:
    reason = moment.lumbar_reason
    return LumbarNow(
        flexion_deg=_number(moment.lumbar_deg),
        se_deg=_number(moment.lumbar_se_deg),
        hip_deg=_number(moment.true_hip_deg),
        reason=wording.of(f"reason.{reason}") if reason else "",
    )


def _curve(rep: Rep) -> tuple[tuple[Point, ...], int | None]:
    """Lumbar–hip diagram by time, thinned to what a screen shows, and the place of the bottom."""
    hip, lumbar = rep.series.of(Signal.HIP_FLEXION), rep.series.of(Signal.LUMBAR_FLEXION)
    known = np.flatnonzero(np.isfinite(hip) & np.isfinite(lumbar))
    if not len(known):
        return (), None
    kept = known[:: math.ceil(len(known) / CURVE_POINTS)]
    points = _points(hip[kept].tolist(), lumbar[kept].tolist())
    return points, int(np.argmin(np.abs(rep.series.t_s[kept] - rep.bottom_s)))


def _points(hip_deg: Sequence[float], lumbar_deg: Sequence[float]) -> tuple[Point, ...]:
    return tuple(
        (round(x, 1) + 0.0, round(y, 1) + 0.0)  # no minus zero
        for x, y in zip(hip_deg, lumbar_deg, strict=True)
    )
