"""The page to send videos in a real Chromium, against the real API; only a worker is missing.

What a worker would do to a set is done to its row by the test.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.jobs.heartbeat import beat, leave
from service.store.tables import FilmedAtSource, ReportRow, Set, Status, Upload, UploadState
from tests.web import chromium
from tests.web.conftest import SAMPLE
from tests.web.people_pages import PeopleServer

axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is absent")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page, Playwright, Route

    from tests.web.conftest import Look

    Opening = Callable[..., AbstractContextManager["Opened"]]

pytestmark = pytest.mark.played

MOST_BYTES: Final = 5_000_000
PART_BYTES: Final = 4 * 1024 * 1024
LAPTOP: Final = {"width": 1280, "height": 800}
PATIENCE_MS: Final = 120_000
"""Longest wait for anything; a crowded machine is slow."""
SILENCE_MS: Final = 60_000
FIRST_WAIT_MS: Final = 500
PARTS: Final = re.compile(r"/api/v1/uploads/[^/]+$")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleServer]:
    folder = tmp_path_factory.mktemp("upload")
    with PeopleServer(folder, max_upload_bytes=MOST_BYTES) as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    program = chromium.launch(playwright_driver)
    yield program
    program.close()


class Opened:
    """The page, and what it asked the server for."""

    def __init__(self, page: Page, server: PeopleServer) -> None:
        self.page = page
        self.server = server
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{server.url}/upload")

    @property
    def rows(self) -> Locator:
        return self.page.locator(".row")

    def choose(self, *files: Path | dict[str, Any]) -> None:
        self.page.locator("#files").set_input_files(list(files))  # type: ignore[arg-type] # as its own type

    def shows(self, text: str | re.Pattern[str], selector: str = ".row") -> Locator:
        found = self.page.locator(selector).filter(has_text=text)
        found.first.wait_for()
        return found

    def press(self, action: str) -> None:
        self.page.locator(f"[data-action={action}]").first.click()


@pytest.fixture
def opening(browser: Browser, server: PeopleServer) -> Opening:
    @contextmanager
    def opened(**options: Any) -> Iterator[Opened]:  # noqa: ANN401 - passed on
        context = browser.new_context(**{"viewport": LAPTOP, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE_MS)
        there = Opened(context.new_page(), server)
        yield there
        context.close()
        assert there.errors == []

    return opened


@pytest.fixture
def upload(opening: Opening) -> Iterator[Opened]:
    with opening() as page:
        yield page


@pytest.fixture
def long_video(tmp_path: Path) -> Path:
    """Make a file of two parts that begins as a video does; what follows its end is ignored."""
    path = tmp_path / "long.mp4"
    path.write_bytes(SAMPLE.read_bytes().ljust(PART_BYTES + 200_000, b"\0"))
    return path


def rows_of(server: PeopleServer, kind: type[Set | Upload]) -> list[Any]:
    with server.stores.database.reading() as session:
        return list(session.query(kind))


def uploads_named(server: PeopleServer, name: str) -> list[Any]:
    return [row for row in rows_of(server, Upload) if row.name == name]


def change_set(server: PeopleServer, name: str, **values: object) -> str:
    """Do to the latest set of a video what a worker would."""
    with server.stores.database.transaction() as session:
        row = session.query(Set).filter_by(source_name=name).order_by(Set.created_at.desc()).first()
        assert row is not None
        for column, value in values.items():
            setattr(row, column, value)
        if row.status == Status.DONE:
            session.add(ReportRow(set_id=row.id, reps=0, metrics=[], program_version="1"))
        return str(row.id)


def copy_of(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.write_bytes(SAMPLE.read_bytes())
    return path


def fake(name: str, size: int) -> dict[str, Any]:
    return {"name": name, "mimeType": "video/mp4", "buffer": b"\0" * size}


class TestWay:
    def test_from_a_file_to_its_report(self, upload: Opened, tmp_path: Path, look: Look) -> None:
        name = "first.mp4"
        upload.page.locator("#person").fill("Kim")
        upload.choose(copy_of(tmp_path, name))
        upload.shows("In the queue")
        row = upload.shows(name)
        assert row.locator(".row-whose").inner_text() == "of Kim"
        look(upload.page, "upload-queued")
        set_id = change_set(upload.server, name, status=Status.WORKING, progress=0.42)
        upload.shows("Looking at your movement: 42 %")
        assert row.locator("progress").get_attribute("value") == "42"
        look(upload.page, "upload-working")
        change_set(upload.server, name, status=Status.DONE, progress=1.0)
        upload.shows("Your report is ready")
        assert row.locator("[data-action=open]").get_attribute("href") == f"/review/{set_id}"
        upload.shows(f"{name}: your report is ready", "#said")
        look(upload.page, "upload-done")
        kept = next(one for one in rows_of(upload.server, Set) if one.id == set_id)
        assert kept.person_id is not None

    def test_a_day_of_filming_goes_with_it(self, upload: Opened, tmp_path: Path) -> None:
        upload.page.locator("#filmed-on").fill("2026-03-14")
        upload.choose(copy_of(tmp_path, "march.mp4"))
        upload.shows("In the queue")
        kept = next(one for one in rows_of(upload.server, Set) if one.source_name == "march.mp4")
        assert kept.filmed_at_source == FilmedAtSource.DAY
        assert kept.filmed_at.astimezone().date().isoformat() == "2026-03-14"

    def test_without_a_worker_it_says_so(self, upload: Opened, tmp_path: Path, look: Look) -> None:
        upload.choose(copy_of(tmp_path, "waits.mp4"))
        row = upload.shows("No worker is running on this server")
        look(upload.page, "upload-no-worker")
        beat(upload.server.stores.database, "worker")
        row.first.wait_for(state="detached")
        upload.shows("In the queue")
        leave(upload.server.stores.database, "worker")

    def test_several_go_one_after_the_other(self, upload: Opened, tmp_path: Path) -> None:
        names = ("one.mp4", "two.mp4", "three.mp4")
        upload.choose(*(copy_of(tmp_path, name) for name in names))
        upload.shows("3 videos added", "#said")
        for name in names:
            upload.shows(re.compile(f"{name}.*In the queue", re.DOTALL))
        assert [len(uploads_named(upload.server, name)) for name in names] == [1, 1, 1]

    def test_the_same_video_again_is_sent_and_the_earlier_report_named(
        self, opening: Opening, tmp_path: Path
    ) -> None:
        path = copy_of(tmp_path, "again.mp4")
        with opening() as first:
            first.choose(path)
            first.shows("In the queue")
        with opening() as second:
            second.choose(path)
            second.shows("This video was here before")

    def test_files_are_dropped(self, upload: Opened) -> None:
        data = upload.page.evaluate_handle(
            "bytes => { const data = new DataTransfer();"
            " data.items.add(new File([new Uint8Array(bytes)], 'dropped.mp4'));"
            " return data; }",
            [1, 2, 3],
        )
        upload.page.dispatch_event("#drop", "drop", {"dataTransfer": data})
        upload.shows("dropped.mp4")

    def test_a_person_can_be_named_in_the_address(self, upload: Opened) -> None:
        upload.page.goto(f"{upload.server.url}/upload?person=Ren%C3%A9e")
        assert upload.page.locator("#person").input_value() == "Renée"


class TestBrokenConnection:
    def test_goes_on_by_itself_where_it_stopped(self, upload: Opened, long_video: Path) -> None:
        offsets: list[int] = []

        def break_second_part(route: Route) -> None:
            if route.request.method == "PATCH":
                offsets.append(int(route.request.headers["upload-offset"]))
                if len(offsets) == 2:
                    route.abort("connectionreset")
                    return
            route.continue_()

        upload.page.route(PARTS, break_second_part)
        upload.choose(long_video)
        upload.shows("In the queue")
        assert offsets == [0, PART_BYTES, PART_BYTES]

    def test_a_line_on_which_nothing_moves_is_given_up(
        self, upload: Opened, tmp_path: Path
    ) -> None:
        asked: list[str] = []

        def hold_first(route: Route) -> None:
            asked.append(route.request.method)
            if asked.count("PATCH") != 1 or asked[-1] != "PATCH":
                route.continue_()

        upload.page.clock.install()
        upload.page.route(PARTS, hold_first)
        with upload.page.expect_request(PARTS):
            upload.choose(copy_of(tmp_path, "silent.mp4"))
        upload.page.clock.fast_forward(SILENCE_MS // 2)
        assert upload.rows.filter(has_text="Sending").count() == 1
        upload.page.clock.fast_forward(SILENCE_MS)
        upload.shows("The connection is gone. It goes on by itself.")
        upload.page.clock.fast_forward(FIRST_WAIT_MS)
        upload.shows("In the queue")
        assert asked == ["PATCH", "GET", "PATCH"]

    def test_a_page_loaded_anew_does_not_send_twice(self, upload: Opened, long_video: Path) -> None:
        def hold_second_part(route: Route) -> None:
            if route.request.headers.get("upload-offset") != str(PART_BYTES):
                route.continue_()

        upload.page.route(PARTS, hold_second_part)
        video = long_video.rename(long_video.with_name("half.mp4"))
        upload.choose(video)
        upload.page.wait_for_function(
            "size => Number(document.querySelector('progress').value) >= size",
            arg=int(100 * PART_BYTES / video.stat().st_size),
        )
        (half,) = uploads_named(upload.server, video.name)
        upload.page.on("dialog", lambda dialog: dialog.accept())
        upload.page.reload()
        upload.shows("Please choose this file again")
        upload.page.unroute(PARTS)
        sent: list[str] = []
        upload.page.on(
            "request",
            lambda one: (
                sent.append(one.headers["upload-offset"]) if one.method == "PATCH" else None
            ),
        )
        upload.choose(video)
        upload.shows("In the queue")
        assert sent == [str(PART_BYTES)]
        assert [one.id for one in uploads_named(upload.server, video.name)] == [half.id]

    def test_an_analysis_is_found_again(self, upload: Opened, tmp_path: Path) -> None:
        upload.choose(copy_of(tmp_path, "later.mp4"))
        upload.shows("In the queue")
        upload.page.reload()
        upload.shows(re.compile("later.mp4.*In the queue", re.DOTALL))
        set_id = change_set(upload.server, "later.mp4", status=Status.WORKING)
        upload.shows("Looking at your movement")
        with upload.server.stores.database.transaction() as session:
            session.delete(session.get_one(Set, set_id))
        upload.page.reload()
        upload.rows.first.wait_for(state="detached")
        assert upload.page.locator("#sent").is_hidden()


class TestRefusals:
    def test_too_large_is_told_before_anything_is_sent(self, upload: Opened) -> None:
        asked: list[str] = []
        upload.page.on("request", lambda one: asked.append(one.url))
        upload.choose(fake("huge.mp4", MOST_BYTES + 1))
        upload.shows("This video has 5 MB; up to 5 MB fit.")
        upload.choose(fake("empty.mp4", 0))
        upload.shows("There is nothing in this file.")
        assert [url for url in asked if "/api/" in url] == []
        assert uploads_named(upload.server, "huge.mp4") == []

    def test_what_is_no_video_is_refused_in_the_servers_words(
        self, upload: Opened, look: Look
    ) -> None:
        upload.choose(fake("letter.mp4", 3000))
        upload.page.locator(".row-words").filter(has_text="letter.mp4").wait_for()
        (row,) = uploads_named(upload.server, "letter.mp4")
        assert row.state == UploadState.REFUSED
        assert upload.page.locator(".row-words").inner_text() == row.reason
        look(upload.page, "upload-refused")
        upload.press("remove")
        assert upload.page.locator("#sent").is_hidden()

    def test_a_failed_analysis_can_be_tried_again(self, upload: Opened, tmp_path: Path) -> None:
        upload.choose(copy_of(tmp_path, "failed.mp4"))
        upload.shows("In the queue")
        reason = "This video could not be read to its end."
        change_set(upload.server, "failed.mp4", status=Status.FAILED, reason=reason)
        upload.shows(reason)
        upload.press("again")
        upload.shows("In the queue")

    def test_no_answer_is_told_and_passes(self, upload: Opened, tmp_path: Path) -> None:
        upload.page.route("**/api/v1/uploads", lambda route: route.abort())
        upload.choose(copy_of(tmp_path, "away.mp4"))
        upload.shows("The connection is gone. It goes on by itself.")
        upload.page.unroute("**/api/v1/uploads")
        upload.shows("In the queue")

    @pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>.mp4", "a" * 200 + ".mp4"])
    def test_a_name_is_only_text(self, upload: Opened, name: str) -> None:
        upload.choose(fake(name, 10))
        assert upload.page.locator(".row-name").inner_text() == name
        assert upload.page.locator(".row img").count() == 0


class TestCancelling:
    def test_while_it_is_sent(self, upload: Opened, long_video: Path) -> None:
        upload.page.route(
            PARTS,
            lambda route: None if route.request.method == "PATCH" else route.continue_(),
        )
        video = long_video.rename(long_video.with_name("cancelled.mp4"))
        upload.choose(video)
        upload.shows(re.compile("Sending"))
        with upload.page.expect_response(lambda one: one.request.method == "DELETE"):
            upload.press("cancel")
        upload.shows("Cancelled")
        assert uploads_named(upload.server, video.name) == []

    def test_while_it_waits_for_its_analysis(self, upload: Opened, tmp_path: Path) -> None:
        upload.choose(copy_of(tmp_path, "waiting.mp4"))
        upload.shows("In the queue")
        upload.press("cancel")
        upload.shows("Cancelled")


class TestLooks:
    @pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("de", "dark")])
    def test_axe_finds_nothing_and_no_screen_is_too_narrow(
        self, opening: Opening, language: str, scheme: str, tmp_path: Path, look: Look
    ) -> None:
        options = {"locale": language, "color_scheme": scheme, "reduced_motion": "reduce"}
        with opening(**options) as page:
            page.choose(fake("n" * 120 + ".mp4", 0), fake("huge.mp4", MOST_BYTES + 1))
            page.choose(copy_of(tmp_path, f"look_{language}.mp4"))
            page.page.locator("[data-action=open]").wait_for()
            found = axe_api.Axe().run(page.page).response["violations"]
            assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
            assert page.page.locator("html").get_attribute("lang") == language
            for width, height in ((360, 640), (768, 1024), (1920, 1080)):
                page.page.set_viewport_size({"width": width, "height": height})
                look(page.page, f"upload-{width}-{language}")
                assert width == page.page.evaluate("document.documentElement.scrollWidth")

    def test_every_control_is_reached_and_used_with_the_keyboard(self, upload: Opened) -> None:
        upload.choose(fake("empty.mp4", 0))
        reached = []
        for _ in range(20):
            upload.page.keyboard.press("Tab")
            reached.append(
                upload.page.evaluate(
                    "() => { const at = document.activeElement;"
                    " return at.id || at.dataset.action || at.className; }"
                )
            )
        wanted = ["skip", "person", "movement", "filmed-on", "tape", "choose", "remove"]
        assert [one for one in dict.fromkeys(reached) if one in wanted] == wanted
        upload.page.evaluate(
            "() => document.getElementById('files').addEventListener('click', event => {"
            " event.preventDefault(); window.asked = true; })"
        )
        upload.page.locator("#choose").press("Enter")
        upload.page.wait_for_function("window.asked")
