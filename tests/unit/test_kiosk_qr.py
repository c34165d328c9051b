"""The QR code: what it holds is what a phone reads, and it is never too fine to be read."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.kiosk.qr import (
    FIELD_SEPARATOR,
    LARGEST_VERSION,
    LINK_VERSION,
    MOST_BYTES,
    READING_ORDER,
    carried_text,
    summary_qr,
)
from service.protocol import Summary
from service.wording import languages, load_wording

SVG: Final = "{http://www.w3.org/2000/svg}"
MODULE_PX: Final = 6
PUBLIC: Final = "https://gym.example.org:8443/hinge"
WORDY: Final = 4 * "Stop a little higher, feel your hips slide back, and come up tall. "


def summary(**changes: object) -> Summary:
    values: dict[str, object] = {
        "set_number": 2,
        "movement": "hip_hinge",
        "reps": 5,
        "headline": "5 hip hinges",
        "good": "Your knees were nice and soft.",
        "change": "Send your back pockets to the wall.",
        "why": "It gives the hips a bigger share.",
        "try_it": "Try it in your next set.",
        "since_last": "About 9° less than last set.",
        "lumbar": "About 22° ± 6°: in between.",
    }
    return Summary.model_validate({**values, **changes})


def draw(svg: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Draw the code as a browser does: its dark modules are the runs of one path."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    side = int(root.attrib["viewBox"].split()[2])
    picture = np.full((side, side), 255, np.uint8)
    path = root.findall(f"{SVG}path")[1].attrib["d"]
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            picture[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
        else:
            x, y = values if command == "M" else (x + values[0], y + values[1])
    return np.kron(picture, np.ones((MODULE_PX, MODULE_PX), np.uint8))


def read(svg: str) -> str:
    """Read the code as a phone does."""
    text: str = cv2.QRCodeDetectorAruco().detectAndDecode(draw(svg))[0]
    return text


def across(svg: str) -> int:
    """Count the modules across, quiet zone aside."""
    return int(ET.fromstring(svg).attrib["viewBox"].split()[2]) - 8  # noqa: S314 - our own


class TestPlainText:
    @pytest.mark.parametrize("language", languages())
    def test_a_phone_reads_the_summary(self, language: str) -> None:
        wording = load_wording(language)
        text = read(summary_qr(summary(), wording=wording, public_url=None))
        assert text == carried_text(summary(), wording=wording, public_url=None)
        assert "5 hip hinges" in text
        assert "Send your back pockets to the wall." in text

    def test_what_went_well_comes_before_the_change(self) -> None:
        text = carried_text(summary(), wording=load_wording(), public_url=None)
        assert text.index("knees") < text.index("pockets") < text.index("next set")

    def test_the_lower_back_stays_with_its_evidence(self) -> None:
        assert "22°" not in carried_text(summary(), wording=load_wording(), public_url=None)

    def test_nothing_to_change_leaves_no_empty_line(self) -> None:
        bare = summary(change="", try_it="", since_last="")
        lines = carried_text(bare, wording=load_wording(), public_url=None).splitlines()
        assert len(lines) == 2
        assert all(line.partition(": ")[2] for line in lines)

    def test_a_long_summary_is_shortened_by_whole_words(self) -> None:
        long = summary(good=WORDY, try_it=WORDY)
        text = read(summary_qr(long, wording=load_wording(), public_url=None))
        assert "Send your back pockets to the wall." in text
        shortened = next(line for line in text.splitlines() if line.endswith("…"))
        assert shortened.partition(": ")[2].removesuffix("…") in WORDY
        assert shortened.removesuffix("…").split()[-1] in WORDY.split()


class TestLink:
    def test_a_phone_reads_a_link_to_this_server(self) -> None:
        link = read(summary_qr(summary(), wording=load_wording(), public_url=PUBLIC))
        assert link.startswith(f"{PUBLIC}/s#{LINK_VERSION}{FIELD_SEPARATOR}en{FIELD_SEPARATOR}")

    def test_the_summary_is_in_the_part_that_is_sent_to_nobody(self) -> None:
        link = carried_text(summary(), wording=load_wording(), public_url=f"{PUBLIC}/")
        address, _, fragment = link.partition("#")
        assert address == f"{PUBLIC}/s"
        fields = [unquote_plus(field) for field in fragment.split(FIELD_SEPARATOR)[2:]]
        assert dict(zip(READING_ORDER, fields, strict=True)) == {
            name: getattr(summary(), name) for name in READING_ORDER
        }

    def test_it_has_every_field_even_when_some_are_empty(self) -> None:
        link = carried_text(
            summary(change="", try_it=""), wording=load_wording(), public_url=PUBLIC
        )
        assert link.count(FIELD_SEPARATOR) == 1 + len(READING_ORDER)

    @pytest.mark.parametrize("text", ["a~b c", "100 % & more? #1", "über 9° – “so”", "a+b"])
    def test_no_letter_breaks_it(self, text: str) -> None:
        link = carried_text(summary(headline=text), wording=load_wording(), public_url=PUBLIC)
        fragment = link.partition("#")[2]
        assert re.fullmatch(r"[\w~%+,.!?:;'()/\-]*", fragment, re.ASCII)
        assert unquote_plus(fragment.split(FIELD_SEPARATOR)[2]) == text


class TestDrawing:
    def test_it_scales_and_keeps_its_quiet_zone(self) -> None:
        svg = summary_qr(summary(), wording=load_wording(), public_url=None)
        root = ET.fromstring(svg)  # noqa: S314 - our own
        assert not {"width", "height"} & root.attrib.keys()
        picture = draw(svg)
        quiet = 4 * MODULE_PX
        inside = picture[quiet:-quiet, quiet:-quiet]
        assert (picture == 0).sum() == (inside == 0).sum() > 0

    @pytest.mark.parametrize("language", languages())
    def test_it_has_a_name_for_those_who_do_not_see_it(self, language: str) -> None:
        wording = load_wording(language)
        root = ET.fromstring(summary_qr(summary(), wording=wording, public_url=None))  # noqa: S314
        assert root.findtext(f"{SVG}title") == wording.of("kiosk.scan")

    @pytest.mark.parametrize("public_url", [None, PUBLIC])
    @settings(max_examples=25, deadline=None)
    @given(texts=st.lists(st.text(max_size=400), min_size=5, max_size=5))
    def test_it_is_never_too_fine_for_a_phone(
        self, public_url: str | None, texts: list[str]
    ) -> None:
        wild = summary(**dict(zip(READING_ORDER, texts, strict=True)))
        wording = load_wording()
        text = carried_text(wild, wording=wording, public_url=public_url)
        assert len(text.encode()) <= MOST_BYTES
        svg = summary_qr(wild, wording=wording, public_url=public_url)
        assert bool(svg) == bool(text)
        if svg:
            assert across(svg) <= 17 + 4 * LARGEST_VERSION
