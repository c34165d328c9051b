// @ts-check
import { listenForAnyKey } from "./any_key.js";
import { Screens, sentence } from "./screens.js";
import { hideCursor, keepAwake, Renewal, reviveCamera } from "./upkeep.js";
import { Camera } from "/static/camera.js";
import { Connection, PROTOCOL_VERSION } from "/static/connection.js";
import { byId } from "/static/elements.js";
import { Overlay } from "/static/overlay.js";
import { PictureFlow } from "/static/pictures.js";
import { expose, Pace } from "/static/support.js";
import { readTexts } from "/static/texts.js";
import { Voice } from "/static/voice.js";

/** @typedef {import("./screens.js").Screen} Screen */
/** @typedef {import("/static/voice.js").Kind} Kind */

const GUIDE_AGAIN_MS = 6000;
/**
 * Screens of which something is said when they come, and how important that is.
 * @type {Record<string, Kind>}
 */
const SAID = { invite: "guide", consent: "guide", turn: "guide", set: "good", still_there: "guide" };

/** The kiosk: shows the screen that the server's flow is at, and what is seen and heard in it. */
class KioskPage {
  constructor() {
    this.texts = readTexts();
    this.screens = new Screens(this.texts);
    this.set = byId("kiosk").dataset;
    this.voice = new Voice({ language: this.texts.language });
    this.voice.muted = false;
    this.voice.speaks = this.set.voice === "on";
    this.voice.volume = Number(this.set.volume);
    this.camera = this.set.camera === "browser" ? new Camera(byId("video")) : null;
    this.connection = new Connection({ hello: () => this.hello() });
    this.flow = new PictureFlow(this.connection);
    this.overlay = new Overlay(byId("overlay"));
    this.pace = new Pace();
    this.reps = 0;
    /** @type {Screen} what the server wants to be shown */
    this.screen = this.notice("connecting");
    /** @type {any} */
    this.summary = null;
    /** @type {Map<number, ImageBitmap>} pictures of the server's camera, until their frame comes */
    this.pictures = new Map();
    this.saidGuide = { key: "", atMs: -Infinity };
  }

  begin() {
    this.listenToServer();
    this.listenToCamera();
    this.voice.on("caption", (caption) => this.screens.showCaption(caption));
    this.voice.on("quiet", () => this.screens.endCaption());
    listenForAnyKey(() => this.screens.current, (action) => this.act(action));
    keepAwake();
    hideCursor();
    const { version = "", asked } = this.set;
    const screen = () => this.screens.current;
    new Renewal(this.connection, { version, screen, asked: asked !== undefined }).begin();
    this.exposeState();
    this.voice.unlock();
    this.show(this.screen);
    this.connection.open();
  }

  hello() {
    const { camera, movement, cues } = this.set;
    const { language } = this.texts;
    return { type: "hello", protocol: PROTOCOL_VERSION, mode: "kiosk", camera, movement, cues, language };
  }

  /**
   * A screen of the page's own, for when the server has none to show.
   * @param {"connecting" | "busy"} name
   * @returns {Screen}
   */
  notice(name) {
    const [title, text] = ["title", "text"].map((part) => this.texts.of(`kiosk.${name}.${part}`));
    return { screen: "waiting", seconds_left: null, title, text };
  }

  // ---- camera ----------------------------------------------------------------------------------

  listenToCamera() {
    const { camera } = this;
    if (!camera) return;
    camera.on("picture", (tMs) => this.flow.take(camera.video, tMs));
    camera.on("problem", () => this.show(this.screen));
    camera.on("started", () => this.show(this.screen));
    reviveCamera(camera);
    camera.start();
  }

  // ---- server ----------------------------------------------------------------------------------

  listenToServer() {
    const { connection, voice } = this;
    connection.on("status", (status) => this.statusChanged(status));
    connection.on("welcome", (welcome) => this.overlay.learn(welcome));
    connection.on("kiosk", (screen) => this.show(screen));
    connection.on("picture", (picture) => this.serverPicture(picture));
    connection.on("frame", ({ frame, picture }) => this.seen(frame, picture?.canvas));
    connection.on("rep", (rep) => this.counted(rep));
    connection.on("not_counted", ({ text }) => voice.say(text, "info"));
    connection.on("say", ({ kind, text }) => voice.say(text, kind));
    connection.on("summary", (summary) => this.summedUp(summary));
    connection.on("refused", ({ code, final }) => final && this.show(this.notice(code === "busy" ? "busy" : "connecting")));
  }

  /** @param {string} status */
  statusChanged(status) {
    if (status !== "lost") return;
    for (const picture of this.pictures.values()) picture.close();
    this.pictures.clear(); // a new conversation counts from the beginning
    this.forget();
    this.show(this.notice("connecting"));
  }

