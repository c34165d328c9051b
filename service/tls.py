"""A certificate of this computer's own, so that cameras work in browsers of other computers.

Browsers give a camera to pages on localhost or over https alone. On a local network nobody issues
a certificate; this one is made here, kept, and has to be accepted once in each browser.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vision.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CERTIFICATE: Final = "certificate.pem"
KEY: Final = "private-key.pem"
VALID_DAYS: Final = 397
"""Browsers refuse certificates that hold for longer."""
RENEW_DAYS: Final = 30
"""One that ends sooner than this is made anew."""

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_ELSEWHERE: Final = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses for documentation: asking the way to them sends nothing, and tells our own address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The files that a server shows who it is with.

    Attributes
    ----------
    certificate, key
        PEM files; the key is readable for its owner alone.
    """

    certificate: Path
    key: Path


def own_names() -> tuple[str, ...]:
    """Return the names and addresses that this computer is reached by, localhost first."""
    name = socket.gethostname()
    names = [*_LOOPBACK, name, f"{name.removesuffix('.local')}.local", *lan_addresses()]
    return tuple(dict.fromkeys(one for one in names if one))


def lan_addresses() -> tuple[str, ...]:
    """Return the addresses of this computer in its networks; none when it is in no network."""
    found = []
    for address, family in _ELSEWHERE:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as way:
            way.connect((address, 9))
            found.append(str(way.getsockname()[0]))
    return tuple(one for one in found if not ipaddress.ip_address(one).is_loopback)


def ensure_identity(folder: Path, names: Iterable[str] | None = None) -> Identity:
    """Find the certificate in a folder, or make one.

    It is made anew when it ends soon or this computer has a name or address that is not in it.

    Parameters
    ----------
    folder
        Where it is kept; made when absent.
    names
        Names and addresses to put in; this computer's own by default.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    wanted = tuple(own_names() if names is None else names)
    identity = Identity(certificate=folder / CERTIFICATE, key=folder / KEY)
    if not _is_sound(identity, wanted):
        _make(identity, wanted)
    return identity


def _is_sound(identity: Identity, names: Iterable[str]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(identity.certificate.read_bytes())
        key = serialization.load_pem_private_key(identity.key.read_bytes(), password=None)
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    left = certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)
    return (
        left > dt.timedelta(days=RENEW_DAYS)
        and set(_general_names(names)) <= set(held)
        and key.public_key() == certificate.public_key()
    )


def _make(identity: Identity, names: Iterable[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(key, names)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(identity.key, private, mode=0o600)
    _write(identity.certificate, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _signed(key: ec.EllipticCurvePrivateKey, names: Iterable[str]) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Hingewise on this computer")])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS - 1))
        .add_extension(x509.SubjectAlternativeName(_general_names(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that has its mode from the first byte on."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        part.replace(path)
    except OSError as error:
        msg = (
            f"expected to be able to write {path}, but {error.strerror or error}: check that the "
            "data folder is yours, or name another one in HINGEWISE_DATA"
        )
        raise OutputError(msg) from error
