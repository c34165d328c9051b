"""A planar body fitted to a whole clip, with lumbar flexion as one of its angles.

The body is a chain in the sagittal plane: two legs of shank and thigh, the hip joint, the pelvis
up to the lumbosacral joint, the lumbar and the thoracic spine as arcs, and the shoulder. The
tissue between spine and outline is a smooth profile. What does not change during a clip is fitted
once (lengths, profile, standing curves, how far the found hip lies from the joint and how it
slides as the hip flexes); place, pelvic tilt, both flexions and the legs once a frame; all at
once, by non-linear least squares. With these arcs the inclination of the hip-shoulder line is
about *P + 0.69 L + 0.17 Th* (``measurement.md`` §2). Flexion is told against standing, where it
is held at 0.

Every number here that is expected before anything is seen was chosen on clips of training people,
none on test people: lengths, tissue and the place of the found hip are medians over those without
a prop among 150 clips within 15° of a side view, fitted with their true angles and hips held;
noises, the span and the rate were tried out on 60 and then 150 such clips. Limbs came out shorter
than 0.85 of the trunk (Drillis & Contini 1966, *Body Segment Parameters*, New York University
TR 1166.03), because found hips and shoulders lie further apart than the joints. Losses that
forgive outliers were tried there too, and gained nothing over squares.

It is a way to compare with, not a part of the product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import least_squares

from models.lumbar.features import STATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.lumbar.features import Description

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

SPAN: Final = (0.07, 0.9)
"""Part of the hip-shoulder line over which the outline is read. It begins on the sacrum: what lies
below the lumbar arc tells the pelvis from the spine."""

MIN_CLEAR: Final = 0.5
"""Least uncovered share of `SPAN`."""

MAX_HIDDEN: Final = 0.5
"""A place that is more hidden than this is covered."""

TISSUE_AT: Final = np.array([-0.25, -0.1, 0.05, 0.2, 0.35, 0.5, 0.65, 0.8])
"""Where the depth of the tissue is fitted: along the spine from the lumbosacral joint upwards."""

EXPECTED: Final[dict[str, tuple[float, float]]] = {
    "thigh_near": (0.77, 0.06),
    "thigh_far": (0.76, 0.08),
    "shank_near": (0.77, 0.06),
    "shank_far": (0.72, 0.08),
    "lumbosacral_up": (0.155, 0.04),
    "lumbosacral_behind": (0.042, 0.03),
    "lumbar": (0.355, 0.04),
    "thoracic": (0.372, 0.035),
    "shoulder_forward": (0.083, 0.025),
    "shoulder_up": (0.124, 0.04),
    "sacral_direction_rad": (0.30, 0.15),
    "lordosis_rad": (0.43, 0.15),
    "kyphosis_rad": (0.19, 0.2),
    "hip_up": (-0.02, 0.03),
    "hip_behind": (-0.05, 0.03),
    "hip_slide_up": (0.01, 0.02),
    "hip_slide_behind": (0.003, 0.02),
    **{f"tissue_{number}": (0.158, 0.03) for number in range(len(TISSUE_AT))},
}
"""Mean and standard deviation of what is one person's own; lengths in standing trunk lengths.

`hip_up` and `hip_behind` tell where the found hip lies from the joint in the frame of the pelvis,
`hip_slide_up` and `hip_slide_behind` how far it moves there for each radian of hip flexion."""

FRAME: Final = (
    "hip_x",
    "hip_y",
    "pelvis_rad",
    "lumbar_rad",
    "thoracic_rad",
    "thigh_near_rad",
    "thigh_far_rad",
    "shank_near_rad",
    "shank_far_rad",
)
"""What is fitted in every frame; the hip joint is told from the found hip."""

_X, _Y, _PELVIS, _LUMBAR, _THORACIC = range(5)
_THIGHS, _SHANKS = slice(5, 7), slice(7, 9)
_LEGS: Final = slice(0, 2), slice(2, 4)
"""Thighs and shanks among what is the person's own."""

MOVING_RAD: Final = {_PELVIS: (0.6, 1.0), _LUMBAR: (0.35, 0.5), _THORACIC: (0.15, 0.08)}
"""Mean and standard deviation of the angles of a frame of moving; wide, but for the thorax."""

STANDING_SD_RAD: Final = {_PELVIS: 0.035, _LUMBAR: 0.02, _THORACIC: 0.02}
"""How far the angles are from 0 while standing."""

