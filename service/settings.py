"""How the server is set up: every setting with its title, its meaning and its bounds.

A setting comes from the command line, else from the environment (``HINGEWISE_PORT``), else from the
file named with ``--settings`` (TOML), else it has its default. A key that is unknown is refused.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from service.data_folder import data_folder
from service.kiosk.settings import KioskSettings
from vision.assets import PoseModel
from vision.errors import SettingsError

PREFIX: Final = "HINGEWISE_"
_NESTED: Final = "__"
_ELSEWHERE: Final = frozenset({"HINGEWISE_CACHE"})
"""Variables of that prefix that are read by other rooms of the house."""


def _camera(value: object) -> object:
    """Read the number of a camera out of a text."""
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


def _listed(value: object) -> object:
    """Read a list out of a text with commas."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


class RetentionSettings(BaseModel):
    """How many days each kind is kept; None keeps it until somebody erases it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    videos_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        title="Videos",
        description="Uploaded videos; reports and history stay when their video goes.",
    )
    sets_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        title="Sets",
        description="Sets with their reports, notes and files.",
    )
    uploads_hours: int = Field(
        default=24,
        ge=1,
        le=8760,
        title="Unfinished uploads",
        description="Hours after which an upload that was cut off is removed.",
    )


_Origin = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.\-\[\]:]+$")]


class Settings(BaseSettings):
    """Everything about the server that can be chosen."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=_NESTED,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        validate_default=True,
    )

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        title="Address",
        description="Where to listen; 0.0.0.0 for every computer of the network.",
    )
    port: int = Field(default=8000, ge=0, le=65535, title="Port", description="0 takes a free one.")
    tls: bool = Field(
        default=False,
        title="TLS",
        description="Serve over https with a certificate that is made here.",
    )
    data: Path = Field(
        default_factory=data_folder,
        title="Data folder",
        description="Where people, videos, reports and the certificate are kept.",
    )
    stations: int = Field(
        default=3,
        ge=1,
        le=32,
        title="Stations",
        description="Most people that are coached at once.",
    )
    longest_set_s: float = Field(
        default=300,
        ge=30,
        le=1800,
        title="Longest set",
        description="A set ends by itself after so many seconds.",
    )
    still_s: float = Field(
        default=8,
        ge=3,
        le=60,
        title="Still",
        description="A set ends by itself after so many seconds without a bend.",
    )
    model: PoseModel = Field(
        default=PoseModel.FULL,
        title="Pose model",
        description="Size of the pose model to begin with: lite, full or heavy.",
    )
    adaptive: bool = Field(
        default=True,
        title="Keep up",
        description="Look less closely at pictures where the computer does not keep up.",
    )
    threads: int = Field(
        default=1,
        ge=1,
        le=16,
        title="Threads",
        description="Threads that compute the networks of one session.",
    )
    max_frame_bytes: int = Field(
        default=2_000_000,
        ge=10_000,
        le=15_000_000,
        title="Largest picture, bytes",
        description="Most bytes of one picture that a browser sends.",
    )
    max_frame_pixels: int = Field(
        default=1920 * 1080,
        ge=320 * 240,
        le=4096 * 2304,
        title="Largest picture, pixels",
        description="Most pixels of one picture that a browser sends.",
    )
    allowed_origins: Annotated[tuple[_Origin, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(),
        title="Allowed origins",
        description=(
            "Further origins whose pages may connect, such as https://gym.example; those of this "
            "server always may."
        ),
    )
    camera: Annotated[int | str | None, BeforeValidator(_camera)] = Field(
        default=None,
        title="Camera of the server",
        description="Number of a camera, an RTSP address, or a video file; none by default.",
    )
    language: str = Field(
        default="en",
        min_length=2,
        max_length=10,
        title="Language",
        description="Language where a page asks for none that there is.",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
        title="Public address",
        description="Address at which people reach this server from elsewhere.",
    )
    keep_sets: bool = Field(
        default=True,
        title="Keep sets",
        description="Whether a person may keep a set on this server when they ask for it.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", title="Log", description="How much is written to standard error."
    )
    database: str | None = Field(
        default=None,
        title="Database",
        description=(
            "postgresql://USER:PASSWORD@HOST/NAME, or sqlite:///FILE; a file in the data folder by "
            "default."
        ),
    )
    store: str | None = Field(
        default=None,
        title="Store of files",
        description="A folder, or s3://BUCKET/PREFIX; in the data folder by default.",
    )
    workers: int = Field(
        default=1,
        ge=0,
        le=32,
        title="Workers",
        description=(
            "Processes beside the server that analyse uploaded videos; 0 where 'hingewise worker' "
            "runs elsewhere."
        ),
    )
    worker_memory_mb: int = Field(
        default=2000,
        ge=500,
        le=64_000,
        title="Memory of a worker",
        description="Megabytes past which the analysis of a video is ended.",
    )
    hung_s: float = Field(
        default=60,
        ge=5,
        le=3600,
        title="Hung",
        description="Seconds without any progress after which the analysis of a video is ended.",
    )
    dead_s: float = Field(
        default=30,
        ge=2,
        le=3600,
        title="Dead",
        description="Seconds without a sign after which a worker's videos go to another one.",
    )
    max_upload_bytes: int = Field(
        default=2_000_000_000,
        ge=1_000_000,
        le=100_000_000_000,
        title="Largest video, bytes",
        description="Most bytes of an uploaded video.",
    )
    accounts: bool = Field(
        default=False,
        title="Accounts",
        description="Ask people to sign in; make the first account with 'hingewise account'.",
    )
    retention: RetentionSettings = Field(
        default_factory=RetentionSettings,
        title="Retention",
        description="How long what is kept is kept.",
    )
    kiosk: KioskSettings = Field(
        default_factory=KioskSettings, title="Kiosk", description="The gym kiosk."
    )


def load_settings(file: Path | None = None, **chosen: object) -> Settings:
    """Put the settings together.

    Parameters
    ----------
    file
        A TOML file.
    **chosen
        What the command line chose; None where it chose nothing.

    Raises
    ------
    SettingsError
        When the file cannot be read, a key is unknown or a value is out of bounds.
    """
    written = {} if file is None else _read(file)
    _check_environment()
    given = {key: value for key, value in chosen.items() if value is not None}
    try:
        return _reading(written).model_validate(given)
    except ValidationError as error:
        raise SettingsError(_problem(error)) from error


def _reading(written: dict[str, Any]) -> type[Settings]:
    """Make settings that a file's content stands behind."""

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - given to every override
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, written)

    return FromFile


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        msg = f"expected settings at {file}, but {reason}: check the path"
        raise SettingsError(msg) from error
    except tomllib.TOMLDecodeError as error:
        msg = f"expected settings as TOML at {file}, but {error}: correct the file"
        raise SettingsError(msg) from error


def _check_environment() -> None:
    """Refuse a variable that stands for no setting; pydantic-settings passes over those."""
    for name in sorted(os.environ):
        key = name.upper()
        if not key.startswith(PREFIX) or key in _ELSEWHERE:
            continue
        setting = key.removeprefix(PREFIX).lower().partition(_NESTED)[0]
        if setting not in Settings.model_fields:
            raise SettingsError(_unknown(name))


def _problem(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(step) for step in first["loc"]) or "settings"
    if first["type"] == "extra_forbidden":
        return _unknown(place)
    came = "" if isinstance(first["input"], dict) else f", got {first['input']!r}"
    return f"setting {place}: {first['msg']}{came}; correct it and start again"


def _unknown(name: str) -> str:
    return f"unknown setting {name!r}: use one of {', '.join(sorted(Settings.model_fields))}"
