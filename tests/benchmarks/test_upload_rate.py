"""How fast a 720p30 video becomes a report: decode, pose, assessment and every file written."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from service.artefacts import write_artefacts
from service.pipeline import assess_recording, record_poses
from service.wording import load_wording
from tests.given_material import first_images, pose_bundle
from vision.video_writer import VideoWriter

if TYPE_CHECKING:
    import pytest

SAMPLE: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_neutral.mp4"
SIZE: Final = (1280, 720)
FPS: Final = 30


def write_hd_clip(path: Path) -> float:
    """Write the sample at 1280×720, 30 fps; returns its duration in seconds."""
    images = first_images(SAMPLE, 360)
    with VideoWriter(path, SIZE) as writer:
        for index, image in enumerate(images):
            bigger = cv2.resize(image, SIZE, interpolation=cv2.INTER_CUBIC)
            writer.write(np.ascontiguousarray(bigger, dtype=np.uint8), index / FPS)
    return len(images) / FPS


def test_upload_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints seconds of work per second of video; fails on no clock."""
    bundle = pose_bundle(mask=True)
    clip = tmp_path / "hd.mp4"
    clip_s = write_hd_clip(clip)
    started_s, cpu_s = time.perf_counter(), time.process_time()
    recording = record_poses(clip, bundle)
    posed_s, cpu_s = time.perf_counter(), time.process_time() - cpu_s
    result = assess_recording(recording)
    assessed_s = time.perf_counter()
    write_artefacts(result, tmp_path, video=clip, with_video=True, wording=load_wording())
    written_s = time.perf_counter()
    frames = len(recording.poses)
    with capsys.disabled():
        print(
            f"\n{clip_s:.1f} s of 1280×720 at {FPS} fps, {frames} frames, full model; "
            f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
            f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n"
            f"decode, pose, outline{posed_s - started_s:6.1f} s"
            f"  ({1000 * cpu_s / frames:.1f} ms of processor time a frame)\n"
            f"assessment           {assessed_s - posed_s:6.1f} s"
            f"  ({1000 * (assessed_s - posed_s) / frames:.2f} ms a frame)\n"
            f"files and video      {written_s - assessed_s:6.1f} s\n"
            f"report after {(assessed_s - started_s) / clip_s:.2f} and all files after "
            f"{(written_s - started_s) / clip_s:.2f} seconds per second of video"
        )
    assert len(result.assessment.reps) == 3
