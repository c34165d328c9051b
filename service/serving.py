"""Runs the web application: the socket, TLS, what is said at the start, the end by Ctrl-C."""

from __future__ import annotations

import errno
import ipaddress
import socket
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, TypeAlias

import uvicorn

from service.app import create_app
from service.tls import ensure_identity, lan_addresses
from vision.assets import locate_bundle
from vision.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from service.settings import Settings
    from service.tls import Identity

OnListening: TypeAlias = "Callable[[tuple[str, ...]], None]"

LARGEST_MESSAGE: Final = 16 * 1024 * 1024
"""Bytes of a WebSocket message past which the connection is cut; smaller ones that are too large
are refused in words."""
GRACE_S: Final = 1
"""Time for what is under way to end after Ctrl-C."""
WAITING: Final = 64
"""Connections that may wait to be accepted."""


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_listening()


def serve(settings: Settings, on_listening: OnListening) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Parameters
    ----------
    settings
        How the server is set up.
    on_listening
        Told the addresses that pages can be opened at, the one for this computer first.

    Raises
    ------
    AssetError
        When the pose model is missing; the message says how to fetch it.
    OutputError
        When the port is in use, the address is not this computer's, or the certificate cannot be
        written.
    """
    locate_bundle(settings.model, mask=True)
    with listen(settings.host, settings.port) as listening, _workers(settings):
        make_server(settings, listening, on_listening).run([listening])


def _workers(settings: Settings) -> AbstractContextManager[object]:
    """Give what keeps the workers beside the server running, if it is to have any."""
    if not settings.workers:
        return nullcontext()
    # Loads the engine of the queue, which a server without workers needs only for uploads.
    from service.jobs.local_workers import LocalWorkers  # noqa: PLC0415

    return LocalWorkers(settings)


def make_server(
    settings: Settings, listening: socket.socket, on_listening: OnListening
) -> uvicorn.Server:
    """Make the server without running it; what `serve` does, for callers with their own loop."""
    identity = ensure_identity(settings.data / "tls") if settings.tls else None
    places = addresses(settings, int(listening.getsockname()[1]))
    return _Server(_config(settings, identity), lambda: on_listening(places))


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Raises
    ------
    OutputError
        When it cannot be taken; one line that says what to do.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=WAITING)
    except OSError as error:
        reason = "it is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        msg = (
            f"expected to listen at {host} port {port}, but {reason}: choose another one with "
            "--port or --host, or end the program that holds it"
        )
        raise OutputError(msg) from error


def addresses(settings: Settings, port: int) -> tuple[str, ...]:
    """Return the addresses of the home page, the one for this computer first."""
    scheme = "https" if settings.tls else "http"
    hosts: tuple[str, ...] = (settings.host,)
    if is_everywhere(settings.host):
        hosts = ("localhost", *lan_addresses())
    elif is_local(settings.host):
        hosts = ("localhost",)
    return tuple(f"{scheme}://{_bracketed(host)}:{port}/" for host in hosts)


def is_everywhere(host: str) -> bool:
    """Tell whether an address stands for all of this computer's."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def is_local(host: str) -> bool:
    """Tell whether only this computer can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _config(settings: Settings, identity: Identity | None) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings),
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,  # JPEGs do not shrink, and small messages cost time
        ws_ping_interval=20,
        ws_ping_timeout=20,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=None if identity is None else str(identity.certificate),
        ssl_keyfile=None if identity is None else str(identity.key),
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
