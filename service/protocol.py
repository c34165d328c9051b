"""What browser and server say to each other over the WebSocket, version by version.

Text messages are JSON objects told apart by ``type``; every one of them is a pydantic model below.
Binary messages carry a picture each: a header (`FRAME_HEADER`), then a JPEG. A browser that films
sends pictures of kind `BROWSER_FRAME`, one in flight at a time: the next one goes out when the
`Frame` that acknowledges it has come. A server with its own camera sends pictures of kind
`SERVER_FRAME`, each just before the `Frame` about it.

Coordinates are pixels of the picture that was sent, x to the right, y down, never mirrored; left
and right are those of the person. What could not be measured is null. Times are milliseconds on
the clock of whoever films.

The order of a conversation is in ``docs/protocol.md``.
"""

from __future__ import annotations

import struct
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from models.results import Phase
from models.spec import Goal

PROTOCOL_VERSION: Final = 1
"""Raised whenever a message changes so that an older page would misread it."""

FRAME_HEADER: Final = struct.Struct("!BId")
"""Header of a binary message, network byte order: kind, number of the frame, time in ms."""

BROWSER_FRAME: Final = 1
SERVER_FRAME: Final = 2

Milliseconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Point = tuple[float, float]


class BinaryFrame(NamedTuple):
    """A picture as it travels.

    Attributes
    ----------
    kind
        `BROWSER_FRAME` or `SERVER_FRAME`.
    number
        Counts up from 0; what is dropped leaves a gap.
    t_ms
        When it was taken.
    jpeg
        The picture.
    """

    kind: int
    number: int
    t_ms: float
    jpeg: bytes


def pack_frame(frame: BinaryFrame) -> bytes:
    """Write a picture as a binary message."""
    return FRAME_HEADER.pack(frame.kind, frame.number, frame.t_ms) + frame.jpeg


def unpack_frame(message: bytes) -> BinaryFrame:
    """Read a binary message; the JPEG is not looked at.

    Raises
    ------
    ValueError
        When it is shorter than its header and one byte of picture.
    """
    if len(message) <= FRAME_HEADER.size:
        msg = (
            f"expected a picture after a header of {FRAME_HEADER.size} bytes, "
            f"got {len(message)} bytes in all: send kind, number, time, then the JPEG"
        )
        raise ValueError(msg)
    kind, number, t_ms = FRAME_HEADER.unpack_from(message)
    return BinaryFrame(kind=kind, number=number, t_ms=t_ms, jpeg=message[FRAME_HEADER.size :])


