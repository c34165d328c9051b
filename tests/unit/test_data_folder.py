"""The data folder lies where the platform keeps a user's data."""

from __future__ import annotations

import sys

import pytest

from service.data_folder import data_folder


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"HINGEWISE_DATA": "mine"}, "mine"),
        ("linux", {"XDG_DATA_HOME": "xdg"}, "xdg/hingewise"),
        ("linux", {}, ".local/share/hingewise"),
        ("darwin", {}, "Library/Application Support/hingewise"),
        ("win32", {"LOCALAPPDATA": "local"}, "local/hingewise"),
        ("win32", {}, "AppData/Local/hingewise"),
    ],
)
def test_the_folder_lies_where_the_platform_keeps_data(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HINGEWISE_DATA", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert data_folder().as_posix().endswith(expected)
