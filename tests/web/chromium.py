"""A real Chromium whose camera plays a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

PROGRAM: Final = Path("/usr/bin/chromium")

QUIET: Final = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
"""Nothing but the page runs, and nothing is asked of anybody."""

KEEP_PACE: Final = (
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
"""A page behind another one is not slowed down."""

LATE_CAMERA: Final = """
if (typeof MediaDevices === "function") {
  const original = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    while (window.hingewise?.connection !== "ready") {
      await new Promise((done) => setTimeout(done, 20));
    }
    return original.call(this, wanted);
  };
}
"""
"""The camera comes on when the server is ready for pictures, however long its networks take to
load: what it plays is then seen from its beginning."""

FAKE_CAMERA: Final = "--use-fake-device-for-media-stream"
ALLOW_CAMERA: Final = "--use-fake-ui-for-media-stream"


def launch(
    driver: Playwright,
    *,
    camera: Path | None = None,
    allow: bool = True,
    flags: tuple[str, ...] = (),
) -> Browser:
    """Start Chromium.

    Parameters
    ----------
    driver
        Of playwright.
    camera
        Motion-JPEG that its camera plays, over and over; None for no camera at all.
    allow
        Whether the camera may be used without asking.
    flags
        Further ones.
    """
    chosen = [*QUIET, *KEEP_PACE, *flags]
    if camera is not None:
        chosen += [FAKE_CAMERA, f"--use-file-for-fake-video-capture={camera}"]
    if allow:
        chosen.append(ALLOW_CAMERA)
    return driver.chromium.launch(executable_path=str(PROGRAM), args=chosen)