class Message(BaseModel):
    """What all messages share: they do not change, and hold nothing unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ---- from the page ---------------------------------------------------------------------------


class Hello(Message):
    """First message: who is there and what for. Answered by `Ready` or `Refused`.

    Attributes
    ----------
    protocol
        The version that the page speaks.
    mode
        Coaching page or kiosk.
    camera
        Whose camera films.
    movement
        Id of a movement, or ``auto``.
    cues
        After the set only, or also one short cue after a repetition.
    language
        Language of every text that comes back.
    person
        Whose saved calibration to use; null for nobody's.
    """

    type: Literal["hello"] = "hello"
    protocol: int
    mode: Literal["live", "kiosk"] = "live"
    camera: Literal["browser", "server"] = "browser"
    movement: Annotated[str, Field(max_length=40)] = "auto"
    goal: Goal = Goal.HINGE_SKILL
    cues: Literal["after_set", "each_rep"] = "after_set"
    language: Annotated[str, Field(max_length=10)] = "en"
    person: Annotated[str, Field(max_length=80)] | None = None


class Configure(Message):
    """Change what was said in `Hello`; a set under way goes on as it was begun."""

    type: Literal["configure"] = "configure"
    movement: Annotated[str, Field(max_length=40)] | None = None
    goal: Goal | None = None
    cues: Literal["after_set", "each_rep"] | None = None
    language: Annotated[str, Field(max_length=10)] | None = None


class FinishSet(Message):
    """End the set now; answered by `Summary`."""

    type: Literal["finish_set"] = "finish_set"


class StartSet(Message):
    """Begin a new set now; leaves a summary or a calibration."""

    type: Literal["start_set"] = "start_set"


class RatePain(Message):
    """How sore it was, 0 to 10, after a set; answered by a new `Summary`."""

    type: Literal["rate_pain"] = "rate_pain"
    pain: Annotated[int, Field(ge=0, le=10)]


class KeepSet(Message):
    """Keep the set that was summed up; answered by `Kept`."""

    type: Literal["keep_set"] = "keep_set"


class DiscardSet(Message):
    """Forget the set that was summed up; a new set begins."""

    type: Literal["discard_set"] = "discard_set"


class Calibrate(Message):
    """Begin the ten-second calibration; answered by `Calibrated`.

    Attributes
    ----------
    person
        Name to keep it under; null to use it for this session alone.
    """

    type: Literal["calibrate"] = "calibrate"
    person: Annotated[str, Field(max_length=80)] | None = None


class Press(Message):
    """A key or button in the kiosk; which one does not matter but for these."""

    type: Literal["press"] = "press"
    action: Literal["start", "stay", "done", "back"]


class Ping(Message):
    """Are you there? Answered by `Pong` with the same number."""

    type: Literal["ping"] = "ping"
    number: Annotated[int, Field(ge=0)]


FromPage = Annotated[
    Hello
    | Configure
    | StartSet
    | FinishSet
    | RatePain
    | KeepSet
    | DiscardSet
    | Calibrate
    | Press
    | Ping,
    Field(discriminator="type"),
]
FROM_PAGE: Final[TypeAdapter[FromPage]] = TypeAdapter(FromPage)


# ---- from the server -------------------------------------------------------------------------


class Welcome(Message):
    """Sent when the connection opens: what is spoken here.

    Attributes
    ----------
    messages
        JSON schema of every message, under ``from_page`` and ``from_server``.
    landmarks
        Names of the landmarks in the order of `Frame.landmarks`.
    edges
        Pairs of landmarks that a drawing joins, by their place in `landmarks`.
    max_frame_bytes, max_frame_pixels
        Largest picture that is taken.
    """

    type: Literal["welcome"] = "welcome"
    protocol: int = PROTOCOL_VERSION
    messages: dict[str, Any]
    landmarks: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    max_frame_bytes: int
    max_frame_pixels: int


class Movement(Message):
    """A movement that can be chosen."""

    id: str
    title: str


class OwnForwardBend(Message):
    """A person's own free forward bend, to be drawn in the lumbar–hip diagram.

    Attributes
    ----------
    max_deg
        Own maximum of lumbar flexion.
    curve
        True hip flexion and lumbar flexion along it, ascending in the former.
    """

    max_deg: float
    curve: tuple[Point, ...]


class Ready(Message):
    """A station is yours; pictures may come.

    Attributes
    ----------
    station
        Its number, from 1.
    movements
        What can be chosen, ``auto`` first.
    own_bend
        Of the person whom `Hello` names; null when none is saved, or none that can be compared
        with what is measured now.
    """

    type: Literal["ready"] = "ready"
    station: int
    movements: tuple[Movement, ...]
    own_bend: OwnForwardBend | None = None


class Refused(Message):
    """Something cannot be done; `final` says whether the connection closes.

    Attributes
    ----------
    code
        ``busy``, ``protocol``, ``message``, ``frame``, ``flood``, ``camera``, ``slow_reader``,
        ``internal``, ``nothing_to_keep``, ``unknown_name``.
    text
        What was expected, what came, what to do; in the language of the page.
    """

    type: Literal["refused"] = "refused"
    code: str
    text: str
    final: bool = False


class OutlinePoint(NamedTuple):
    """A point of the back's outline and whether something covers it."""

    x: float
    y: float
    occluded: bool