RATE_RAD: Final = 0.7
"""How far these angles wander in a second; it grows with the root of the time."""

LOWER_SHARE: Final = 0.35
"""How much more than its share the lower end of the lumbar spine flexes, and the upper end less:
expert default, of the order of the ranges of its segments (Pearcy, Portek & Shepherd 1984, *Spine*
9:294)."""

HIP_SD: Final = 0.022
SHOULDER_SD: Final = 0.02
KNEE_SD: Final = 0.025
ANKLE_SD: Final = 0.02
OUTLINE_SD: Final = 0.015
"""Noise of what is seen, in standing trunk lengths."""

OUTLINE_LIKENESS: Final = 0.95
"""Correlation of the noise of an outline between neighbouring places."""

TISSUE_BEND_SD: Final = 0.03
"""How sharply the profile of the tissue bends from one place to the next."""

_TINY: Final = 1e-9
_STEP: Final = 1e-6
_READ: Final = np.flatnonzero(np.abs(STATIONS - np.mean(SPAN)) <= 0.5 * np.ptp(SPAN) + _TINY)
_SIDE: Final = 9
_KNEES, _ANKLES = [2, _SIDE + 2], [3, _SIDE + 3]
"""Near and far joints in a description."""

_OWN: Final = {name: number for number, name in enumerate(EXPECTED)}
_MEAN, _SD = (np.array(column) for column in zip(*EXPECTED.values(), strict=True))
_TISSUE: Final = slice(len(EXPECTED) - len(TISSUE_AT), len(EXPECTED))

