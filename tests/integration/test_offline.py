"""Nothing about the person leaves the computer: assessing frames opens no network socket."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.given_material import pose_bundle, shared_file

ROOT: Final = Path(__file__).parents[2]

WATCHED: Final = """
import os, sys
from pathlib import Path

events, sockets = [], set()

def watch(event, _arguments):
    if event.startswith("socket."):
        events.append(event)

def count_sockets():
    folder = Path("/proc/self/fd")
    for link in folder.iterdir() if folder.exists() else ():
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.startswith("socket:"):
            sockets.add(target)

count_sockets()
inherited = set(sockets)
sys.addaudithook(watch)

from vision.assets import PoseModel, locate_bundle
from vision.estimators.mediapipe_tasks import MediaPipeTasks
from vision.estimators.outlined import OutlinedBlazePose
from vision.sources.video_file import VideoFile

make = {"outlined": OutlinedBlazePose, "tasks": MediaPipeTasks}[sys.argv[2]]
found = 0
bundle = locate_bundle(PoseModel.FULL, mask=make is OutlinedBlazePose)
with VideoFile(Path(sys.argv[1])) as video, make(bundle) as estimator:
    for frame, _ in zip(video, range(60)):
        found += not estimator.estimate(frame).is_empty
        count_sockets()

assert found == 60, found
print("socket events", events, "sockets", sorted(sockets - inherited))
"""

NETWORK: Final = re.compile("AF_INET|AF_PACKET|AF_NETLINK")


def run_watched(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def traced(log: Path) -> list[str]:
    """Give the words that run a program under strace, where the machine has it and lets it."""
    strace = shutil.which("strace")
    if strace is None:
        return []
    command = [strace, "-f", "-o", str(log), "-e", "trace=socket,connect"]
    return command if run_watched(*command, "true").returncode == 0 else []


@pytest.mark.parametrize("estimator", ["outlined", "tasks"])
def test_assessing_frames_opens_no_socket(estimator: str, tmp_path: Path) -> None:
    clip = shared_file("renders/hinge_flat.mp4")
    pose_bundle(mask=estimator == "outlined")
    log = tmp_path / "calls"
    tracer = traced(log)
    ran = run_watched(*tracer, sys.executable, "-c", WATCHED, str(clip), estimator)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "socket events [] sockets []"
    if tracer:
        assert not NETWORK.search(log.read_text("utf-8", "replace"))


def test_the_watch_sees_a_socket() -> None:
    opening = "import socket; one = socket.socket(); "
    spied = WATCHED.split("from vision.assets")[0]
    code = f"{spied}\n{opening}\ncount_sockets()\nprint(events, len(sockets - inherited))"
    ran = run_watched(sys.executable, "-c", code)
    assert "socket.__new__" in ran.stdout, ran.stderr
    if Path("/proc/self/fd").exists():
        assert ran.stdout.strip().endswith("1")
