// @ts-check
// What lets the kiosk run all day without anybody looking after it.

const WATCH_MS = 5000;
/** A camera that shows nothing new for so long is begun anew. */
const STALLED_MS = 8000;
/** Asked this often, while nobody is there, whether the page is still the one to show. */
const VERSION_MS = 15000;
/** A connection that did not come back for so long: the page may be what is in the way. */
const LOST_MS = 60000;
/** A language that a visitor chose goes back to the kiosk's own after so long without anybody. */
const LANGUAGE_MS = 20000;
const CURSOR_MS = 3000;

/** @typedef {import("/static/camera.js").Camera} Camera */
/** @typedef {import("/static/connection.js").Connection} Connection */

/** Keeps a screen from going dark, again and again: browsers let go of it when a page is hidden. */
export function keepAwake() {
  const ask = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => undefined);
  document.addEventListener("visibilitychange", ask);
  ask();
}

/** Shows the pointer only while somebody moves it. */
export function hideCursor() {
  let timer = 0;
  addEventListener("pointermove", () => {
    document.body.classList.add("pointing");
    clearTimeout(timer);
    timer = window.setTimeout(() => document.body.classList.remove("pointing"), CURSOR_MS);
  });
}

/**
 * Begins a camera anew for as long as it has a problem or shows nothing new.
 * @param {Camera} camera
 */
export function reviveCamera(camera) {
  let seenMs = performance.now();
  camera.on("picture", () => (seenMs = performance.now()));
  setInterval(() => {
    const stalled = !document.hidden && performance.now() - seenMs > STALLED_MS;
    if (!camera.problem && !stalled) return;
    seenMs = performance.now();
    camera.start();
  }, WATCH_MS);
}

/** Loads the page anew when the server has another one, or when it does not find back to it. */
export class Renewal {
  /**
   * @param {Connection} connection
   * @param {{version: string, screen: () => string, asked: boolean, reload?: (address: string) => void}} page
   */
  constructor(connection, { version, screen, asked, reload = (address) => location.replace(address) }) {
    this.connection = connection;
    this.version = version;
    this.screen = screen;
    this.asked = asked;
    this.reload = reload;
    this.readyMs = performance.now();
    this.busyMs = performance.now();
  }

  begin() {
    setInterval(() => this.note(), 1000);
    setInterval(() => this.look(), VERSION_MS);
  }

  note() {
    const nowMs = performance.now();
    if (this.connection.status === "ready") this.readyMs = nowMs;
    if (this.screen() !== "attract") this.busyMs = nowMs;
    if (this.asked && nowMs - this.busyMs > LANGUAGE_MS) this.reload("/kiosk");
  }

  async look() {
    const lost = performance.now() - this.readyMs > LOST_MS || this.connection.refusal === "protocol";
    const waits = this.screen() === "attract" || this.screen() === "waiting";
    if (!lost && !waits) return;
    const version = await currentVersion();
    if (version && (lost || version !== this.version)) this.reload(location.href);
  }
}

/** The version the server would send now; empty when it does not answer. */
async function currentVersion() {
  try {
    const answer = await fetch("/kiosk/version", { cache: "no-store", signal: AbortSignal.timeout(WATCH_MS) });
    return answer.ok ? await answer.text() : "";
  } catch {
    return "";
  }
}
