"""The server's side of a live conversation, played by a test: it says what the test says.

Every message is made by the models of the protocol, so that a page that understands it understands
the server too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from models.results import Phase
from service import protocol
from vision.pose import SKELETON_EDGES, Landmark

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocketRoute

ADDRESS: Final = "**/ws/v1/live"
SIZE: Final = (640, 480)

_STANDING: Final = {
    "NOSE": (338, 92), "LEFT_EAR": (322, 88), "RIGHT_EAR": (322, 88),
    "LEFT_SHOULDER": (316, 140), "RIGHT_SHOULDER": (312, 140),
    "LEFT_ELBOW": (314, 196), "RIGHT_ELBOW": (310, 196),
    "LEFT_WRIST": (320, 248), "RIGHT_WRIST": (316, 248),
    "LEFT_HIP": (314, 252), "RIGHT_HIP": (310, 252),
    "LEFT_KNEE": (318, 332), "RIGHT_KNEE": (314, 332),
    "LEFT_ANKLE": (312, 408), "RIGHT_ANKLE": (308, 408),
    "LEFT_HEEL": (300, 420), "RIGHT_HEEL": (296, 420),
    "LEFT_FOOT_INDEX": (344, 422), "RIGHT_FOOT_INDEX": (340, 422),
}  # fmt: skip
_BACK: Final = tuple(
    protocol.OutlinePoint(x, y, occluded=occluded)
    for x, y, occluded in (
        (284, 250, False), (280, 230, False), (284, 210, False), (286, 190, True),
        (284, 170, True), (286, 150, False), (296, 130, False),
    )
)  # fmt: skip

MOVEMENTS: Final = (
    protocol.Movement(id="auto", title="Find it by itself"),
    protocol.Movement(id="hip_hinge", title="Hip hinge"),
    protocol.Movement(id="squat", title="Squat"),
)


def guide(key: str = "too_far", text: str = "Come closer") -> protocol.Guide:
    """Make a guide of one instruction."""
    return protocol.Guide(key=key, text=text, detail="Until you fill most of the picture.")


def frame(number: int = 0, **changes: object) -> protocol.Frame:
    """Make what one picture showed: a person who stands side-on, with a measured back."""
    values: dict[str, object] = {
        "number": number,
        "t_ms": 0.0,
        "size": SIZE,
        "landmarks": tuple(_STANDING.get(landmark.name) for landmark in Landmark),
        "outline": _BACK,
        "countable": True,
        "phase": Phase.STANDING,
        "reps": 0,
        "bend_deg": 4.0,
        "range": 0.05,
        "hip_deg": 12.0,
        "knee_deg": 5.0,
        "trunk_deg": 3.0,
        "lumbar": protocol.LumbarNow(flexion_deg=18.4, se_deg=6.2, hip_deg=30.0),
        "guide": None,
        "quality": protocol.Quality(model="full", outline_every=1),
        "dropped": 0,
        "took_ms": 21.0,
    }
    return protocol.Frame.model_validate({**values, **changes})


def rep(number: int, **changes: object) -> protocol.RepCount:
    """Make a counted repetition with a curve."""
    down = [(hip, 0.25 * hip) for hip in range(0, 91, 6)]
    values: dict[str, object] = {
        "number": number,
        "movement": "hip_hinge",
        "peak_deg": 92.0,
        "duration_s": 3.1,
        "lumbar_word": "in_between",
        "lumbar_deg": 22.0,
        "lumbar_se_deg": 6.0,
        "curve": tuple(down + [(hip, back + 3) for hip, back in reversed(down)]),
        "bottom": len(down) - 1,
    }
    return protocol.RepCount.model_validate({**values, **changes})


def summary(**changes: object) -> protocol.Summary:
    """Make the summary of a set with one thing to practise."""
    words = ("flat", "in between", "in between", "not sure", "rounded")
    values: dict[str, object] = {
        "set_number": 1,
        "movement": "hip_hinge",
        "reps": len(words),
        "headline": "5 hip hinges",
        "good": "Your knees were nice and soft.",
        "change": "Send your back pockets to the wall.",
        "why": "Giving the hips a bigger share spreads the work and gives you options.",
        "try_it": "Try it in your next set.",
        "best": 2,
        "typical": 3,
        "since_last": "Your lower back bent about 9° less than last set.",
        "lumbar": "At the lowest point your lower back was bent by about 22° (± 6).",
        "evidence": "It is an estimate from the outline of your back.",
        "per_rep": tuple(
            protocol.SummaryRep(
                number=number,
                bend_deg=92.0,
                duration_s=3.1,
                lumbar_deg=22.0,
                lumbar_se_deg=6.0,
                word=word,
            )
            for number, word in enumerate(words, start=1)
        ),
        "notes": ("You stood a little turned from side-on.",),
        "spoken": "Five hip hinges. Your knees were nice and soft.",
    }
    return protocol.Summary.model_validate({**values, **changes})


class ScriptedServer:
    """Answers a page over a WebSocket that never leaves the browser.

    Attributes
    ----------
    heard
        Every text message of the page.
    pictures
        Header of every picture of the page.
    connections
        How often the page has connected.
    refuses
        Whether a connection ends as soon as it has begun.
    ready
        Whether a hello is answered with a station.
    answers
        Whether pictures are acknowledged, with `showing`.
    showing
        What each picture is said to show: changes to `frame`.
    own_bend
        Saved for whoever says hello.
    """

    def __init__(self, page: Page) -> None:
        self.heard: list[dict[str, Any]] = []
        self.pictures: list[protocol.BinaryFrame] = []
        self.connections = 0
        self.ready = True
        self.refuses = False
        self.answers = True
        self.showing: dict[str, object] = {}
        self.own_bend: protocol.OwnForwardBend | None = None
        self.socket: WebSocketRoute | None = None
        page.route_web_socket(ADDRESS, self._connected)

    def say(self, message: protocol.Message) -> None:
        """Send a message to the page."""
        assert self.socket is not None, "the page has not connected"
        self.socket.send(message.model_dump_json())

    def hang_up(self) -> None:
        """Close the connection, as a server does that ends."""
        assert self.socket is not None, "the page has not connected"
        self.socket.close()

    def types(self) -> list[str]:
        """Return the types of all messages heard."""
        return [message["type"] for message in self.heard]

    def last(self, kind: str) -> dict[str, Any]:
        """Return the last message of a type."""
        return next(message for message in reversed(self.heard) if message["type"] == kind)

    def _connected(self, socket: WebSocketRoute) -> None:
        if self.refuses:
            socket.close()
            return
        self.socket = socket
        self.connections += 1
        socket.on_message(self._hear)
        self.say(
            protocol.Welcome(
                messages=protocol.message_schemas(),
                landmarks=tuple(landmark.name.lower() for landmark in Landmark),
                edges=tuple((int(start), int(end)) for start, end in SKELETON_EDGES),
                max_frame_bytes=2_000_000,
                max_frame_pixels=1920 * 1080,
            )
        )

    def _hear(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._look_at(protocol.unpack_frame(message))
            return
        said = protocol.FROM_PAGE.validate_json(message)
        self.heard.append(json.loads(message))
        if isinstance(said, protocol.Hello) and self.ready:
            self.say(protocol.Ready(station=1, movements=MOVEMENTS, own_bend=self.own_bend))
            self.say(protocol.State(state="framing"))

    def _look_at(self, picture: protocol.BinaryFrame) -> None:
        self.pictures.append(picture)
        if self.answers:
            self.say(frame(picture.number, **{"t_ms": picture.t_ms, **self.showing}))