_LINKS: Final = 6
"""Straight links that draw an arc."""
_ALONG_ARC: Final = (np.arange(_LINKS) + 0.5) / _LINKS
_BELOW: Final = np.array([-0.3, -0.2, -0.1])
"""Places below the lumbosacral joint, where the back goes on straight."""
_ABOVE: Final = 0.15
"""How far it goes on straight above the thoracic arc."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainFrames:
    """Frames of one clip as the chain reads them, in own standing trunk lengths.

    Attributes
    ----------
    t_s
        ``(n,)`` time, ascending.
    standing
        ``(n,)`` whether the person stands quietly.
    up
        ``(n, 2)`` direction from the found hip to the found shoulder, x forward and y up.
    trunk
        ``(n,)`` distance between them.
    knees, ankles
        ``(n, 2, 2)`` near and far one, from the found hip; NaN unseen.
    outline
        ``(n, places)`` how far the back lies behind that line; NaN where it is covered.
    """

    t_s: Floats
    standing: Flags
    up: Floats
    trunk: Floats
    knees: Floats
    ankles: Floats
    outline: Floats

    @property
    def behind(self) -> Floats:
        """``(n, 2)`` direction away from the line, towards the back."""
        return np.column_stack([-self.up[:, 1], self.up[:, 0]])

    @property
    def measurable(self) -> Flags:
        """Frames of which enough of the back is seen."""
        return np.asarray(np.isfinite(self.outline).mean(axis=1) >= MIN_CLEAR, np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedChain:
    """The body that fits a clip.

    Attributes
    ----------
    person
        What is the person's own, by the names of `EXPECTED`.
    flexion_deg
        ``(n,)`` lumbar flexion since standing; NaN where the back is covered.
    pelvis_deg, thoracic_deg
        ``(n,)`` pelvic tilt and thoracic flexion since standing.
    hip
        ``(n, 2)`` hip joint along the found hip-shoulder line and behind it, from the found hip.
    """

    person: dict[str, float]
    flexion_deg: Floats
    pelvis_deg: Floats
    thoracic_deg: Floats
    hip: Floats


def chain_frames(frames: Description, standing: Flags, t_s: Floats) -> ChainFrames:
    """Prepare frames of one clip for the chain.

    Parameters
    ----------
    frames
        ``n`` frames with hips and shoulders.
    standing
        ``(n,)`` those of quiet standing, one at least.
    t_s
        ``(n,)`` their time, ascending.
    """
    size = frames.trunk_px / np.median(frames.trunk_px[standing])
    up = _pointing(frames.lean_rad)
    axes = np.stack([up, np.column_stack([-up[:, 1], up[:, 0]])], axis=1)
    joints = np.einsum("npk,nkj->npj", frames.joints, axes) * size[:, None, None]
    clear = frames.hidden[:, _READ] < MAX_HIDDEN
    return ChainFrames(
        t_s=t_s,
        standing=standing,
        up=up,
        trunk=size,
        knees=joints[:, _KNEES],
        ankles=joints[:, _ANKLES],
        outline=np.where(clear, frames.depth[:, _READ] * size[:, None], np.nan),
    )


def fit_chain(frames: ChainFrames) -> FittedChain:
    """Fit one body to all frames of a clip at once."""
    problem = _Problem.of(frames)
    solution = least_squares(
        problem.residuals,
        problem.start(),
        jac=problem.jacobian,
        method="lm",
        x_scale="jac",
        max_nfev=60,
        ftol=1e-4,
    )
    person, angles = problem.parts(solution.x[None])
    degrees = np.degrees(angles[0])
    joint = angles[0][:, [_X, _Y]]
    return FittedChain(
        person=dict(zip(EXPECTED, person[0].tolist(), strict=True)),
        flexion_deg=np.where(frames.measurable, degrees[:, _LUMBAR], np.nan),
        pelvis_deg=degrees[:, _PELVIS],
        thoracic_deg=degrees[:, _THORACIC],
        hip=np.column_stack([(joint * frames.up).sum(axis=1), (joint * frames.behind).sum(axis=1)]),
    )


def seen_of(person: Floats, angles: Floats) -> dict[str, Floats]:
    """Say where bodies would be seen: the forward model.

    Parameters
    ----------
    person
        ``(b, own)`` in the order of `EXPECTED`.
    angles
        ``(b, n, frame)`` in the order of `FRAME`.

    Returns
    -------
    dict
        ``hip`` and ``shoulder`` as they would be found, ``(b, n, 2)``; ``knees`` and ``ankles``,
        ``(b, n, 2, 2)``; ``back`` from below upwards, ``(b, n, nodes, 2)``.
    """
    own = {name: person[:, number, None] for name, number in _OWN.items()}
    joint, pelvis = angles[..., [_X, _Y]], angles[..., _PELVIS]
    flexed = pelvis - angles[..., _THIGHS].mean(axis=-1)
    found = joint + _in_part(
        pelvis,
        own["hip_up"] + own["hip_slide_up"] * flexed,
        own["hip_behind"] + own["hip_slide_behind"] * flexed,
    )
    thigh, shank = (
        person[:, None, lengths, None] * _pointing(angles[..., leaning])
        for lengths, leaning in zip(_LEGS, (_THIGHS, _SHANKS), strict=True)
    )
    knees = joint[..., None, :] - thigh
    back, shoulder = _trunk(own, person[:, _TISSUE], angles)
    return {
        "hip": found,
        "shoulder": shoulder,
        "knees": knees,
        "ankles": knees - shank,
        "back": back,
    }


def _trunk(own: dict[str, Floats], tissue: Floats, angles: Floats) -> tuple[Floats, Floats]:
    """``(b, n, nodes, 2)`` back from below upwards, and ``(b, n, 2)`` the shoulder."""
    pelvis = angles[..., _PELVIS]
    leaning, links = _spine(own, angles)
    path = np.cumsum(_pointing(leaning) * links[:, None, :, None], axis=2)
    lumbosacral = angles[..., [_X, _Y]] + _in_part(
        pelvis, own["lumbosacral_up"], own["lumbosacral_behind"]
    )
    first = (lumbosacral - path[:, :, len(_BELOW) - 1])[:, :, None]
    spine = np.concatenate([first, first + path], axis=2)
    shoulder = spine[:, :, -2] + _in_part(
        leaning[..., -1], own["shoulder_up"], -own["shoulder_forward"]
    )
    ends = np.concatenate([leaning[..., :1], leaning, leaning[..., -1:]], axis=-1)
    direction = _pointing(0.5 * (ends[..., :-1] + ends[..., 1:]))
    outwards = np.stack([-direction[..., 1], direction[..., 0]], axis=-1)
    return spine + outwards * _depths(links, tissue)[:, None, :, None], shoulder


def _spine(own: dict[str, Floats], angles: Floats) -> tuple[Floats, Floats]:
    """How the links of the spine lean, ``(b, n, links)``, and their lengths, ``(b, links)``."""
    lumbar = angles[..., _LUMBAR, None]
    low = own["sacral_direction_rad"] + angles[..., _PELVIS]
    bowed = own["lordosis_rad"][..., None] * _ALONG_ARC
    shared = _ALONG_ARC * (1.0 + LOWER_SHARE * (1.0 - _ALONG_ARC))
    middle = low - own["lordosis_rad"] + angles[..., _LUMBAR]
    turn = own["kyphosis_rad"] + angles[..., _THORACIC]
    leaning = [
        np.repeat(low[..., None], len(_BELOW), axis=-1),
        low[..., None] - bowed + lumbar * shared,
        middle[..., None] + turn[..., None] * _ALONG_ARC,
        (middle + turn)[..., None],
    ]
    count = len(own["lumbar"])
    links = [
        np.broadcast_to(np.diff(_BELOW, append=0.0), (count, len(_BELOW))),
        np.repeat(own["lumbar"] / _LINKS, _LINKS, axis=1),
        np.repeat(own["thoracic"] / _LINKS, _LINKS, axis=1),
        np.full((count, 1), _ABOVE),
    ]
    return np.concatenate(leaning, axis=-1), np.concatenate(links, axis=1)


def _depths(links: Floats, tissue: Floats) -> Floats:
    """``(b, nodes)`` how far the outline lies from the spine at its nodes."""
    start = np.full((len(links), 1), _BELOW[0])
    along = np.concatenate([start, _BELOW[0] + np.cumsum(links, axis=1)], axis=1)
    return np.stack(
        [np.interp(places, TISSUE_AT, deep) for places, deep in zip(along, tissue, strict=True)]
    )


def _pointing(angle: Floats) -> Floats:
    """Give unit vectors that lean forward from vertical by an angle."""
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def _in_part(lean: Floats, up: Floats, behind: Floats) -> Floats:
    """Step from the foot of a part that leans: along it, and behind it."""
    sine, cosine = np.sin(lean), np.cos(lean)
    return np.stack([up * sine - behind * cosine, up * cosine + behind * sine], axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    """Least squares of one clip.

    Attributes
    ----------
    frames
        What was seen.
    seen
        ``(n, observations)`` which of it is known.
    expected, at
        What is expected of the unknowns: ``expected @ unknowns = at``, in units of its noise.
    """

    frames: ChainFrames
    seen: Flags
    expected: Floats
    at: Floats

    @classmethod
    def of(cls, frames: ChainFrames) -> _Problem:
        expected, at = _expectations(frames)
        seen = [
            np.ones((len(frames.t_s), 4), np.bool_),
            np.isfinite(frames.knees).reshape(-1, 4),
            np.isfinite(frames.ankles).reshape(-1, 4),
            np.isfinite(frames.outline),
        ]
        return cls(frames=frames, seen=np.concatenate(seen, axis=1), expected=expected, at=at)

    def start(self) -> Floats:
        """Begin with an average body that moves as the landmarks do."""
        frames = self.frames
        angles = np.zeros((len(frames.t_s), len(FRAME)))
        for angle in (_LUMBAR, _THORACIC):
            angles[~frames.standing, angle] = MOVING_RAD[angle][0]
        lean = np.arctan2(frames.up[:, 0], frames.up[:, 1])
        lean -= np.median(lean[frames.standing])
        angles[:, _PELVIS] = lean - 0.69 * angles[:, _LUMBAR] - 0.17 * angles[:, _THORACIC]
        for part, bone in ((_THIGHS, -frames.knees), (_SHANKS, frames.knees - frames.ankles)):
            angles[:, part] = np.nan_to_num(np.arctan2(bone[..., 0], bone[..., 1]))
        return np.concatenate([np.zeros(len(EXPECTED)), angles.ravel()])

    def parts(self, unknowns: Floats) -> tuple[Floats, Floats]:
        """Take ``(b, unknowns)`` apart into what is the person's and what is a frame's."""
        own = len(EXPECTED)
        angles = unknowns[:, own:].reshape(len(unknowns), -1, len(FRAME))
        return _MEAN + _SD * unknowns[:, :own], angles

    def residuals(self, unknowns: Floats) -> Floats:
        """Say how far off what was seen and what was expected is, in units of the noise."""
        off = _misfit(self.frames, *self.parts(unknowns[None]))[0]
        return np.concatenate([off[self.seen], self.expected @ unknowns - self.at])

    def jacobian(self, unknowns: Floats) -> Floats:
        """Take differences; an unknown of one frame moves it alone, so all frames go at once."""
        own, width = len(EXPECTED), len(FRAME)
        moved = np.repeat(unknowns[None], 1 + own + width, axis=0)
        moved[1 + np.arange(own), np.arange(own)] += _STEP
        for number in range(width):
            moved[1 + own + number, own + number :: width] += _STEP
        off = _misfit(self.frames, *self.parts(moved))
        slopes = np.moveaxis((off[1:] - off[0]) / _STEP, 0, -1)
        dense = np.zeros((*self.seen.shape, len(unknowns)))
        dense[..., :own] = slopes[..., :own]
        for frame in range(len(self.seen)):
            first = own + frame * width
            dense[frame, :, first : first + width] = slopes[frame, :, own:]
        return np.concatenate([dense[self.seen], self.expected])


def _misfit(frames: ChainFrames, person: Floats, angles: Floats) -> Floats:
    """``(b, n, observations)`` how far bodies lie from what was seen; 0 where nothing was."""
    told = seen_of(person, angles)
    shoulder = frames.up * frames.trunk[:, None]
    flat = (*angles.shape[:2], 4)
    return np.concatenate(
        [
            told["hip"] / HIP_SD,
            (told["shoulder"] - shoulder) / SHOULDER_SD,
            np.nan_to_num((told["knees"] - frames.knees) / KNEE_SD).reshape(flat),
            np.nan_to_num((told["ankles"] - frames.ankles) / ANKLE_SD).reshape(flat),
            _news(depth_behind(told["back"], frames) - frames.outline) / OUTLINE_SD,
        ],
        axis=-1,
    )


def depth_behind(back: Floats, frames: ChainFrames) -> Floats:
    """Read drawn backs where the outline was read: how far they lie behind the found line.

    Parameters
    ----------
    back
        ``(b, n, nodes, 2)`` from the found hip.
    frames
        The found lines.

    Returns
    -------
    NDArray
        ``(b, n, places)``.
    """
    along = np.einsum("bnmk,nk->bnm", back, frames.up)
    behind = np.einsum("bnmk,nk->bnm", back, frames.behind)
    places = STATIONS[_READ] * frames.trunk[:, None]
    below = (along[:, :, None, :] <= places[..., None]).sum(axis=-1) - 1
    below = np.clip(below, 0, along.shape[-1] - 2)
    start, end = (np.take_along_axis(along, below + step, axis=-1) for step in (0, 1))
    low, high = (np.take_along_axis(behind, below + step, axis=-1) for step in (0, 1))
    span = np.where(np.abs(end - start) > _STEP, end - start, _STEP)
    read: Floats = low + (high - low) * (places - start) / span
    return read


def _news(off: Floats) -> Floats:
    """Keep what a place tells that its neighbour does not; 0 where the back is covered."""
    before = np.concatenate([np.full_like(off[..., :1], np.nan), off[..., :-1]], axis=-1)
    news = (off - OUTLINE_LIKENESS * before) / np.sqrt(1.0 - OUTLINE_LIKENESS**2)
    return np.nan_to_num(np.where(np.isnan(before), off, news))


def _expectations(frames: ChainFrames) -> tuple[Floats, Floats]:
    """Tell what is expected of the unknowns before anything is seen, as linear equations."""
    own, count = len(EXPECTED), len(frames.t_s)
    size = own + count * len(FRAME)
    smooth = np.zeros((len(TISSUE_AT) - 2, size))
    smooth[:, _TISSUE] = np.diff(np.eye(len(TISSUE_AT)), 2, axis=0) * _SD[_TISSUE] / TISSUE_BEND_SD
    rows, at = [np.eye(own, size), smooth], [np.zeros(own + len(smooth))]
    wander = RATE_RAD * np.sqrt(np.maximum(np.diff(frames.t_s), _STEP))
    for angle, (mean, sd) in MOVING_RAD.items():
        picked = np.zeros((count, size))
        picked[np.arange(count), own + angle + len(FRAME) * np.arange(count)] = 1.0
        noise = np.where(frames.standing, STANDING_SD_RAD[angle], sd)
        rows += [picked / noise[:, None], np.diff(picked, axis=0) / wander[:, None]]
        at += [np.where(frames.standing, 0.0, mean) / noise, np.zeros(count - 1)]
    return np.concatenate(rows), np.concatenate(at)
