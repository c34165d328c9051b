"""Clips that wait in the queue, as an upload leaves them there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from service.store.blobs import set_prefix
from service.store.sets import NewSet, add_set_in
from service.store.tables import Origin
from tests.making_videos import Recipe, make_video
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from service.jobs.engine import Queue
    from service.store.opening import Stores

APART_S: Final = 2.0
"""Time between two pictures of a clip: few pictures, and yet several spans."""

PICTURES: Final = 36
"""Pictures of a clip: 72 s, three spans."""


def sparse_pictures(sample: Path, count: int = PICTURES) -> list[NDArray[np.uint8]]:
    """Take pictures from all over a sample."""
    with VideoFile(sample) as video:
        pictures = [frame.image for frame in video]
    chosen = np.linspace(0, len(pictures) - 1, count).astype(int)
    return [pictures[number] for number in chosen]


def make_sparse_clip(path: Path, pictures: list[NDArray[np.uint8]], variant: int) -> Path:
    """Write a clip that crosses spans and differs from every other variant."""
    moved = [np.ascontiguousarray(np.roll(picture, 2 * variant, axis=1)) for picture in pictures]
    times_s = [APART_S * number for number in range(len(moved))]
    return make_video(path, moved, times_s, Recipe(options={"preset": "ultrafast"}))


def queue_clip(
    stores: Stores,
    queue: Queue,
    video: Path,
    *,
    name: str | None = None,
    person_id: str | None = None,
    movement: str = "auto",
    language: str = "en",
    priority: int = 5,
) -> str:
    """Put a video into the store, its row and its job into the database; return the set's id."""
    content = video.read_bytes()
    new = NewSet(
        origin=Origin.UPLOAD,
        source_name=name or video.name,
        source_sha256=hashlib.sha256(content).hexdigest(),
        source_bytes=len(content),
        person_id=person_id,
        movement=movement,
        language=language,
        priority=priority,
    )
    stores.blobs.put(f"{set_prefix(new.id)}source{video.suffix}", content)
    with stores.database.transaction() as session:
        add_set_in(session, new)
        queue.enqueue(session, new.id, priority=priority)
    return new.id
