"""Record the poses of the sample videos anew, and write what the files are into the manifest.

Run it after a change of the pose estimator or of a sample: ``python tools/record_samples.py``.
It needs the pose model (``hingewise assets --fetch``). What a clip shows is written by hand in
``sample_videos/manifest.json``; everything under ``video`` and ``recording`` there is written by
this script.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.pipeline import record_poses
from vision.assets import PoseModel, locate_bundle
from vision.errors import HingewiseError
from vision.recording import file_sha256, write_recording

if TYPE_CHECKING:
    from vision.recording import Recording

SAMPLES = Path(__file__).parents[1] / "sample_videos"
MANIFEST = SAMPLES / "manifest.json"


def describe_video(path: Path, recording: Recording) -> dict[str, Any]:
    """Say what a video file is."""
    assert recording.video is not None  # noqa: S101 - a recording of a file has its header
    return {
        "sha256": recording.source_sha256,
        "bytes": path.stat().st_size,
        "width": recording.video.width,
        "height": recording.video.height,
        "fps": recording.video.nominal_fps,
        "frames": len(recording.poses),
    }


def describe_recording(path: Path, recording: Recording) -> dict[str, Any]:
    """Say what a recording is and what it was made with."""
    made_with = recording.estimator
    return {
        "sha256": file_sha256(path),
        "bytes": path.stat().st_size,
        "estimator": f"{made_with.name} {made_with.version}, {made_with.model} model",
        "asset_sha256": made_with.asset_sha256,
    }


def main() -> int:
    """Record every clip of the manifest; return the exit status."""
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    undescribed = {path.stem for path in SAMPLES.glob("*.mp4")} - {
        clip["name"] for clip in manifest["clips"]
    }
    if undescribed:
        names = ", ".join(sorted(undescribed))
        print(f"expected an entry in {MANIFEST} for {names}: describe them", file=sys.stderr)
        return 1
    bundle = locate_bundle(PoseModel.FULL, mask=True)
    for clip in manifest["clips"]:
        video = SAMPLES / f"{clip['name']}.mp4"
        target = SAMPLES / "recordings" / f"{clip['name']}.poses.npz"
        recording = record_poses(video, bundle)
        write_recording(target, recording)
        clip["video"] = describe_video(video, recording)
        clip["recording"] = describe_recording(target, recording)
        print(f"{clip['name']}: {len(recording.poses)} frames")
    MANIFEST.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HingewiseError as error:
        sys.exit(str(error))