class LumbarNow(Message):
    """Lumbar flexion of one picture, from what is known by now; an estimate from the outline.

    Attributes
    ----------
    flexion_deg, se_deg
        Change from own standing, and its standard error; null when not measurable.
    hip_deg
        True hip flexion at the same moment.
    reason
        Why not, in words; empty when measured.
    """

    flexion_deg: float | None
    se_deg: float | None
    hip_deg: float | None
    reason: str = ""


class Guide(Message):
    """The one thing to do so that the movement can be seen.

    Attributes
    ----------
    key
        ``nobody``, ``too_close``, ``body_cut_off``, ``turn_side_on``, ``too_dark``, …
    text
        Large, at most five words.
    detail
        One sentence.
    """

    key: str
    text: str
    detail: str


class Quality(Message):
    """How closely each picture is looked at, and why.

    Attributes
    ----------
    model
        ``lite``, ``full`` or ``heavy``.
    outline_every
        The back's outline is taken from every n-th picture.
    text
        What that means, in words; empty at the best that was asked for.
    """

    model: str
    outline_every: int
    text: str = ""


class Frame(Message):
    """What one picture showed; acknowledges it.

    Attributes
    ----------
    number, t_ms
        Of the picture.
    size
        Its width and height.
    landmarks
        One ``(x, y)`` per landmark, null where it was not seen; null when nobody was.
    outline
        The back from hip to neck; empty when none was found.
    countable
        Whether repetitions can be counted in this picture.
    phase
        Where in a repetition the person is.
    reps
        Repetitions of this set so far.
    bend_deg
        Bend from own upright that repetitions are counted by.
    range
        That bend as a share of the set's usual depth, 0 to 1 and past it; of the movement's own
        least depth before the first repetition.
    hip_deg, knee_deg, trunk_deg
        Apparent hip flexion, knee flexion, trunk inclination, from own upright.
    lumbar
        The lower back.
    dropped
        Pictures that a newer one replaced, since the session began.
    took_ms
        From the arrival of the picture to this message.
    """

    type: Literal["frame"] = "frame"
    number: int
    t_ms: float
    size: tuple[int, int]
    landmarks: tuple[Point | None, ...] | None
    outline: tuple[OutlinePoint, ...] = ()
    countable: bool
    phase: Phase
    reps: int
    bend_deg: float | None
    range: float | None
    hip_deg: float | None
    knee_deg: float | None
    trunk_deg: float | None
    lumbar: LumbarNow
    guide: Guide | None
    quality: Quality
    dropped: int
    took_ms: float


class State(Message):
    """What the session is doing now.

    Attributes
    ----------
    state
        ``framing``: getting into position; ``ready``: standing well, no repetition yet; ``set``:
        repetitions are coming; ``calibrating``; ``summary``.
    """

    type: Literal["state"] = "state"
    state: Literal["framing", "ready", "set", "calibrating", "summary"]


class RepCount(Message):
    """A repetition was counted.

    Attributes
    ----------
    number
        From 1.
    lumbar_word
        ``flat``, ``in_between``, ``rounded``, ``not_sure`` or ``not_measurable``.
    curve
        Lumbar–hip diagram of the repetition: true hip flexion and lumbar flexion by time, empty
        when it was not measurable.
    bottom
        Place of the deepest moment in `curve`; null when there is none.
    """

    type: Literal["rep"] = "rep"
    number: int
    movement: str
    peak_deg: float | None
    duration_s: float
    lumbar_word: str
    lumbar_deg: float | None
    lumbar_se_deg: float | None
    curve: tuple[Point, ...] = ()
    bottom: int | None = None


class NotCounted(Message):
    """A bend ended that is no repetition, with the reason in words."""

    type: Literal["not_counted"] = "not_counted"
    reason: str
    text: str


