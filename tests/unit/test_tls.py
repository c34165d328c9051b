"""The certificate of this computer's own."""

from __future__ import annotations

import ssl
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from service import tls
from service.tls import CERTIFICATE, KEY, ensure_identity, own_names
from vision.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from service.tls import Identity

NAMES = ("localhost", "127.0.0.1", "::1", "gym.local", "192.168.1.20")


def names_in(identity: Identity) -> set[str]:
    certificate = x509.load_pem_x509_certificate(identity.certificate.read_bytes())
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in held}


def test_a_server_can_use_it_and_its_key_is_private(tmp_path: Path) -> None:
    identity = ensure_identity(tmp_path / "tls", NAMES)
    assert names_in(identity) == set(NAMES)
    assert stat.S_IMODE(identity.key.stat().st_mode) == 0o600
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)


def test_it_is_kept(tmp_path: Path) -> None:
    first = ensure_identity(tmp_path, NAMES).certificate.read_bytes()
    assert ensure_identity(tmp_path, NAMES).certificate.read_bytes() == first
    assert ensure_identity(tmp_path, NAMES[:2]).certificate.read_bytes() == first


def test_a_new_address_gets_a_new_one(tmp_path: Path) -> None:
    ensure_identity(tmp_path, NAMES)
    identity = ensure_identity(tmp_path, [*NAMES, "10.0.0.7"])
    assert "10.0.0.7" in names_in(identity)


@pytest.mark.parametrize("spoiled", [CERTIFICATE, KEY])
def test_one_that_cannot_be_read_is_made_anew(tmp_path: Path, spoiled: str) -> None:
    ensure_identity(tmp_path, NAMES)
    (tmp_path / spoiled).write_text("nothing")
    identity = ensure_identity(tmp_path, NAMES)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)


def test_a_key_of_another_certificate_is_noticed(tmp_path: Path) -> None:
    other = ensure_identity(tmp_path / "other", NAMES)
    identity = ensure_identity(tmp_path / "own", NAMES)
    identity.key.write_bytes(other.key.read_bytes())
    before = identity.certificate.read_bytes()
    assert ensure_identity(tmp_path / "own", NAMES).certificate.read_bytes() != before


def test_one_that_ends_soon_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "VALID_DAYS", tls.RENEW_DAYS)
    first = ensure_identity(tmp_path, NAMES).certificate.read_bytes()
    assert ensure_identity(tmp_path, NAMES).certificate.read_bytes() != first


def test_this_computer_has_names() -> None:
    names = own_names()
    assert names[:3] == ("localhost", "127.0.0.1", "::1")
    assert len(set(names)) == len(names)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        ensure_identity(tmp_path / "file" / "tls", NAMES)
