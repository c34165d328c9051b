"""What the API takes and gives, with a title, a meaning and bounds for everything.

A key that is unknown is refused. Times are in UTC.
"""

import math
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from models.movements import AUTO, MOVEMENTS
from models.progress import Progress
from service.reviews.filming_time import told_time
from service.store.tables import (
    ID_LENGTH,
    MAX_LABEL,
    FilmedAtSource,
    Origin,
    Role,
    Status,
    UploadState,
)
from vision.sources.creation_time import is_plausible

LONGEST_NAME: Final = 10_000
"""Characters of a video's name that are read; fewer are kept."""

LONGEST_NOTE: Final = 4000
MOST_STROKES: Final = 60
MOST_POINTS: Final = 1000
"""Points of one stroke."""

_A_TIME: Final = "2026-11-22T10:00:00Z"
_AN_ID: Final = "Qm3vN0b1T6yq2Wc8Zr5dXA"

Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL, examples=["Kim"])]
ID_FORM: Final = rf"^[A-Za-z0-9_-]{{{ID_LENGTH}}}$"
Id = Annotated[str, Field(pattern=ID_FORM, examples=[_AN_ID])]
Time = Annotated[datetime, Field(examples=[_A_TIME])]
MovementName = Annotated[
    str,
    Field(
        pattern="^(" + "|".join([AUTO, *MOVEMENTS]) + ")$",
        description="The movement that was meant; auto recognises it.",
        examples=[AUTO],
    ),
]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Point = Annotated[tuple[Share, Share], Field(description="Shares of the picture's size.")]
Stroke = Annotated[list[Point], Field(min_length=1, max_length=MOST_POINTS)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_NOTE, strip_whitespace=True)]


def _finite(value: float | None) -> float | None:
    """Leave out what is not a number: JSON has none of those."""
    return value if value is not None and math.isfinite(value) else None


def _day_or_time(given: object) -> object:
    """Tell a day from a time, which may begin alike."""
    try:
        if not isinstance(given, str):
            raise _unfit_time(given)
        is_day = ":" not in given
        return date.fromisoformat(given) if is_day else datetime.fromisoformat(given)
    except ValueError as error:
        raise _unfit_time(given) from error


def _past(told: date) -> date:
    """Refuse a time at which nothing that is sent now can have been filmed."""
    filmed = told_time(told)
    if filmed is None or not is_plausible(filmed.at, now=datetime.now(UTC)):
        raise _unfit_time(told.isoformat())
    return told


def _unfit_time(given: object) -> PydanticCustomError:
    expected = "a day such as 2026-03-14 or a time such as 2026-03-14T17:30:00Z, since 2000"
    context = {"expected": expected, "given": str(given)[:40]}
    return PydanticCustomError(
        "filmed_at",
        "expected {expected}, got '{given}': leave it out where nobody knows it",
        context,
    )


FilmedAt = Annotated[
    datetime | date,
    BeforeValidator(_day_or_time),
    AfterValidator(_past),
    Field(
        description="When it was filmed, where that is known: a time (UTC unless it names its "
        "zone) or a day. It wins over what the video's container says.",
        examples=["2026-03-14"],
    ),
]


