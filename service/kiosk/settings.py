"""What staff can set about the kiosk, and the file that keeps it."""

from __future__ import annotations

import logging
from pathlib import Path  # noqa: TC003 - part of signatures that others read at run time
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.movements import MOVEMENTS
from service.wording import languages
from vision.atomic_file import write_atomically
from vision.errors import SettingsError

FILE_NAME: Final = "kiosk.json"

ANY_MOVEMENT: Final = "auto"

_log = logging.getLogger(__name__)


class KioskSettings(BaseModel):
    """Everything about the kiosk that may differ from one gym to the next.

    Seconds are on the clock of whoever drives the flow. `staff_pin_hash` is written by the staff
    page and is shown nowhere.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    language: Annotated[
        str,
        Field(
            title="Language",
            description="Language that every visit begins in; a key changes it for one visit.",
            pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        ),
    ] = "en"
    movement: Annotated[
        str,
        Field(
            title="Movement",
            description="Movement that visitors practise, or auto to find it by itself.",
            pattern=r"^[a-z][a-z_]{0,39}$",
        ),
    ] = ANY_MOVEMENT
    target_reps: Annotated[
        int | None,
        Field(
            title="Repetitions",
            description="The set ends after so many; none: it ends when the visitor stops.",
            ge=1,
            le=50,
        ),
    ] = 5
    cues: Annotated[
        Literal["after_set", "each_rep"],
        Field(
            title="Cues",
            description="After the set only, or also one short cue after a repetition.",
        ),
    ] = "after_set"
    voice: Annotated[
        bool, Field(title="Voice", description="Say what is shown; tones come either way.")
    ] = True
    volume: Annotated[
        float, Field(title="Volume", description="Of voice and tones.", ge=0, le=1)
    ] = 0.8
    show_qr: Annotated[
        bool,
        Field(
            title="QR code",
            description="Show a code on the summary that carries it away on a phone.",
        ),
    ] = True
    camera: Annotated[
        Literal["browser", "server"],
        Field(
            title="Camera",
            description="Camera of the screen's browser, or one attached to the server.",
        ),
    ] = "browser"
    presence_s: Annotated[
        float,
        Field(
            title="Seconds until invited",
            description="Somebody stands in view for so long before the kiosk speaks to them.",
            ge=0.2,
            le=10,
        ),
    ] = 1.0
    hand_s: Annotated[
        float,
        Field(
            title="Seconds of a raised hand",
            description="A hand counts when it was held up for so long.",
            ge=0.3,
            le=5,
        ),
    ] = 1.0
    away_s: Annotated[
        float,
        Field(
            title="Seconds until somebody has left",
            description="Out of view for longer than this is gone; a brief step aside is not.",
            ge=2,
            le=30,
        ),
    ] = 5.0
    consent_s: Annotated[
        float,
        Field(
            title="Seconds to read",
            description="How long the notice stays before the kiosk goes back by itself.",
            ge=5,
            le=300,
        ),
    ] = 45.0
    countdown_s: Annotated[
        float,
        Field(title="Seconds of countdown", description="Before the turn side-on.", ge=1, le=10),
    ] = 3.0
    turn_s: Annotated[
        float,
        Field(
            title="Seconds to get into position",
            description="How long the kiosk helps somebody into view before it goes back.",
            ge=5,
            le=300,
        ),
    ] = 60.0
    still_s: Annotated[
        float,
        Field(
            title="Seconds of standing still",
            description="Standing still for so long after a repetition ends the set.",
            ge=2,
            le=60,
        ),
    ] = 6.0
    first_rep_s: Annotated[
        float,
        Field(
            title="Seconds to the first repetition",
            description="A set without any repetition ends after so long.",
            ge=5,
            le=300,
        ),
    ] = 45.0
    set_s: Annotated[
        float,
        Field(title="Longest set, seconds", description="A set ends after so long.", ge=10, le=300),
    ] = 180.0
    summary_s: Annotated[
        float,
        Field(
            title="Seconds of summary",
            description="How long the summary stays before the kiosk asks who is still there.",
            ge=3,
            le=300,
        ),
    ] = 30.0
    still_there_s: Annotated[
        float,
        Field(
            title="Seconds to say I am here",
            description="Countdown to forgetting the visit; accessibility asks for 20 or more.",
            ge=2,
            le=120,
        ),
    ] = 20.0
    staff_pin_hash: Annotated[
        str | None,
        Field(
            title="Staff PIN",
            description="Salted scrypt hash of the PIN; none: the first visit to the page sets it.",
            max_length=200,
            repr=False,
        ),
    ] = None

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        """Refuse a language or a movement that there is not."""
        for value, known in (
            (self.language, languages()),
            (self.movement, (ANY_MOVEMENT, *MOVEMENTS)),
        ):
            if value not in known:
                msg = f"expected one of {', '.join(known)}, got {value!r}: choose one of them"
                raise ValueError(msg)
        return self


def load_kiosk_settings(folder: Path, otherwise: KioskSettings) -> KioskSettings:
    """Read what staff have saved.

    Parameters
    ----------
    folder
        The server's data folder.
    otherwise
        What holds as long as nothing was saved.

    Raises
    ------
    SettingsError
        When there is a file that cannot be read as settings.
    """
    path = folder / FILE_NAME
    try:
        return KioskSettings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return otherwise
    except (OSError, ValidationError) as error:
        msg = (
            f"expected the kiosk's settings in {path}, got something else: {error}. "
            "Correct the file, or remove it to begin anew"
        )
        raise SettingsError(msg) from error


def kiosk_settings_in_force(folder: Path, otherwise: KioskSettings) -> KioskSettings:
    """Read what staff have saved, or go on without: a kiosk runs whatever its file holds."""
    try:
        return load_kiosk_settings(folder, otherwise)
    except SettingsError as error:
        _log.warning("%s", error)
        return otherwise


def save_kiosk_settings(folder: Path, settings: KioskSettings) -> None:
    """Keep settings; whole or not at all, and for nobody else's eyes.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    content = f"{settings.model_dump_json(indent=2)}\n".encode()
    write_atomically(folder / FILE_NAME, content, mode=0o600)
