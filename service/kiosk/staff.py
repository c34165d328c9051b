"""The staff's page: the kiosk's settings behind a PIN."""

from __future__ import annotations

import time
from dataclasses import dataclass
from secrets import compare_digest
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, HTTPException
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.responses import HTMLResponse, RedirectResponse, Response

from models.movements import MOVEMENTS
from service.accounts.passwords import Tries, hash_secret, is_secret
from service.kiosk.pin import PIN_PATTERN, StaffSessions
from service.kiosk.rendering import render_page
from service.kiosk.settings import (
    ANY_MOVEMENT,
    KioskSettings,
    load_kiosk_settings,
    save_kiosk_settings,
)
from service.web.forms import NOT_AS_EXPECTED, SEE_OTHER, TOO_MANY_TRIES, read_form
from service.web.languages import choose_language
from service.wording import languages, load_wording
from vision.errors import OutputError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from service.kiosk.pin import StaffSession
    from service.settings import Settings
    from service.wording import Wording

COOKIE: Final = "hingewise_staff"
PAGE: Final = "/kiosk/staff"

NOT_IN_FORMS: Final = "staff_pin_hash"
"""The one setting that no form shows or takes."""

PAGE_HEADERS: Final = {
    "cache-control": "no-store",
    "vary": "accept-language",
    "referrer-policy": "same-origin",  # with none at all, a form would not say where it is from
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One setting as a form shows it.

    Attributes
    ----------
    name
        Of the setting.
    kind
        ``number``, ``switch`` or ``choice``.
    value
        As it is now; None for a number that may be left out.
    minimum, maximum
        Bounds of a number.
    step
        Of a number: ``1`` for a whole one, else ``any``.
    required
        Whether a number has to be given.
    choices
        Value and title of each, in order.
    """

    name: str
    kind: str
    value: object
    minimum: float | None = None
    maximum: float | None = None
    step: str = "any"
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()


def form_fields(settings: KioskSettings, wording: Wording) -> Iterator[FormField]:
    """Describe every setting but the PIN, in the order of `KioskSettings`."""
    properties = KioskSettings.model_json_schema()["properties"]
    for name, schema in properties.items():
        if name != NOT_IN_FORMS:
            yield _form_field(name, schema, getattr(settings, name), wording)


def _form_field(name: str, schema: Mapping[str, Any], value: object, wording: Wording) -> FormField:
    choices = _choices(name, schema, wording)
    if choices:
        return FormField(name=name, kind="choice", value=value, choices=choices)
    kinds: list[Mapping[str, Any]] = schema.get("anyOf", [schema])
    if kinds[0]["type"] == "boolean":
        return FormField(name=name, kind="switch", value=value)
    return FormField(
        name=name,
        kind="number",
        value=value,
        minimum=kinds[0].get("minimum"),
        maximum=kinds[0].get("maximum"),
        step="1" if kinds[0]["type"] == "integer" else "any",
        required=len(kinds) == 1,
    )


def _choices(name: str, schema: Mapping[str, Any], wording: Wording) -> tuple[tuple[str, str], ...]:
    if name == "language":
        return tuple((code, load_wording(code).of("language.name")) for code in languages())
    if name == "movement":
        any_movement = (ANY_MOVEMENT, wording.of("kiosk.setting.movement.auto"))
        return (any_movement, *((key, wording.of(f"movement.{key}")) for key in MOVEMENTS))
    return tuple((key, wording.of(f"kiosk.setting.{name}.{key}")) for key in schema.get("enum", ()))


def read_settings(form: Mapping[str, str], current: KioskSettings) -> KioskSettings:
    """Read settings out of a form; the PIN stays as it is.

    Raises
    ------
    ValidationError
        When a value is missing, or not what it should be.
    """
    given: dict[str, object] = {NOT_IN_FORMS: current.staff_pin_hash}
    for field in form_fields(current, load_wording()):
        text = form.get(field.name)
        if field.kind == "switch":
            given[field.name] = text is not None
        elif text or field.required:
            given[field.name] = text or ""
        else:
            given[field.name] = None
    return KioskSettings.model_validate(given)


class StaffDesk:
    """What the staff's page may do: the only writer of the kiosk's settings.

    Parameters
    ----------
    folder
        The server's data folder.
    otherwise
        The settings that hold as long as nothing was saved.
    clock
        Seconds that only go up.
    """

    def __init__(
        self, folder: Path, otherwise: KioskSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._otherwise = otherwise
        self._clock = clock
        self._tries = Tries()
        self._sessions = StaffSessions()

    def settings(self) -> KioskSettings:
        """Return the settings as they are kept.

        Raises
        ------
        SettingsError
            When their file cannot be read: it may hold a PIN, so nobody may set a new one.
        """
        return load_kiosk_settings(self._folder, self._otherwise)

    def wait_s(self) -> float:
        """Return for how long no PIN is taken; 0 when one is."""
        return self._tries.wait_s(self._clock())

    def enter(self, pin: str) -> StaffSession | None:
        """Open a session for whoever knows the PIN; the first PIN that is given becomes it."""
        if self.wait_s() > 0:
            return None
        self._tries.take(self._clock())
        kept = self.settings().staff_pin_hash
        if kept is None and PIN_PATTERN.fullmatch(pin):
            self.set_pin(pin)
        elif kept is None or not is_secret(pin, kept):
            return None
        self._tries.succeeded()
        return self._sessions.begin(self._clock())

    def set_pin(self, pin: str) -> None:
        """Keep a new PIN; every session has to enter it."""
        changed = self.settings().model_copy(update={NOT_IN_FORMS: hash_secret(pin)})
        save_kiosk_settings(self._folder, changed)
        self._sessions.end_all()

    def save(self, settings: KioskSettings) -> None:
        """Keep settings; the kiosk takes them up when it is next waiting for somebody."""
        save_kiosk_settings(self._folder, settings)

    def session(self, token: str) -> StaffSession | None:
        """Find an open session and keep it alive."""
        return self._sessions.find(token, self._clock())

    def leave(self, token: str) -> None:
        """End a session."""
        self._sessions.end(token)


def staff_router(settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> APIRouter:
    """Return the routes of the staff's page.

    Parameters
    ----------
    settings
        Of the server.
    clock
        Seconds that only go up.
    """
    routes = APIRouter(include_in_schema=False)
    pages = _StaffPages(StaffDesk(settings.data, settings.kiosk, clock), settings.language)
    routes.add_api_route(PAGE, pages.show, methods=["GET"], response_model=None)
    routes.add_api_route(f"{PAGE}/pin", pages.enter, methods=["POST"], response_model=None)
    routes.add_api_route(f"{PAGE}/settings", pages.change, methods=["POST"], response_model=None)
    routes.add_api_route(f"{PAGE}/new-pin", pages.renew, methods=["POST"], response_model=None)
    routes.add_api_route(f"{PAGE}/leave", pages.leave, methods=["POST"], response_model=None)
    return routes


class _StaffPages:
    """Answers the requests of staff's browsers."""

    def __init__(self, desk: StaffDesk, language: str) -> None:
        self._desk = desk
        self._language = language

    async def show(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return self._door(request)
        said = "saved" if "saved" in request.query_params else ""
        return self._form(request, session, said=said)

    async def enter(self, request: Request) -> Response:
        """Take a PIN."""
        form = await read_form(request)
        wait_s = self._desk.wait_s()
        if wait_s > 0:
            return self._door(request, said="wait", status=TOO_MANY_TRIES)
        pin = form.get("pin", "")
        if not PIN_PATTERN.fullmatch(pin) or form.get("again", pin) != pin:
            return self._door(request, said="pin_shape", status=NOT_AS_EXPECTED)
        try:
            session = await run_in_threadpool(self._desk.enter, pin)
        except (SettingsError, OutputError) as error:
            return self._unusable(request, error)
        if session is None:
            return self._door(request, said="pin_other", status=NOT_AS_EXPECTED)
        response = RedirectResponse(PAGE, SEE_OTHER)
        _give_cookie(response, session, request)
        return response

    async def change(self, request: Request) -> Response:
        """Take settings."""
        form = await read_form(request)
        session = self._session_of_form(request, form)
        try:
            self._desk.save(read_settings(form, self._desk.settings()))
        except ValidationError as error:
            problems = {str(part["loc"][0]) for part in error.errors() if part["loc"]}
            return self._form(request, session, said="not_saved", form=form, problems=problems)
        except (SettingsError, OutputError) as error:
            return self._unusable(request, error)
        return RedirectResponse(f"{PAGE}?saved", SEE_OTHER)

    async def renew(self, request: Request) -> Response:
        """Take a new PIN; whoever sets it has to enter it."""
        form = await read_form(request)
        session = self._session_of_form(request, form)
        pin = form.get("pin", "")
        if not PIN_PATTERN.fullmatch(pin) or form.get("again", pin) != pin:
            return self._form(request, session, said="pin_shape")
        try:
            await run_in_threadpool(self._desk.set_pin, pin)
        except (SettingsError, OutputError) as error:
            return self._unusable(request, error)
        return RedirectResponse(PAGE, SEE_OTHER)

    async def leave(self, request: Request) -> Response:
        """End the session and go back to the kiosk."""
        form = await read_form(request)
        self._desk.leave(self._session_of_form(request, form).token)
        response = RedirectResponse("/kiosk", SEE_OTHER)
        response.delete_cookie(COOKIE, path=PAGE)
        return response

    def _session(self, request: Request) -> StaffSession | None:
        return self._desk.session(request.cookies.get(COOKIE, ""))

    def _session_of_form(self, request: Request, form: Mapping[str, str]) -> StaffSession:
        """Return the session that a form belongs to, or refuse the form."""
        session = self._session(request)
        if session is None or not compare_digest(
            form.get("form_token", "").encode(), session.form_token.encode()
        ):
            raise HTTPException(403, "expected the PIN first: open the staff page and enter it")
        return session

    def _door(self, request: Request, *, said: str = "", status: int = 200) -> Response:
        """Ask for the PIN, or for the first one."""
        try:
            first = self._desk.settings().staff_pin_hash is None
        except SettingsError as error:
            return self._unusable(request, error)
        wait_s = round(self._desk.wait_s())
        return self._page(request, "staff_pin.html", status, first=first, said=said, wait_s=wait_s)

    def _form(
        self,
        request: Request,
        session: StaffSession,
        *,
        said: str,
        form: Mapping[str, str] | None = None,
        problems: frozenset[str] | set[str] = frozenset(),
    ) -> Response:
        try:
            current = self._desk.settings()
        except SettingsError as error:
            return self._unusable(request, error)
        fields = tuple(form_fields(current, load_wording(self._language_of(request))))
        return self._page(
            request,
            "staff.html",
            200 if form is None else NOT_AS_EXPECTED,
            fields=fields,
            form=form,
            problems=problems,
            said=said,
            form_token=session.form_token,
        )

    def _unusable(self, request: Request, error: Exception) -> Response:
        return self._page(request, "staff_stopped.html", 503, reason=str(error))

    def _language_of(self, request: Request) -> str:
        return choose_language(request, self._language)

    def _page(self, request: Request, template: str, status: int, **values: object) -> HTMLResponse:
        text = render_page(template, self._language_of(request), **values)
        return HTMLResponse(text, status_code=status, headers=PAGE_HEADERS)


def _give_cookie(response: Response, session: StaffSession, request: Request) -> None:
    response.set_cookie(
        COOKIE,
        session.token,
        path=PAGE,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
