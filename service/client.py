"""A small client of the API: send a video, wait for its analysis, read the report.

Examples
--------
>>> with HingewiseClient("http://localhost:8000") as client:  # doctest: +SKIP
...     job = client.wait(client.upload(Path("lift.mp4"), person="Kim"))
...     print(client.report(job.id)["reps"])
"""

from __future__ import annotations

import json
import secrets
import time
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

import httpx

from service.api.schemas import (
    FilesAnswer,
    JobAnswer,
    PeopleAnswer,
    PersonAnswer,
    SetAnswer,
    UploadAnswer,
)
from service.store.tables import FINAL
from vision.errors import HingewiseError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from io import BufferedReader

PART_BYTES: Final = 8 * 1024 * 1024
"""Bytes that are sent at a time; after a break no more than these are sent again."""

MOST_TRIES: Final = 8
"""Tries in a row of which none got further, after which it is given up."""

LONGEST_PAUSE_S: Final = 30.0

_WORTH_TRYING_AGAIN: Final = frozenset(
    {
        HTTPStatus.CONFLICT,
        HTTPStatus.LOCKED,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class ServerError(HingewiseError):
    """The server answered that it cannot do what was asked.

    Parameters
    ----------
    status
        Of the answer.
    detail
        What was expected, what came, what to do.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status: Final = status


class UnreachableError(HingewiseError):
    """The server cannot be reached, or the connection broke."""


class HingewiseClient:
    """Talks to one server.

    Parameters
    ----------
    url
        Of its home page, such as ``http://localhost:8000``.
    token
        A key of the API, where accounts are in use.
    timeout_s
        Longest that the server may say nothing.
    pause
        Waits for some seconds before a further try.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 120.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        base_url = f"{url.rstrip('/')}/api/v1"
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=timeout_s)
        self._pause = pause

    def upload(
        self,
        path: Path,
        *,
        person: str | None = None,
        movement: str = "auto",
        tape: bool = False,
        language: str = "en",
        filmed_at: date | None = None,
        on_progress: Callable[[float], None] | None = None,
    ) -> JobAnswer:
        """Send a video; where the connection breaks, it goes on from there by itself.

        Parameters
        ----------
        path
            The video.
        person
            Label or id of the person in it.
        movement, tape, language
            As for the command line.
        filmed_at
            When it was filmed, a time (of this computer's zone unless it names another) or a day;
            None for what the video says.
        on_progress
            Told which share of the bytes was sent.

        Returns
        -------
        JobAnswer
            Its analysis.

        Raises
        ------
        ServerError
            When the server refuses it; the message says why.
        UnreachableError
            When the server cannot be reached for minutes.
        """
        size = path.stat().st_size
        wanted = {
            "name": path.name.encode("utf-8", "replace").decode(),
            "bytes": size,
            "person": person,
            "movement": movement,
            "tape": tape,
            "language": language,
            **_filmed(filmed_at),
        }
        headers = {"idempotency-key": secrets.token_urlsafe(16)}
        upload = UploadAnswer.model_validate(
            self._persistently("POST", "/uploads", json=wanted, headers=headers)
        )
        with path.open("rb") as file:
            return self._send(file, upload, on_progress or (lambda _: None))

    def wait(
        self, job: JobAnswer | str, on_progress: Callable[[JobAnswer], None] | None = None
    ) -> JobAnswer:
        """Wait until an analysis is over, and return how it ended.

        Parameters
        ----------
        job
            The job or its id.
        on_progress
            Told of every change.

        Raises
        ------
        ServerError
            When there is no such job.
        UnreachableError
            When the server cannot be reached for minutes.
        """
        job_id = job if isinstance(job, str) else job.id
        tries = 0
        while True:
            try:
                for state in self._events(job_id):
                    tries = 0
                    if on_progress is not None:
                        on_progress(state)
                    if state.status in FINAL:
                        return state
            except (ServerError, UnreachableError) as error:
                tries = self._after_break(error, tries)

    def job(self, job_id: str) -> JobAnswer:
        """Return how an analysis goes.

        Raises
        ------
        ServerError
            When there is no such job.
        """
        return JobAnswer.model_validate(self._asked("GET", f"/jobs/{_quoted(job_id)}").json())

    def report(self, report_id: str) -> dict[str, Any]:
        """Return a report; ``docs/report.schema.json`` says what is in it.

        Raises
        ------
        ServerError
            When there is none, or not yet.
        """
        report: dict[str, Any] = self._asked("GET", f"/reports/{_quoted(report_id)}").json()
        return report

    def download(self, report_id: str, folder: Path) -> tuple[Path, ...]:
        """Download all files about a set into a folder, and return where they are.

        Raises
        ------
        ServerError
            When there are none, or not yet.
        OutputError
            When they cannot be written.
        """
        place = f"/reports/{_quoted(report_id)}/files"
        files = FilesAnswer.model_validate(self._asked("GET", place).json()).files
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return tuple(self._fetch(f"{place}/{one.name}", folder, one.name) for one in files)
        except OSError as error:
            msg = (
                f"expected to be able to write into {folder}, but {error.strerror or error}: name "
                "another folder"
            )
            raise OutputError(msg) from error

    def people(self) -> tuple[PersonAnswer, ...]:
        """Return everybody who may be seen.

        Raises
        ------
        ServerError
            When the server does not tell.
        """
        return tuple(PeopleAnswer.model_validate(self._asked("GET", "/people").json()).people)

    def give(self, set_id: str, person: str | None) -> SetAnswer:
        """Say whose a set is, once its analysis is over, and return the set.

        Where its `status` is ``queued`` then, its video is analysed again: `wait` for it.

        Parameters
        ----------
        set_id
            The set; its job and report have the same id.
        person
            Label or id of whose it is, who is added when new; None for nobody in particular.

        Raises
        ------
        ServerError
            When there is no such set, or it cannot be given; the message says why.
        """
        answer = self._asked("PATCH", f"/sets/{_quoted(set_id)}", json={"person": person})
        return SetAnswer.model_validate(answer.json())

    def close(self) -> None:
        """Close the connections. Closing twice is harmless."""
        self._http.close()

    def __enter__(self) -> Self:
        """Use the client in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()

    def _send(
        self, file: BufferedReader, upload: UploadAnswer, on_progress: Callable[[float], None]
    ) -> JobAnswer:
        path, tries = f"/uploads/{upload.id}", 0
        while upload.job is None:
            file.seek(upload.offset)
            headers = {"upload-offset": str(upload.offset)}
            before = upload.offset
            try:
                sent = self._asked("PATCH", path, content=file.read(PART_BYTES), headers=headers)
                upload = UploadAnswer.model_validate(sent.json())
            except (ServerError, UnreachableError) as error:
                tries = self._after_break(error, tries)
                upload = UploadAnswer.model_validate(self._persistently("GET", path))
            if upload.offset > before:
                tries = 0
            on_progress(upload.offset / upload.bytes if upload.bytes else 1.0)
        return upload.job

    def _events(self, job_id: str) -> Iterator[JobAnswer]:
        """Yield the states of a job until the connection ends."""
        with self._opened("GET", f"/jobs/{_quoted(job_id)}/events") as answer:
            try:
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        yield JobAnswer.model_validate(json.loads(line.removeprefix("data:")))
            except httpx.TransportError as error:
                raise _unreachable(self._http, error) from error
        if answer.status_code == HTTPStatus.OK:
            msg = (
                f"expected {self._http.base_url} to tell more, but the connection ended: try again"
            )
            raise UnreachableError(msg)

    def _fetch(self, path: str, folder: Path, name: str) -> Path:
        target = folder / Path(name).name
        part = target.with_name(f"{target.name}.part")
        with self._opened("GET", path) as answer, part.open("wb") as file:
            try:
                for content in answer.iter_bytes():
                    file.write(content)
            except httpx.TransportError as error:
                raise _unreachable(self._http, error) from error
        return part.replace(target)

    def _persistently(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask until there is an answer; what is asked can be asked twice without harm."""
        tries = 0
        while True:
            try:
                return self._asked(method, path, **options).json()
            except (ServerError, UnreachableError) as error:
                tries = self._after_break(error, tries)

    def _after_break(self, error: ServerError | UnreachableError, tries: int) -> int:
        """Wait before a further try, or give up; return how many there were."""
        is_lasting = isinstance(error, ServerError) and error.status not in _WORTH_TRYING_AGAIN
        if is_lasting or tries + 1 >= MOST_TRIES:
            raise error
        self._pause(min(2.0**tries, LONGEST_PAUSE_S))
        return tries + 1

    def _asked(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes them
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise _unreachable(self._http, error) from error
        return _accepted(answer)

    @contextmanager
    def _opened(self, method: str, path: str) -> Iterator[httpx.Response]:
        """Ask for an answer that is read as it comes."""
        request = self._http.build_request(method, path)
        try:
            answer = self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise _unreachable(self._http, error) from error
        try:
            if answer.is_error:
                answer.read()
            yield _accepted(answer)
        finally:
            answer.close()


def _filmed(at: date | None) -> dict[str, str]:
    """Write when a video was filmed, where that is known."""
    if at is None:
        return {}
    return {"filmed_at": (at.astimezone() if isinstance(at, datetime) else at).isoformat()}


def _quoted(text: str) -> str:
    """Write an id as one part of a path, whatever it is."""
    return quote(text, safe="")


def _accepted(answer: httpx.Response) -> httpx.Response:
    """Return an answer, or raise what it says is the matter."""
    if not answer.is_error:
        return answer
    try:
        detail = str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"expected an answer, got {answer.status_code} {answer.reason_phrase}: try again"
    raise ServerError(answer.status_code, detail)


def _unreachable(http: httpx.Client, error: httpx.TransportError) -> UnreachableError:
    reason = str(error) or type(error).__name__
    return UnreachableError(
        f"expected to reach {http.base_url}, but {reason}: check that the server runs, then try "
        "again"
    )