  /** @param {Screen} screen */
  show(screen) {
    const before = this.screen;
    this.screen = screen;
    this.screens.show(this.worded(screen));
    if (screen.screen === "countdown") this.countDown(screen.seconds_left ?? 0);
    if (screen.screen !== before.screen) this.entered(screen);
  }

  /**
   * A lost camera is told with what this browser knows about it.
   * @param {Screen} screen
   * @returns {Screen}
   */
  worded(screen) {
    const problem = this.camera?.problem;
    if (screen.screen !== "camera_lost" || !problem) return screen;
    return { ...screen, text: this.texts.of(`kiosk.problem.${problem}`) };
  }

  /** @param {Screen} screen */
  entered({ screen, title, text }) {
    const { voice } = this;
    if (screen === "attract" || screen === "camera_lost" || screen === "waiting") this.forget();
    if (screen === "invite") voice.tone("start");
    if (screen === "set") this.reps = 0;
    if (screen in SAID) voice.say(screen === "turn" ? title : sentence(title, text), SAID[screen]);
  }

  /** @param {number} seconds */
  countDown(seconds) {
    if (seconds > 0) this.voice.say(String(seconds), "count");
    else this.voice.tone("start");
  }

  /**
   * @param {any} frame
   * @param {CanvasImageSource} [canvas]
   */
  seen(frame, canvas) {
    const picture = canvas ?? this.takePicture(frame.number);
    this.pace.drew(frame.t_ms, performance.now());
    const { screen } = this.screen;
    if (screen !== "turn" && screen !== "set") return;
    this.overlay.draw(frame, picture);
    if (screen === "turn") this.showGuide(frame.guide);
    else this.measured(frame);
  }

  /** @param {any} frame */
  measured(frame) {
    this.reps = frame.reps;
    this.screens.showReps(frame.reps);
    this.screens.showRange(frame.range);
  }

  /** @param {{key: string, text: string, detail: string} | null} guide */
  showGuide(guide) {
    this.screens.guide(guide);
    const nowMs = performance.now();
    const isNews = guide?.key !== this.saidGuide.key || nowMs - this.saidGuide.atMs > GUIDE_AGAIN_MS;
    if (!guide || !isNews) return;
    this.saidGuide = { key: guide.key, atMs: nowMs };
    this.voice.say(guide.text, "guide");
  }

  /** @param {{number: number}} rep */
  counted({ number }) {
    this.reps = number;
    this.screens.showReps(number);
    this.voice.say(String(number), "count");
  }

  /** @param {any} summary */
  summedUp(summary) {
    this.summary = summary;
    this.screens.showSummary(summary);
    this.voice.say(summary.spoken || summary.headline, "summary");
  }

  forget() {
    this.summary = null;
    this.reps = 0;
    this.saidGuide = { key: "", atMs: -Infinity };
    this.screens.forget();
    this.overlay.clear();
    this.voice.hush();
  }

  // ---- a camera that is attached to the server -------------------------------------------------

  /** @param {{number: number, jpeg: Blob}} picture */
  async serverPicture({ number, jpeg }) {
    const bitmap = await createImageBitmap(jpeg).catch(() => null);
    if (!bitmap) return;
    this.pictures.get(number)?.close();
    this.pictures.set(number, bitmap);
  }

  /**
   * The picture that a frame is about, or the newest before it; older ones are let go.
   * @param {number} number
   */
  takePicture(number) {
    const known = [...this.pictures.keys()].filter((key) => key <= number).sort((a, b) => a - b);
    const newest = known.pop();
    for (const key of known) {
      this.pictures.get(key)?.close();
      this.pictures.delete(key);
    }
    return newest === undefined ? null : (this.pictures.get(newest) ?? null);
  }

  // ---- person ----------------------------------------------------------------------------------

  /** @param {"start" | "stay" | "back" | "staff" | "language"} action */
  act(action) {
    if (action === "staff") location.assign("/kiosk/staff?kiosk");
    else if (action === "language") nextLanguage();
    else this.connection.send({ type: "press", action });
  }

  exposeState() {
    expose({
      screen: () => this.screens.current,
      secondsLeft: () => this.screen.seconds_left,
      reps: () => this.reps,
      summary: () => structuredClone(this.summary),
      connection: () => this.connection.status,
      camera: () => this.camera?.problem ?? "",
      fps: () => this.pace.fps(),
      frames: () => this.pace.frames,
      latencyMs: () => [...this.pace.latencyMs],
      pictures: () => ({ encoded: this.flow.encoded, ...this.connection.counts }),
      messages: () => ({ ...this.connection.messages }),
    });
  }
}

/** Load the page in the language after this one. */
function nextLanguage() {
  const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll(".languages a")]);
  const current = links.findIndex((link) => link.hasAttribute("aria-current"));
  links[(current + 1) % links.length]?.click();
}

new KioskPage().begin();
