"""Whose pages may open a live connection: those of this server, and those that were allowed.

A browser tells on every WebSocket handshake which page opens it. Any page on the internet may try
one to this computer; only the server can turn it away. A host that is a name could be made to lead
here by whoever owns the name, so only names that are this computer's count as its own.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from service.settings import Settings


def is_allowed_origin(origin: str | None, host: str, settings: Settings) -> bool:
    """Tell whether a page may connect.

    Parameters
    ----------
    origin
        As the browser tells it, such as ``http://localhost:8000``; None where no browser asks.
    host
        Name and port that was asked for.
    settings
        Hold the public address and further origins.
    """
    if origin is None:
        return True
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    if _place(page) in _named(settings):
        return True
    if page.scheme not in {"http", "https"} or page.netloc.lower() != host.lower():
        return False
    return _is_own(page.hostname or "")


def is_own_host(host: str, settings: Settings) -> bool:
    """Tell whether a request asks for this computer by a name that nobody else can lead here.

    Parameters
    ----------
    host
        Name and port that was asked for.
    settings
        Hold the public address and further origins.
    """
    if host.lower() in {place for _, place in _named(settings)}:
        return True
    try:
        return _is_own(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def _named(settings: Settings) -> set[tuple[str, str]]:
    named = [*settings.allowed_origins, *([settings.public_url] if settings.public_url else [])]
    return {_place(urlsplit(one)) for one in named}


def _place(url: SplitResult) -> tuple[str, str]:
    return url.scheme.lower(), url.netloc.lower()


def _is_own(name: str) -> bool:
    """Tell whether a name can only be this computer: an address, localhost, its own name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        own = socket.gethostname().lower().removesuffix(".local")
        return name in {"localhost", own, f"{own}.local"}
    return True