class Given(BaseModel):
    """Something that a request holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """Something that an answer holds; reads a dataclass of the same fields."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Problem(Shown):
    """Why a request could not be met (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(
        description="What was expected, what came, what to do.",
        examples=["expected a report that is kept here, found none: see /api/v1/sets for all"],
    )


class UploadRequest(Given):
    """A video that is about to be sent."""

    name: str = Field(
        max_length=LONGEST_NAME,
        description="Of the file; for show only.",
        examples=["lift.mp4"],
    )
    bytes: int = Field(ge=0, description="Size of the file.", examples=[7_340_032])
    person: Label | None = Field(
        default=None, description="Label or id of the person in it; a new label adds a person."
    )
    movement: MovementName = AUTO
    tape: bool = Field(default=False, description="Whether strips of tape are worn on the back.")
    language: str = Field(
        default="en",
        min_length=2,
        max_length=10,
        description="Language of the report.",
        examples=["en"],
    )
    filmed_at: FilmedAt | None = None


class JobAnswer(Shown):
    """How the analysis of a video goes."""

    id: Id
    status: Status
    progress: float | None = Field(description="Share that is done.", examples=[0.4])
    reason: str | None = Field(description="Why it failed, in words for the person.")
    place: int | None = Field(description="Place in the queue, from 1, while it waits.")
    has_worker: bool | None = Field(
        description="Whether any worker runs, while it waits. Without one it waits on."
    )
    priority: int = Field(description="1 is first.", examples=[5])
    attempts: int = Field(
        description="How often the stretch of the video that is under way was begun; 0 when none "
        "is. After three the video is given up.",
        examples=[1],
    )
    source_name: str = Field(examples=["lift.mp4"])
    created_at: Time
    started_at: datetime | None
    ended_at: datetime | None


class UploadAnswer(Shown):
    """A video on its way in, and what became of it. A set, its job and its report share its id."""

    id: Id
    name: str = Field(examples=["lift.mp4"])
    bytes: int = Field(description="Size that was announced.", examples=[7_340_032])
    offset: int = Field(description="Bytes that are here.", examples=[7_340_032])
    state: UploadState
    reason: str | None = Field(description="Why it was refused.")
    person_id: str | None
    movement: str = Field(examples=[AUTO])
    tape: bool
    language: str = Field(examples=["en"])
    created_at: Time
    job: JobAnswer | None = Field(description="Its analysis, once it was accepted.")
    same_as: str | None = Field(
        description="An earlier set of the same video and person, where there is one."
    )


class PriorityRequest(Given):
    """Whose turn it is."""

    priority: int = Field(ge=1, le=10, description="1 is first.", examples=[1])


class SetSummaryAnswer(Shown):
    """What was found in a set, in short."""

    judged_as: str | None = Field(examples=["hip_hinge"])
    recognised: str | None = Field(examples=["hip_hinge"])
    reps: int = Field(examples=[5])
    cue: str | None = Field(description="Key of the one cue.")
    near_side: str = Field(description="Side of the body that was filmed.", examples=["left"])


class SetAnswer(Shown):
    """A set of repetitions."""

    id: Id
    person_id: str | None
    session_id: str | None
    origin: Origin
    source_name: str = Field(examples=["lift.mp4"])
    movement: str = Field(description="As it was asked for.", examples=[AUTO])
    tape: bool
    language: str = Field(examples=["en"])
    filmed_at: Time
    filmed_at_source: FilmedAtSource = Field(
        description="Where that is known from: 'told' (a time) or 'day' (noon stands for it) by "
        "whoever sent it, 'video' by its container or the live camera. 'sent': nobody knows, so "
        "it is when it was sent."
    )
    created_at: Time
    status: Status
    progress: float | None
    reason: str | None
    probe: dict[str, Any] | None = Field(description="What the video's header says.")
    pain: int | None = Field(
        description="How sore it was, 0 to 10, as the person said after a live set.", examples=[3]
    )
    summary: SetSummaryAnswer | None


class SetChange(Given):
    """What changes in a set: whose it is."""

    person: Label | None = Field(
        description="Label or id of whose set it is; a new label adds a person. null: of nobody in "
        "particular."
    )


class SetsAnswer(Shown):
    """Sets, the newest first."""

    sets: list[SetAnswer]
    next: str | None = Field(description="Give it as 'before' to see older ones.")


class SessionAnswer(Shown):
    """One visit: sets that belong together."""

    id: Id
    person_id: Id
    started_at: Time
    title: str


class SessionsAnswer(Shown):
    """Visits, the newest first."""

    sessions: list[SessionAnswer]


class FileAnswer(Shown):
    """A file about a set."""

    name: str = Field(examples=["report.html"])
    bytes: int = Field(examples=[120_000])
    media_type: str = Field(examples=["text/html"])
    url: str = Field(examples=[f"/api/v1/reports/{_AN_ID}/files/report.html"])


class FilesAnswer(Shown):
    """The files about a set."""

    files: list[FileAnswer]


class NoteRequest(Given):
    """A note to a set, or to a moment of it."""

    t_s: float | None = Field(
        default=None, ge=0, le=100_000, allow_inf_nan=False, description="Which picture."
    )
    text: Text = Field(default="", examples=["Try the same with the bar closer."])
    drawing: list[Stroke] | None = Field(
        default=None, max_length=MOST_STROKES, examples=[[[[0.4, 0.3], [0.5, 0.35]]]]
    )


class NoteChange(Given):
    """What changes in a note; what is left out stays."""

    t_s: float | None = Field(default=None, ge=0, le=100_000, allow_inf_nan=False)
    text: Text | None = None
    drawing: list[Stroke] | None = Field(default=None, max_length=MOST_STROKES)


class NoteAnswer(Shown):
    """A note."""

    id: Id
    t_s: float | None
    text: str
    drawing: list[Stroke] | None
    author: str | None = Field(description="Name of the account that wrote it.")
    may_change: bool = Field(description="Whether whoever asks may change it.")
    created_at: Time
    changed_at: Time


class NotesAnswer(Shown):
    """The notes to a set."""

    notes: list[NoteAnswer]


class PersonRequest(Given):
    """A person, as they are called."""

    label: Label


class PersonAnswer(Shown):
    """Somebody whose movement is kept."""

    id: Id
    label: str = Field(examples=["Kim"])
    created_at: Time


class PeopleAnswer(Shown):
    """Everybody whose movement is kept and who may be seen."""

    people: list[PersonAnswer]


class LoginRequest(Given):
    """Who signs in."""

    name: str = Field(max_length=MAX_LABEL, examples=["Kim"])
    password: str = Field(max_length=200)


class AccountRequest(Given):
    """An account to be made."""

    name: Label
    password: str = Field(max_length=200)
    role: Role
    person_id: Id | None = Field(default=None, description="Who a member is.")


class AccountChange(Given):
    """What changes in an account; what is left out stays."""

    password: str | None = Field(default=None, max_length=200)
    role: Role | None = None
    person_id: Id | None = None


class AccountAnswer(Shown):
    """Who may sign in."""

    id: Id
    name: str = Field(examples=["Kim"])
    role: Role
    person_id: str | None
    created_at: Time


class AccountsAnswer(Shown):
    """All accounts."""

    accounts: list[AccountAnswer]


class MeAnswer(Shown):
    """Who asks."""

    account: AccountAnswer | None = Field(description="None where no accounts are in use.")


class TokenRequest(Given):
    """A key to be made, for programs."""

    label: Label = Field(description="What it is for.", examples=["Front desk"])


class TokenAnswer(Shown):
    """A key, without the key."""

    id: Id
    label: str
    created_at: Time


class NewTokenAnswer(TokenAnswer):
    """A key; this is the only time that it is shown."""

    token: str = Field(examples=["hw_…"])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of key, no key


class TokensAnswer(Shown):
    """Keys of the account that asks."""

    tokens: list[TokenAnswer]


class ErasureAnswer(Shown):
    """What was erased, and what a second look found: nothing, when it is complete."""

    kind: str = Field(examples=["person"])
    id: Id
    at: Time
    removed: dict[str, int] = Field(
        description="How many of each kind were removed.", examples=[{"sets": 3, "files": 27}]
    )
    looked_at: dict[str, int] = Field(
        description="How many places of each kind were looked at afterwards."
    )
    found: dict[str, int] = Field(description="What was still there, by place.", examples=[{}])
    is_complete: bool


Finite = Annotated[float | None, BeforeValidator(_finite)]


class ChangeAnswer(Shown):
    """What a metric did from one set to a later one."""

    value: Finite = Field(description="Difference, later minus earlier.", examples=[-4.2])
    mdc: Finite = Field(description="Minimal detectable change, 95 %.", examples=[3.1])
    progress: Progress = Field(description="'changed' only beyond the minimal detectable change.")


class FilmingAnswer(Shown):
    """How a set was filmed; only sets that were filmed alike are compared."""

    side: str = Field(examples=["left"])
    tape: bool


class PointAnswer(Shown):
    """A metric in one set."""

    set_id: Id
    session_id: str | None
    at: Time
    filmed_at_source: FilmedAtSource
    filming: FilmingAnswer
    reps: int = Field(description="Repetitions in which it was measured.", examples=[5])
    mean: float = Field(examples=[38.5])
    se: float = Field(description="Standard error of the mean.", examples=[2.1])
    since_first: ChangeAnswer | None
    since_previous: ChangeAnswer | None


class MetricHistoryAnswer(Shown):
    """A metric over time."""

    metric: str = Field(examples=["lumbar_flexion"])
    unit: str = Field(examples=["deg"])
    filming: FilmingAnswer = Field(description="How most of its sets were filmed.")
    points: list[PointAnswer]


class MovementHistoryAnswer(Shown):
    """A movement over time."""

    movement: str = Field(examples=["hip_hinge"])
    sets: int = Field(examples=[4])
    metrics: list[MetricHistoryAnswer]


class HistoryAnswer(Shown):
    """How a person moved over time."""

    person_id: Id
    movements: list[MovementHistoryAnswer]
