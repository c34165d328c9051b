"""The application over a real socket, with sets to review.

Its sets are made by hand; every picture of their videos carries its own number as bars of light, so
that a test can read back from a page which picture it shows.
"""

from __future__ import annotations

import dataclasses
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import uvicorn
from sqlalchemy import delete, update

from service.app import create_app
from service.artefacts import PROXY, REPORT
from service.pipeline import AssessedSet
from service.reviews.analysis import MOTION
from service.reviews.motion import motion_document
from service.settings import Settings
from service.store.blobs import set_prefix
from service.store.people import add_person
from service.store.tables import ID_LENGTH, Note, Origin, Set, Status
from tests.unit import hand_made, hand_made_lumbar
from vision.video_writer import VideoWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from service.store.opening import Stores

FIRST, SECOND, SILENT, ARRIVING, WORKING, FAILED, UNKNOWN = (
    name.ljust(ID_LENGTH, "-")
    for name in ("first", "second", "silent", "arriving", "working", "failed", "unknown")
)
"""Ids of sets."""

BITS: Final = 10
BAR_PX: Final = 24
"""Height and width of a bar; there are `BITS` side by side at the top left of a picture."""

DARK: Final = 24
LIGHT: Final = 224
FILMED_SIZE: Final = (240, 320)
"""Half of what was measured in: a proxy may be smaller than its video."""

SLOWER: Final = 1.4
"""The second set takes so much longer, and has two repetitions."""
SECOND_ENDS_S: Final = 9.0


def numbered_picture(number: int) -> NDArray[np.uint8]:
    """Draw a picture that carries its number: bar k is light where bit k is set."""
    width, height = FILMED_SIZE
    image = np.full((height, width, 3), 96, dtype=np.uint8)
    for bit in range(BITS):
        shade = LIGHT if number >> bit & 1 else DARK
        image[:BAR_PX, bit * BAR_PX : (bit + 1) * BAR_PX] = shade
    return image


def first_set() -> AssessedSet:
    """Five hinges with a measured lower back."""
    assessment = hand_made_lumbar.assessment()
    return AssessedSet(
        assessment=assessment,
        report=hand_made_lumbar.report_of(assessment),
        recording=hand_made_lumbar.recording(),
    )


def second_set() -> AssessedSet:
    """Two hinges of the same person, slower."""
    from service.pipeline import assess_recording  # noqa: PLC0415 - loads what assesses, 2 s

    recording = hand_made_lumbar.recording()
    slower = tuple(
        dataclasses.replace(pose, t_s=SLOWER * pose.t_s)
        for pose in recording.poses
        if pose.t_s < SECOND_ENDS_S
    )
    return assess_recording(dataclasses.replace(recording, poses=slower))


def keep_set(
    stores: Stores, set_id: str, result: AssessedSet, folder: Path, *, with_video: bool = True
) -> None:
    """Keep a set as a worker would: its files, and its row."""
    prefix = set_prefix(set_id)
    stores.blobs.put(prefix + REPORT, result.report.to_json().encode())
    stores.blobs.put(prefix + MOTION, motion_document(result))
    if with_video:
        video = folder / f"{set_id}.mp4"
        with VideoWriter(video, FILMED_SIZE) as writer:
            for number, pose in enumerate(result.recording.poses):
                writer.write(numbered_picture(number), pose.t_s)
        stores.blobs.put(prefix + PROXY, video)
    keep_row(stores, set_id, Status.DONE)


def keep_row(stores: Stores, set_id: str, status: Status, **columns: Any) -> None:  # noqa: ANN401 - of any column
    """Keep the row of a set."""
    with stores.database.transaction() as transaction:
        row = Set(
            id=set_id,
            origin=Origin.UPLOAD,
            source_name=hand_made.RECORDING.source_name,
            status=status,
            **columns,
        )
        transaction.add(row)


def keep_person(stores: Stores, label: str) -> str:
    """Keep somebody and return their id."""
    return add_person(stores.database, label).id


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class ReviewServer:
    """The running application and what it keeps."""

    url: str
    folder: Path
    stores: Stores

    def change(self, set_id: str, **columns: object) -> None:
        """Change the row of a set, as a worker would."""
        with self.stores.database.transaction() as transaction:
            transaction.execute(update(Set).where(Set.id == set_id).values(**columns))

    def row(self, set_id: str) -> Set:
        """Read the row of a set."""
        with self.stores.database.reading() as transaction:
            row = transaction.get(Set, set_id)
        assert row is not None
        return row

    def forget_notes(self) -> None:
        """Remove all notes."""
        with self.stores.database.transaction() as transaction:
            transaction.execute(delete(Note))


@contextmanager
def serve_reviews(folder: Path) -> Iterator[ReviewServer]:
    """Run the application on a free port, without workers, for as long as the block lasts."""
    app = create_app(Settings(data=folder / "data", workers=0))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    server.config.timeout_graceful_shutdown = 1
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{_port_of(server, thread)}"
        yield ReviewServer(url=url, folder=folder, stores=app.state.backend.stores)
    finally:
        server.should_exit = True
        thread.join()


def _port_of(server: uvicorn.Server, thread: threading.Thread) -> int:
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        thread.join(0.02)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