class Say(Message):
    """Something short to show as a caption and to say aloud, with a tone before it.

    Attributes
    ----------
    kind
        ``cue`` one change; ``good`` it got better; ``guide`` how to stand; ``info`` anything else.
    text
        A few words.
    """

    type: Literal["say"] = "say"
    kind: Literal["cue", "good", "guide", "info"]
    text: str


class SummaryRep(Message):
    """One repetition in a summary; `word` is that of the lower back, ready to show."""

    number: int
    bend_deg: float | None
    duration_s: float
    lumbar_deg: float | None
    lumbar_se_deg: float | None
    word: str
    note: str = ""


class Summary(Message):
    """A set, summed up; every text is ready to be shown and said.

    Attributes
    ----------
    set_number
        From 1 within the session.
    reps
        How many.
    headline
        For example "5 hip hinges".
    good, change, why, try_it
        What went well; the one thing to practise, why it helps, how. `change` and what follows
        are empty when there is nothing to change or nothing could be judged.
    best, typical
        The numbers of the best and of the typical repetition; null when not judged.
    since_last
        What changed since the set before, beyond the measurement's own error; empty for the first.
    lumbar
        The lower back in one sentence.
    evidence
        The sentence that stands beside every lumbar result; empty when there is none.
    per_rep
        Repetition by repetition.
    notes
        What stood in the way.
    pain
        As rated; null when not asked or not answered.
    qr
        SVG that carries the summary away; empty when there is nothing to carry.
    spoken
        The summary in two or three short sentences.
    """

    type: Literal["summary"] = "summary"
    set_number: int
    movement: str
    reps: int
    headline: str
    good: str
    change: str = ""
    why: str = ""
    try_it: str = ""
    best: int | None = None
    typical: int | None = None
    since_last: str = ""
    lumbar: str = ""
    evidence: str = ""
    per_rep: tuple[SummaryRep, ...] = ()
    notes: tuple[str, ...] = ()
    pain: int | None = None
    qr: str = ""
    spoken: str = ""


class Kept(Message):
    """The set was kept; `url` is its report on this server."""

    type: Literal["kept"] = "kept"
    url: str


class Calibrated(Message):
    """How the calibration went, in words; the numbers and `own_bend` are null when it gave none."""

    type: Literal["calibrated"] = "calibrated"
    max_deg: float | None
    se_deg: float | None
    text: str
    own_bend: OwnForwardBend | None = None


class Progress(Message):
    """How far something is, 0 to 1."""

    type: Literal["progress"] = "progress"
    doing: Literal["loading", "calibrating", "keeping"]
    share: Annotated[float, Field(ge=0, le=1)]


class KioskScreen(Message):
    """The screen that the kiosk shows.

    Attributes
    ----------
    screen
        ``attract``, ``invite`` (somebody stands there), ``consent``, ``countdown``, ``turn``,
        ``set``, ``summary``, ``still_there``, ``camera_lost``.
    seconds_left
        Until the next screen comes by itself; null when it does not.
    title, text
        Large words, and the line below them.
    """

    type: Literal["kiosk"] = "kiosk"
    screen: Literal[
        "attract",
        "invite",
        "consent",
        "countdown",
        "turn",
        "set",
        "summary",
        "still_there",
        "camera_lost",
    ]
    seconds_left: int | None
    title: str
    text: str


class Pong(Message):
    """The answer to `Ping`."""

    type: Literal["pong"] = "pong"
    number: int


FromServer = Annotated[
    Welcome
    | Ready
    | Refused
    | Frame
    | State
    | RepCount
    | NotCounted
    | Say
    | Summary
    | Kept
    | Calibrated
    | Progress
    | KioskScreen
    | Pong,
    Field(discriminator="type"),
]
FROM_SERVER: Final[TypeAdapter[FromServer]] = TypeAdapter(FromServer)


def message_schemas() -> dict[str, Any]:
    """JSON schema of every message, under ``from_page`` and ``from_server``."""
    return {"from_page": FROM_PAGE.json_schema(), "from_server": FROM_SERVER.json_schema()}
