"""The live page when something comes between: no camera, a reload, a dead server, no place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest

from tests.web.fake_webcam import filmed
from tests.web.live_page import LivePage
from tests.web.running_server import RunningServer
from vision.recording import read_recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.conftest import Coaching, Filming, Look
    from tests.web.fake_webcam import Footage
    from tests.web.tempo import Tempo

SAMPLE: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_rounded.mp4"
SHALLOW: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_shallow_rounded.mp4"


@pytest.fixture(scope="module")
def footage() -> Footage:
    """One hinge, with time before it to get ready and after it to stand still."""
    return filmed(SAMPLE).part(0, 4.5).held(before_s=5, after_s=8)


@pytest.fixture
def own_server(tempo: Tempo, tmp_path: Path) -> Iterator[RunningServer]:  # noqa: ARG001 - may skip
    """Run a server of one station, to be killed."""
    with RunningServer(tmp_path, {"STATIONS": 1, "STILL_S": 3, "ADAPTIVE": False}) as running:
        yield running


# ---- no camera ---------------------------------------------------------------------------------


def test_a_refused_camera_is_explained(
    filming: Filming, server: RunningServer, tempo: Tempo, footage: Footage, look: Look
) -> None:
    context = filming(footage, allow=False, flags=("--deny-permission-prompts",))
    page = LivePage(context.new_page(), server, tempo)
    page.open()
    page.until("h.problem === 'denied'")
    look(page.page, "problem_denied")
    assert page.page.locator("#problem h2").inner_text()


def test_a_missing_camera_is_explained(
    filming: Filming, server: RunningServer, tempo: Tempo, look: Look
) -> None:
    page = LivePage(filming(None).new_page(), server, tempo)
    page.open()
    page.until("h.problem === 'none'")
    look(page.page, "problem_none")


def test_a_page_without_encryption_from_elsewhere_explains_tls(
    filming: Filming, server: RunningServer, footage: Footage, look: Look
) -> None:
    flags = ("--host-resolver-rules=MAP gym.example 127.0.0.1",)
    page = filming(footage, flags=flags).new_page()
    page.goto(f"http://gym.example:{urlsplit(server.url).port}/live")
    page.wait_for_function("() => window.hingewise.problem === 'insecure'")
    look(page, "problem_insecure")
    assert "--tls" in page.locator("#problem").inner_text()


# ---- in the middle of a set --------------------------------------------------------------------


def test_a_reload_begins_anew_and_frees_its_station(
    coaching: Coaching, server: RunningServer, tempo: Tempo, footage: Footage
) -> None:
    def attempt() -> LivePage:
        page = coaching(footage)
        page.until("h.reps === 1")
        page.page.reload()
        page.until("h.connection === 'ready' && h.frames > 0")
        return page

    page = tempo.keep_up(attempt)
    assert page.told("reps") == 0
    assert page.told("summary") is None
    assert server.metrics()["hingewise_sessions"] == 1


def test_a_server_that_dies_in_a_set_is_told_and_found_again(
    filming: Filming, own_server: RunningServer, tempo: Tempo, footage: Footage, look: Look
) -> None:
    def attempt() -> LivePage:
        page = LivePage(filming(footage).new_page(), own_server, tempo)
        page.open()
        page.until("h.reps === 1")
        own_server.kill()
        page.until("h.problem === 'lost'", watch_pace=False)
        look(page.page, "problem_lost")
        own_server.start()
        page.until("h.connection === 'ready' && h.problem === ''", watch_pace=False)
        page.until("h.reps === 1 && h.state === 'set'")
        return page

    page = tempo.keep_up(attempt)
    assert page.told("summary") is None


def test_a_page_too_many_waits_for_a_free_station(
    filming: Filming, own_server: RunningServer, tempo: Tempo, footage: Footage, look: Look
) -> None:
    context = filming(footage)
    first, second = (LivePage(context.new_page(), own_server, tempo) for _ in range(2))
    first.open()
    first.until("h.connection === 'ready'", watch_pace=False)
    second.open()
    second.until("h.problem === 'stations_busy'", watch_pace=False)
    look(second.page, "problem_busy")
    first.page.close()
    second.until("h.connection === 'ready' && h.problem === ''", watch_pace=False)


# ---- after a set -------------------------------------------------------------------------------


def summed_up(coaching: Coaching, footage: Footage) -> LivePage:
    page = coaching(footage)
    page.until("h.reps === 1")
    page.page.keyboard.press(" ")
    page.until("h.state === 'summary'")
    return page


def test_a_kept_set_opens_as_a_report_and_its_recording_says_the_same(
    coaching: Coaching, server: RunningServer, tempo: Tempo, footage: Footage, look: Look
) -> None:
    page = tempo.keep_up(lambda: summed_up(coaching, footage))
    before = set(server.kept_files())
    page.page.keyboard.press("k")
    link = page.page.locator('a[href^="/sets/"]')
    link.wait_for()
    with page.page.expect_popup() as opened:
        link.click()
    report = opened.value
    report.wait_for_load_state()
    look(report, "kept_report")
    assert page.told("summary")["change"] in report.locator("body").inner_text()
    added = sorted(set(server.kept_files()) - before)
    recordings = [name for name in added if name.endswith(".poses.npz")]
    assert len(recordings) == 1
    assert len(read_recording(server.data / recordings[0]).poses) > 30


def test_soreness_changes_the_summary_and_a_discarded_set_leaves_nothing(
    coaching: Coaching, server: RunningServer, tempo: Tempo, footage: Footage, look: Look
) -> None:
    before = server.kept_files()
    page = tempo.keep_up(lambda: summed_up(coaching, footage))
    said = page.told("summary")
    page.page.keyboard.press("7")
    page.until("h.summary?.pain === 7", watch_pace=False)
    look(page.page, "summary_sore")
    assert said["pain"] is None
    assert page.told("summary")["change"] != said["change"]
    page.page.keyboard.press("d")
    page.until("h.state !== 'summary' && h.summary === null", watch_pace=False)
    assert server.kept_files() == before
