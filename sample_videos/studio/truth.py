"""The truth of a clip: every angle and point, frame by frame, and who is seen where.

Angles are degrees, flexion positive. ``lumbar_flexion`` and ``thoracic_flexion`` are changes
from the person's own standing posture; ``pelvis_tilt`` is the world's, anterior positive;
``hip_flexion`` is thigh against pelvis; ``trunk_inclination`` is the line from hip centre to
shoulder centre. Angles of segments are projections on the person's sagittal plane. Pixels count
from the top left corner of the picture, x right, y down.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sample_videos.studio.bodies import LUMBAR, SKIN_POINTS
from sample_videos.studio.camera import project
from sample_videos.studio.posing import SIDES, blend, joint_angles, leg_angles

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from sample_videos.studio.bodies import Body
    from sample_videos.studio.motion import Choreography, Moment
    from sample_videos.studio.posing import Posed

UNITS = (
    "degrees; lumbar_flexion is change from own standing posture, flexion positive; "
    "pelvis_tilt is world anterior tilt; all in the person's sagittal plane"
)
MIDLINE_M, BACK_REACH_M = 0.004, 0.35
JOINTS = {
    "shoulder": "upper_arm",
    "elbow": "forearm",
    "wrist": "hand",
    "hip": "thigh",
    "knee": "shank",
    "ankle": "foot",
    "toe": "toes",
}
CENTRE_JOINTS = {"pelvis": "pelvis", **{v: v for v in LUMBAR}, "T": "T12", "spine01": "T6"}
HEAD_JOINTS = {"neck01": "neck01", "head": "head"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What turns metres into pixels in one clip."""

    matrix: NDArray[np.float64]
    size_px: tuple[int, int]


class TruthRecorder:
    """Collects the truth of the frames of one clip.

    Parameters
    ----------
    body
        The person.
    scene
        Camera matrix and picture size.
    """

    def __init__(self, body: Body, scene: Scene) -> None:
        self._body, self._scene = body, scene
        self._skin_rows, self._skin_shares = _skin_points(body)
        self.frames: list[dict[str, Any]] = []

    def record(self, posed: Posed, moment: Moment, t_s: float) -> None:
        """Add the truth of one frame."""
        at = dict(zip(self._body.bones, posed.positions, strict=True))
        turn = dict(zip(self._body.bones, posed.rotations, strict=True))
        joints = {f"{n}_{s}": at[f"{b}_{s}"] for n, b in JOINTS.items() for s in SIDES}
        joints |= {n: at[b] for n, b in (CENTRE_JOINTS | HEAD_JOINTS).items()}
        feet = moment.target.feet
        self.frames.append(
            {
                "frame": len(self.frames),
                "t_s": round(t_s, 4),
                "rep": moment.rep,
                "depth": round(moment.depth, 4),
                **_rounded(joint_angles(self._body, posed)),
                "legs": {side: _rounded(leg_angles(at, turn, side)) for side in SIDES},
                "planted": {side: bool(feet[side].lift_m <= 0.0) for side in SIDES},
                "joints_px": self._pixels(joints),
                "skin_px": self._pixels(self._skin(posed)),
            }
        )

    def _skin(self, posed: Posed) -> dict[str, NDArray[np.float64]]:
        rows = self._skin_rows
        body = self._body
        moved = blend(body.vertices[rows], body.weights[rows], posed)
        pairs = moved.reshape(-1, 2, 3)
        points = np.einsum("pk,pkj->pj", self._skin_shares, pairs)
        return dict(zip(SKIN_POINTS, points, strict=True))

    def _pixels(self, points: dict[str, NDArray[np.float64]]) -> dict[str, list[float]]:
        pixels = project(self._scene.matrix, np.array(list(points.values())), self._scene.size_px)
        return {
            name: [round(float(x), 2), round(float(y), 2)]
            for name, (x, y) in zip(points, pixels, strict=True)
        }


