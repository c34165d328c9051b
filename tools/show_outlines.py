"""Draw the outline at the bottom of every repetition: ``show_outlines.py FOLDER VIDEO...``.

For looking at outlines one by one. Writes one PNG per video, a tile per repetition with what was
told of it; needs the pose model. Mind the licences of the videos before passing pictures on.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from models.assessor import assess
from models.lumbar.rhythm import PEAK
from service.pipeline import record_poses
from vision.assets import PoseModel, locate_bundle
from vision.drawing import draw_outline
from vision.errors import HingewiseError
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.results import Rep
    from vision.pose import Pose
    from vision.recording import Recording

TILE_PX = 360
COLUMNS = 5
OUTLINE_COLOUR = (255, 230, 0)


def main(arguments: list[str]) -> int:
    """Draw a sheet for each video; return the exit status."""
    if len(arguments) < 2:  # noqa: PLR2004 - a folder and a video
        print("expected a folder and at least one video", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    bundle = locate_bundle(PoseModel.FULL, mask=True)
    for name in arguments[1:]:
        video = Path(name)
        recording = record_poses(video, bundle)
        reps = assess(recording.poses).reps
        if not reps:
            print(f"{video.stem}: no repetition")
            continue
        cv2.imwrite(str(folder / f"{video.stem}.png"), _sheet(video, recording, reps))
        print(f"{video.stem}: {', '.join(_told(rep) for rep in reps)}")
    return 0


def _sheet(video: Path, recording: Recording, reps: tuple[Rep, ...]) -> NDArray[np.uint8]:
    times = np.array([pose.t_s for pose in recording.poses])
    wanted = {int(np.abs(times - rep.bottom_s).argmin()): rep for rep in reps}
    tiles = []
    with VideoFile(video) as source:
        for number, frame in enumerate(source):
            if number in wanted:
                tiles.append(_tile(frame.image, recording.poses[number], wanted[number]))
    blank: NDArray[np.uint8] = np.zeros((TILE_PX, TILE_PX, 3), np.uint8)
    tiles += [blank] * (-len(tiles) % COLUMNS if len(tiles) > COLUMNS else 0)
    rows = [np.hstack(tiles[at : at + COLUMNS]) for at in range(0, len(tiles), COLUMNS)]
    return np.asarray(np.vstack(rows)[:, :, ::-1], np.uint8)


def _tile(image: NDArray[np.uint8], pose: Pose, rep: Rep) -> NDArray[np.uint8]:
    drawn = image.copy()
    if pose.outline is not None:
        outline = pose.outline
        draw_outline(drawn, outline.points_px, outline.occluded, color=OUTLINE_COLOUR, width_px=2)
    seen = pose.image_xy[np.isfinite(pose.image_xy).all(axis=1)]
    low, high = (seen.min(axis=0), seen.max(axis=0)) if len(seen) else (0, image.shape[1::-1])
    centre, half = np.add(low, high) / 2, 0.62 * float(np.max(np.subtract(high, low)))
    scale = TILE_PX / (2 * half)
    to_tile = np.array([[scale, 0, TILE_PX / 2], [0, scale, TILE_PX / 2]])
    to_tile[:, 2] -= scale * centre
    tile = cv2.warpAffine(drawn, to_tile, (TILE_PX, TILE_PX))
    cv2.putText(tile, _told(rep), (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0), 1)
    return np.asarray(tile, np.uint8)


def _told(rep: Rep) -> str:
    peak = rep.metrics[PEAK.id]
    shape = rep.rhythm.shape if rep.rhythm else "not judged"
    value = f"{peak.value:.0f} +- {peak.se:.0f}" if peak.measured else peak.reason
    return f"{rep.number}: {value} ({shape})"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except HingewiseError as error:
        sys.exit(str(error))
