"""The live server as a page meets it: a real server, a real socket, the real pose model."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from models.assessor import assess
from service.live import conversation, worker
from service.live.intake import decode_jpeg
from service.live.session import LiveSession
from service.pipeline import assess_recording, assess_video
from service.protocol import (
    SERVER_FRAME,
    FinishSet,
    Frame,
    KeepSet,
    Kept,
    Ping,
    Pong,
    Progress,
    RatePain,
    Ready,
    Refused,
    RepCount,
    Summary,
    Welcome,
    unpack_frame,
)
from service.settings import Settings
from tests.given_material import pose_bundle
from tests.live_server import (
    WAIT_S,
    grey_jpeg,
    jpeg_of,
    open_page,
    running_server,
    session_threads,
)
from vision.estimators.outlined import OutlinedBlazePose
from vision.frame import Frame as VideoFrame
from vision.recording import read_recording
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from service.live.house import House
    from tests.live_server import LiveServer, Page

SAMPLES: Final = Path(__file__).parents[2] / "sample_videos"
STATIONS: Final = 2

HELLO: Final = {"type": "hello", "protocol": 1}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    pose_bundle(mask=True)
    settings = Settings(
        data=tmp_path_factory.mktemp("data"), stations=STATIONS, adaptive=False, still_s=60
    )
    with running_server(settings) as running:
        yield running


@pytest.fixture(scope="module")
def visit(server: LiveServer) -> Page:
    """A whole set of a sample, summed up and kept; the page has gone since."""
    with open_page(server) as page:
        page.greet()
        with VideoFile(SAMPLES / "hinge_rounded.mp4") as video:
            for frame in video:
                page.show(frame)
        page.say(FinishSet())
        page.wait_for(Summary)
        page.say(KeepSet())
        page.wait_for(Kept)
    return page


@pytest.fixture
def page(server: LiveServer) -> Iterator[Page]:
    with open_page(server) as opened:
        assert isinstance(opened.next(), Welcome)
        yield opened


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert becomes_true(lambda: session_threads() == [])


def becomes_true(condition: Callable[[], bool]) -> bool:
    """Wait for what another thread is about to make true."""
    end_s = time.monotonic() + WAIT_S
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.01)
    return condition()


def sample_frames(name: str) -> list[VideoFrame]:
    """The frames of a sample as they arrive at the server: a JPEG each, time in milliseconds."""
    with VideoFile(SAMPLES / f"{name}.mp4") as video:
        return [
            VideoFrame(
                image=decode_jpeg(jpeg_of(frame.image), max_pixels=10**7),
                t_s=frame.t_s * 1000 / 1000,
                index=frame.index,
            )
            for frame in video
        ]


def get(url: str) -> tuple[int, dict[str, str], bytes]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=WAIT_S) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def metric(server: LiveServer, name: str) -> float:
    _, _, text = get(f"{server.url}/metrics")
    lines = [line.split() for line in text.decode().splitlines() if line.startswith(name)]
    return sum(float(line[-1]) for line in lines)


def end_of(page: Page) -> Refused:
    """The last refusal, after which the connection is closed."""
    refused = page.wait_for(Refused)
    while not refused.final:
        refused = page.wait_for(Refused)
    with pytest.raises(ConnectionClosed):
        page.next()
    return refused


class TestWholeSet:
    def test_it_is_the_offline_assessment_of_the_same_pictures(
        self, visit: Page, server: LiveServer
    ) -> None:
        frames = sample_frames("hinge_rounded")
        with OutlinedBlazePose(
            pose_bundle(mask=True),
            threads=server.house.settings.threads,
            plain=pose_bundle(mask=False),
        ) as estimator:
            offline = assess([estimator.estimate(frame) for frame in frames])
        recording = read_recording(kept_folder(visit, server) / "recording.poses.npz")
        kept = assess_recording(recording).assessment
        assert [rep.end_s for rep in kept.reps] == [rep.end_s for rep in offline.reps]
        assert kept.cue == offline.cue
        for metric_id, measured in offline.reps[0].metrics.items():
            np.testing.assert_array_equal(kept.reps[0].metrics[metric_id].value, measured.value)

    def test_count_and_cue_are_those_of_the_uploaded_video(self, visit: Page) -> None:
        uploaded = assess_video(SAMPLES / "hinge_rounded.mp4")
        [summary] = [one for one in visit.received if isinstance(one, Summary)]
        reps = [one for one in visit.received if isinstance(one, RepCount)]
        assert summary.reps == len(reps) == len(uploaded.report.reps) == 3
        assert uploaded.assessment.cue is not None
        assert summary.change
        for live, offline in zip(summary.per_rep, uploaded.report.reps, strict=True):
            assert live.bend_deg == pytest.approx(offline.metrics["peak_bend"].value, abs=1.0)
            assert offline.lumbar is not None
            peak = offline.lumbar.measurements["peak"].value
            assert live.lumbar_deg == pytest.approx(peak, abs=4.0)

    def test_a_kept_recording_replays_to_the_same_report(
        self, visit: Page, server: LiveServer
    ) -> None:
        folder = kept_folder(visit, server)
        again = assess_recording(read_recording(folder / "recording.poses.npz"))
        assert (folder / "report.json").read_text("utf-8") == again.report.to_json()

    def test_the_kept_report_can_be_opened(self, visit: Page, server: LiveServer) -> None:
        [kept] = [one for one in visit.received if isinstance(one, Kept)]
        status, headers, content = get(server.url + kept.url)
        assert status == 200
        assert b"<html" in content
        policy = headers["content-security-policy"]
        assert "script-src" not in policy
        assert policy.startswith("default-src 'none'")
        assert get(server.url + kept.url.replace("report.html", "../../kiosk.json"))[0] == 404
        assert get(f"{server.url}/sets/AAAAAAAAAAAAAAAAAAAAAA/report.html")[0] == 404

    def test_nothing_is_dropped_and_everything_counted(
        self, visit: Page, server: LiveServer
    ) -> None:
        frames = [one for one in visit.received if isinstance(one, Frame)]
        assert frames[-1].dropped == 0
        assert metric(server, "hingewise_frames_assessed_total") >= len(frames)
        assert metric(server, "hingewise_reps_total") >= 3
        for step in ("decode", "pose", "assess", "total"):
            assert metric(server, f'hingewise_frame_seconds_count{{step="{step}"}}') >= len(frames)


def kept_folder(visit: Page, server: LiveServer) -> Path:
    [kept] = [one for one in visit.received if isinstance(one, Kept)]
    return server.house.settings.data / "sets" / kept.url.split("/")[2]


class TestOpening:
    def test_welcome_tells_the_messages_and_the_landmarks(self, server: LiveServer) -> None:
        with open_page(server) as page:
            welcome = page.next()
        assert isinstance(welcome, Welcome)
        assert set(welcome.messages) == {"from_page", "from_server"}
        assert len(welcome.landmarks) == 33
        assert welcome.landmarks[0] == "nose"
        assert all(max(edge) < 33 for edge in welcome.edges)
        assert welcome.max_frame_bytes == server.house.settings.max_frame_bytes

    def test_hello_is_answered_by_a_station(self, page: Page) -> None:
        progress, loaded, ready, *_ = page.greet()
        assert isinstance(progress, Progress)
        assert isinstance(loaded, Progress)
        assert isinstance(ready, Ready)
        assert ready.station in range(1, STATIONS + 1)

    def test_own_pages_may_connect(self, server: LiveServer) -> None:
        with open_page(server, origin=server.url) as page:
            assert isinstance(page.next(), Welcome)

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
    def test_other_pages_may_not(self, server: LiveServer, origin: str) -> None:
        with pytest.raises(InvalidStatus) as refused, open_page(server, origin=origin):
            pass
        assert refused.value.response.status_code == 403

    def test_the_next_one_is_told_that_all_stations_are_busy(self, server: LiveServer) -> None:
        with open_page(server) as first, open_page(server) as second:
            first.greet()
            second.greet()
            with open_page(server) as third:
                third.socket.send(json.dumps(HELLO))
                refused = end_of(third)
            assert refused.code == "busy"
            assert "busy" in refused.text
        assert becomes_true(lambda: server.house.stations.taken == 0)
        with open_page(server) as later:
            assert later.greet()

    def test_an_old_page_is_told_to_load_anew(self, page: Page) -> None:
        page.socket.send(json.dumps({"type": "hello", "protocol": 0, "something": "old"}))
        assert end_of(page).code == "protocol"

    def test_whoever_says_nothing_is_let_go(
        self, server: LiveServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conversation, "HELLO_S", 0.2)
        with open_page(server) as page:
            assert end_of(page).code == "message"

    def test_a_ping_is_answered_before_hello_and_after(self, page: Page) -> None:
        page.say(Ping(number=7))
        assert page.wait_for(Pong).number == 7
        page.greet()
        page.say(Ping(number=8))
        assert page.wait_for(Pong).number == 8


def assessed_by(server: LiveServer) -> int:
    """Count the pictures that a server has assessed so far."""
    (told,) = server.house.metrics.assessed.collect()
    return int(sum(one.value for one in told.samples if one.name.endswith("_total")))


class TestBadInput:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "hello",
            "{",
            "[]",
            "null",
            '{"type": "dance"}',
            '{"type": "rate_pain", "pain": 11}',
            '{"type": "finish_set", "extra": 1}',
            '{"type": "hello", "protocol": 1}',
            '{"type": "ping", "number": -1}',
            "[" * 3000,
            "x" * (conversation.MOST_TEXT + 1),
            json.dumps({"type": "configure", "movement": "m" * 41}),
        ],
    )
    def test_a_message_that_cannot_be_read_is_refused_and_the_next_one_answered(
        self, page: Page, text: str
    ) -> None:
        page.greet()
        page.socket.send(text)
        refused = page.wait_for(Refused)
        assert (refused.code, refused.final) == ("message", False)
        page.say(Ping(number=1))
        assert page.wait_for(Pong).number == 1

    @pytest.mark.parametrize("text", ["{", '{"type": "finish_set"}', '{"type": "hello"}'])
    def test_so_is_one_before_hello(self, page: Page, text: str) -> None:
        page.socket.send(text)
        refused = page.wait_for(Refused)
        assert refused.code == ("protocol" if "hello" in text else "message")

    def test_twenty_of_them_are_enough(self, page: Page) -> None:
        page.greet()
        for _ in range(conversation.MOST_UNREADABLE):
            page.socket.send("{")
        assert end_of(page).code == "message"

    @pytest.mark.parametrize(
        "jpeg",
        [
            b"\x00",
            b"not a picture at all",
            grey_jpeg()[:200],
            grey_jpeg()[:-400],
            b"\xff\xd8\xff\xe0" + bytes(500),
            b"\x89PNG\r\n\x1a\n" + bytes(100),
            jpeg_of(np.full((480, 640, 1), 90, np.uint8), colours="GRAY"),
            grey_jpeg(8, 8),
            grey_jpeg(8192, 6144),
        ],
        ids=["byte", "text", "head", "cut", "no_size", "png", "grey", "tiny", "50_megapixels"],
    )
    def test_a_picture_that_cannot_be_used_is_refused_and_the_next_one_seen(
        self, page: Page, jpeg: bytes
    ) -> None:
        page.greet()
        page.send_picture(jpeg, 1.0)
        refused = page.wait_for(Refused)
        assert (refused.code, refused.final) == ("frame", False)
        page.send_picture(grey_jpeg(), 40.0)
        assert page.wait_for(Frame).landmarks is None

    @pytest.mark.parametrize("binary", [b"", b"\x01", bytes(13), b"\x07" + bytes(100)])
    def test_a_binary_message_that_is_no_picture_is_refused(
        self, page: Page, binary: bytes
    ) -> None:
        page.greet()
        page.socket.send(binary)
        assert page.wait_for(Refused).code == "frame"

    @pytest.mark.parametrize("t_ms", [float("nan"), float("inf"), -1.0, 5.0, 1e300])
    def test_times_must_grow(self, page: Page, t_ms: float) -> None:
        page.greet()
        page.send_picture(grey_jpeg(), 5.0)
        page.wait_for(Frame)
        page.send_picture(grey_jpeg(), t_ms)
        assert page.wait_for(Refused).code == "frame"

    def test_a_picture_of_too_many_bytes_is_refused(self, page: Page, server: LiveServer) -> None:
        page.greet()
        page.send_picture(bytes(server.house.settings.max_frame_bytes + 1), 1.0)
        assert page.wait_for(Refused).code == "frame"

    def test_one_past_all_measure_cuts_the_connection(self, page: Page) -> None:
        page.greet()
        with suppress(ConnectionClosed):  # the server may hang up before all of it was sent
            page.send_picture(bytes(40_000_000), 1.0)
        with pytest.raises(ConnectionClosed):
            page.wait_for(Refused)

    def test_a_picture_before_hello_is_refused(self, page: Page) -> None:
        page.send_picture(grey_jpeg(), 1.0)
        assert page.wait_for(Refused).code == "message"

    def test_pictures_that_cannot_be_used_come_to_an_end(self, page: Page) -> None:
        page.greet()
        for number in range(worker.MOST_UNUSABLE):
            page.send_picture(b"nothing", number)
            page.wait_for(Refused)
        assert isinstance(page.received[-1], Refused)
        assert page.received[-1].final

    def test_a_flood_of_messages_ends_the_connection(self, page: Page) -> None:
        page.greet()
        with suppress(ConnectionClosed):  # the server may hang up before all of them were sent
            for number in range(10_000):
                page.say(Ping(number=number))
        assert end_of(page).code == "flood"
        assert becomes_true(lambda: session_threads() == [])

    def test_a_flood_of_pictures_is_dropped_and_counted(
        self, server: LiveServer, page: Page
    ) -> None:
        before = assessed_by(server)
        page.greet()
        jpeg = grey_jpeg()
        for number in range(200):
            page.send_picture(jpeg, number + 1.0)
        page.say(Ping(number=1))
        page.wait_for(Pong)
        time.sleep(2 / conversation.PICTURES_PER_S)  # until the rate allows the next picture
        page.send_picture(jpeg, 1000.0)
        frame = page.wait_for(Frame)
        while frame.number < 201:
            frame = page.wait_for(Frame)
        assert frame.dropped > 0
        assert becomes_true(lambda: assessed_by(server) - before == 201 - frame.dropped)

    def test_pictures_may_change_their_size(self, page: Page) -> None:
        page.greet()
        sizes = []
        for number, (width, height) in enumerate([(640, 480), (480, 640), (1280, 720), (64, 64)]):
            page.send_picture(grey_jpeg(width, height), number * 33.0)
            sizes.append(page.wait_for(Frame).size)
        assert sizes == [(640, 480), (480, 640), (1280, 720), (64, 64)]


class TestEnding:
    def test_a_page_that_goes_away_leaves_nothing(self, server: LiveServer) -> None:
        with open_page(server) as page:
            page.greet()
            page.send_picture(grey_jpeg(), 1.0)
        assert becomes_true(lambda: session_threads() == [])
        assert becomes_true(lambda: server.house.stations.taken == 0)

    def test_a_session_that_stumbles_says_so_and_frees_its_station(
        self, page: Page, server: LiveServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stumble(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(LiveSession, "see", stumble)
        page.greet()
        page.send_picture(grey_jpeg(), 1.0)
        refused = end_of(page)
        assert refused.code == "internal"
        assert "ZeroDivision" not in refused.text
        assert becomes_true(lambda: server.house.stations.taken == 0)

    def test_a_missing_model_is_told_with_what_to_do(
        self, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HINGEWISE_CACHE", str(tmp_path))
        page.socket.send(json.dumps(HELLO))
        refused = end_of(page)
        assert refused.code == "internal"
        assert "hingewise assets --fetch" in refused.text

    def test_a_server_that_stops_ends_its_sessions(self, tmp_path: Path) -> None:
        with running_server(Settings(data=tmp_path)) as own:
            page = open_page(own)
            opened = page.__enter__()
            opened.greet()
        with pytest.raises(ConnectionClosed):
            opened.wait_for(Pong)
        assert becomes_true(lambda: session_threads() == [])


class TestServerCamera:
    def test_it_films_and_shows_what_it_films(self, tmp_path: Path) -> None:
        settings = Settings(data=tmp_path, camera=str(SAMPLES / "hinge_neutral.mp4"))
        with running_server(settings) as own, open_page(own) as page:
            page.greet(camera="server")
            while len(page.pictures) < 3:
                frame = page.wait_for(Frame)
            preview = unpack_frame(page.pictures[-1])
            assert preview.kind == SERVER_FRAME
            assert preview.number <= frame.number
            assert decode_jpeg(preview.jpeg, max_pixels=10**6).shape[1] == 640
            page.send_picture(grey_jpeg(), 1.0)
            assert page.wait_for(Refused).code == "message"

    def test_without_one_it_says_so(self, page: Page) -> None:
        page.socket.send(json.dumps(HELLO | {"camera": "server"}))
        assert end_of(page).code == "camera"

    def test_one_that_is_unplugged_is_tried_again(self, tmp_path: Path) -> None:
        settings = Settings(data=tmp_path, camera=99)
        with running_server(settings) as own, open_page(own) as page:
            page.greet(camera="server")
            told = [one for one in page.received if isinstance(one, Refused)]  # before it was ready
            refused = told[0] if told else page.wait_for(Refused)
            assert (refused.code, refused.final) == ("camera", False)
            page.say(RatePain(pain=1))
            assert page.wait_for(Refused).code == "message"


class TestPages:
    def test_health_tells_the_stations(self, server: LiveServer) -> None:
        status, _, content = get(f"{server.url}/healthz")
        assert status == 200
        assert json.loads(content)["stations"] == STATIONS

    @pytest.mark.parametrize("path", ["/", "/live", "/kiosk", "/healthz", "/nothing"])
    def test_every_answer_has_the_headers_that_keep_a_page_to_itself(
        self, server: LiveServer, path: str
    ) -> None:
        _, headers, _ = get(server.url + path)
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self'")
        assert f"ws://127.0.0.1:{server.port}" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["permissions-policy"].startswith("camera=(self)")

    def test_errors_are_problems(self, server: LiveServer) -> None:
        status, headers, content = get(f"{server.url}/nothing")
        assert status == 404
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(content)["status"] == 404


def test_the_house_is_what_the_settings_ask_for(server: LiveServer) -> None:
    house: House = server.house
    assert house.stations.limit == STATIONS
    assert house.stations.taken == 0