def rep_records(choreography: Choreography) -> list[dict[str, float]]:
    """Start, bottom, end and the asked angles of every rep."""
    return [
        {
            "start_s": round(span.start_s, 3),
            "bottom_s": round(span.bottom_s, 3),
            "end_s": round(span.end_s, 3),
            "lumbar_flexion_deg": rep.lumbar_deg,
            "pelvis_plus_lumbar_deg": rep.bend_deg,
            "knee_flexion_deg": round(rep.knee_deg, 2),
        }
        for span, rep in zip(choreography.spans, choreography.reps, strict=True)
    ]


def as_plain(spec: Any) -> Any:  # noqa: ANN401  (any dataclass of the studio)
    """Turn a specification into plain dictionaries, numbers rounded to six places."""
    return _plain(asdict(spec))


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value


def _rounded(angles: dict[str, float]) -> dict[str, float]:
    return {name: round(angle, 3) + 0.0 for name, angle in angles.items()}


def _skin_points(body: Body) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Vertices of the back's mid-line on both sides of each point's height, and their shares.

    A point lies on the skin at the height of the middle of its vertebra (S1: half a vertebra
    under the L5/S1 joint) in the rest pose.
    """
    heights = _vertebra_heights(body)
    skin = np.unique(body.triangles["body"])
    places = body.vertices[skin]
    middle = (np.abs(places[:, 0]) < MIDLINE_M) & (np.abs(places[:, 2] - heights[2]) < BACK_REACH_M)
    behind = places[:, 1] > body.head("L3")[1]
    line = skin[middle & behind]
    line = line[np.argsort(body.vertices[line, 2])]
    z = body.vertices[line, 2]
    rows, shares = [], []
    for height in heights:
        above = int(np.clip(np.searchsorted(z, height), 1, len(z) - 1))
        share = float(np.clip((height - z[above - 1]) / (z[above] - z[above - 1] + 1e-9), 0, 1))
        rows += [line[above - 1], line[above]]
        shares.append((1.0 - share, share))
    return np.array(rows), np.array(shares)


def _vertebra_heights(body: Body) -> NDArray[np.float64]:
    """Heights of the middles of T12, L1, L3, L5 and S1 in the rest pose, metres."""
    joint = {bone: float(body.head(bone)[2]) for bone in (*LUMBAR, "T12")}
    vertebra = joint["L4"] - joint["L5"]
    return np.array(
        [
            joint["T12"] + 0.5 * vertebra,
            0.5 * (joint["L1"] + joint["T12"]),
            0.5 * (joint["L3"] + joint["L2"]),
            0.5 * (joint["L5"] + joint["L4"]),
            joint["L5"] - 0.5 * vertebra,
        ]
    )


class MaskRecorder:
    """Exact masks of every frame: the person as seen, and the naked body behind everything."""

    def __init__(self) -> None:
        self._seen: list[NDArray[np.uint8]] = []
        self._naked: list[NDArray[np.uint8]] = []
        self._shape = (0, 0)

    def record(self, seen: NDArray[np.bool_], naked: NDArray[np.bool_]) -> None:
        """Add the two masks of one frame."""
        self._shape = seen.shape[0], seen.shape[1]
        self._seen.append(np.packbits(seen, axis=1))
        self._naked.append(np.packbits(naked, axis=1))

    def write(self, path: Path) -> None:
        """Write ``seen`` and ``naked`` (frames, height, width / 8), packed bits, and ``size``."""
        np.savez_compressed(
            path, seen=np.stack(self._seen), naked=np.stack(self._naked), size=np.array(self._shape)
        )


def read_masks(path: Path) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks of a clip: seen and naked person, (frames, height, width) each."""
    with np.load(path) as stored:
        width = int(stored["size"][1])
        seen, naked = (
            np.unpackbits(stored[name], axis=2)[:, :, :width].astype(bool)
            for name in ("seen", "naked")
        )
    return seen, naked
