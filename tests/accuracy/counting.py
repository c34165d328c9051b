"""Repetitions and movements of the real clips: counted against true, beside a textbook counter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.accuracy import textbook_counter
from tests.accuracy.recorded_clips import assessment_of, recording_of
from tests.given_material import shared_file
from vision.framing import Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.results import Assessment

MOVEMENT_OF_TEXT: Final = {
    "deadlift-type lift": "deadlift",
    "barbell deadlift": "deadlift",
    "back squat": "squat",
    "bodyweight squat": "squat",
    "jump squat": "squat",
    "good morning": "hip_hinge",
    "forward lunge": "lunge",
    "sit-to-stand": "sit_to_stand",
    "outdoor walk": "none",
}
"""How the clips' descriptions begin, and the movement of the catalogue that is meant."""

MOVEMENT_OF_RENDER: Final = {"hinge": "hip_hinge", "squat": "squat", "lift": "deadlift"}

KNEE_MOVEMENTS: Final = ("squat", "lunge", "sit_to_stand")
"""Where a textbook would count by the knee."""

KNOWN_MISCOUNTS: Final = {
    "deadlift_gym_source_bad_side_mattiolato_B01": (
        "filmed obliquely and cut off: the head leaves the picture and a plate hides the legs, so "
        "too few frames of the lift are seen"
    ),
    "good_morning_side_oblique_tomnotch": "turned by about 45°: past the limit for counting",
    "jump_squat_frontoblique_prakhar": "turned by about 45°: past the limit for counting",
    "squat_barbell_front_jamesr": "filmed from the front: side-view movements are not counted",
}
"""Every clip whose count is not exact, none of them a side view; taken off here once it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipCount:
    """What was counted in one clip, and what is true.

    Attributes
    ----------
    name
        Of the clip, without suffix.
    is_side_view
        Whether its description says that it was filmed from the side, no more than slightly
        oblique.
    caveat
        What its description says of the view, when that is not simply the side.
    true_reps, reps
        By eye (or as rendered), and counted.
    true_movement, movement
        What it is, and what it was recognised as.
    textbook_hip, textbook_knee
        Counted by one angle and two thresholds; None where no textbook would use the knee.
    yaw_deg
        Estimated median turn from a side view.
    told
        What the assessment says about why something was not counted.
    """

    name: str
    is_side_view: bool
    caveat: str
    true_reps: int
    reps: int
    true_movement: str
    movement: str
    textbook_hip: int
    textbook_knee: int | None
    yaw_deg: float
    told: str

    @property
    def is_exact(self) -> bool:
        """Whether the count is the true one."""
        return self.reps == self.true_reps

    @property
    def is_confused(self) -> bool:
        """Whether another movement was recognised; none and mixed are no confusion."""
        return self.movement not in (self.true_movement, "none", "mixed")

    @property
    def textbook_best(self) -> int:
        """Count of the textbook's own choice of joint for this movement."""
        return self.textbook_hip if self.textbook_knee is None else self.textbook_knee


def clip_counts() -> list[ClipCount]:
    """Count every clip of the shared manifest."""
    manifest = json.loads(shared_file("clips/manifest.json").read_text("utf-8"))
    return [_clip_count(entry) for entry in manifest["clips"]]


def render_names() -> list[str]:
    """List the rendered clips, without suffix."""
    folder = shared_file("renders/README.md").parent
    return sorted(path.stem for path in folder.glob("*.mp4"))


def render_counts() -> list[ClipCount]:
    """Count every rendered clip."""
    counts = []
    for name in render_names():
        truth = json.loads(shared_file(f"renders/{name}.json").read_text("utf-8"))
        yaw_deg = abs(truth["yaw_deg"] if "yaw_deg" in truth else truth["camera"]["yaw"])
        counts.append(
            _count(
                f"renders/{name}.mp4",
                true_reps=len(truth.get("reps", [None])),
                true_movement=MOVEMENT_OF_RENDER[truth["movement"]],
                view="side," if yaw_deg <= 15 else f"turned by {yaw_deg}°",
            )
        )
    return counts


def movement_of(text: str) -> str:
    """Translate a clip's description into a movement of the catalogue."""
    [movement] = {id_ for start, id_ in MOVEMENT_OF_TEXT.items() if text.startswith(start)}
    return movement


def side_view_sets(counts: Iterable[ClipCount]) -> list[ClipCount]:
    """Keep the sets filmed from the side: those that the target speaks of."""
    return [count for count in counts if count.is_side_view and count.true_reps]


def _clip_count(entry: dict[str, Any]) -> ClipCount:
    return _count(
        f"clips/{entry['file']}",
        true_reps=entry["reps_counted"],
        true_movement=movement_of(entry["movement"]),
        view=entry["view"],
    )


def _count(name: str, *, true_reps: int, true_movement: str, view: str) -> ClipCount:
    assessment = assessment_of(name)
    poses = recording_of(name).poses
    right_side = assessment.framing.near_side is Side.RIGHT
    by_knee = true_movement in KNEE_MOVEMENTS
    is_side_view = view.startswith("side,")
    return ClipCount(
        name=Path(name).stem,
        is_side_view=is_side_view,
        caveat="" if is_side_view and "oblique" not in view else view.partition(";")[0],
        true_reps=true_reps,
        reps=len(assessment.reps),
        true_movement=true_movement,
        movement=assessment.recognised,
        textbook_hip=textbook_counter.count_by_hip(poses, right_side=right_side),
        textbook_knee=textbook_counter.count_by_knee(poses, right_side=right_side)
        if by_knee
        else None,
        yaw_deg=assessment.framing.yaw_deg,
        told=_told(assessment),
    )


def _told(assessment: Assessment) -> str:
    issues = [issue.value for issue in assessment.framing.issues]
    bends = [f"{bend.reason} ({bend.start_s:.1f} s)" for bend in assessment.discarded]
    return ", ".join(issues + bends)
