// @ts-check
import { CalibrationSteps } from "./calibration.js";
import { Camera } from "./camera.js";
import { Connection, PROTOCOL_VERSION } from "./connection.js";
import { Diagram } from "./diagram.js";
import { byId } from "./elements.js";
import { listenForKeys, NumberKeys } from "./keys.js";
import { LiveView } from "./live_view.js";
import { Overlay } from "./overlay.js";
import { PictureFlow } from "./pictures.js";
import { Preferences } from "./preferences.js";
import { ProblemPage } from "./problems.js";
import { renderSummary, summaryButtons } from "./summary.js";
import { expose, Pace } from "./support.js";
import { readTexts } from "./texts.js";
import { Voice } from "./voice.js";

const NUMBERS_EVERY_MS = 500;
const LOST_SHOWN_AFTER_MS = 1500;
/** With no frame for so long, the live picture shows instead of the last one that was measured. */
const STALL_MS = 1200;
const GUIDE_AGAIN_MS = 9000;
/**
 * States in which the stage says something though nothing stands in the way, with its icon.
 * @type {Record<string, string>}
 */
const GUIDE_OF_STATE = { starting: "wait", framing: "wait", ready: "ready" };
const CAMERA_PROBLEMS = ["denied", "none", "busy", "unplugged", "insecure", "unknown"];
const CONNECTION_PROBLEMS = ["stations_busy", "protocol", "lost", "internal"];

/** The live coaching page: what comes from camera, server and person, and where it goes. */
class LivePage {
  constructor() {
    this.texts = readTexts();
    this.view = new LiveView(this.texts);
    this.voice = new Voice({ language: this.texts.language });
    this.preferences = new Preferences(this.texts, this.voice);
    this.camera = new Camera(byId("video"));
    this.connection = new Connection({ hello: () => this.hello() });
    this.flow = new PictureFlow(this.connection);
    this.overlay = new Overlay(byId("overlay"));
    this.diagram = new Diagram(byId("diagram"), {
      hip: this.texts.of("live.axis_hip"),
      lumbar: this.texts.of("live.axis_lumbar"),
      limit: this.texts.of("live.own_limit"),
    });
    this.problem = new ProblemPage(byId("problem"), this.texts, () => this.again());
    this.steps = new CalibrationSteps();
    this.painKeys = new NumberKeys();
    this.pace = new Pace();
    this.state = "starting";
    this.reps = 0;
    /** @type {any} */
    this.summary = null;
    this.keptUrl = "";
    /** @type {any} */
    this.frame = null;
    /** @type {Map<string, string>} */
    this.titles = new Map();
    this.lastDrawnMs = -Infinity;
    this.lostTimer = 0;
    this.station = 0;
    this.calibratesWhenReady = false;
    this.said = { text: "", atMs: -Infinity };
  }

  begin() {
    this.listenToCamera();
    this.listenToServer();
    this.listenToPerson();
    this.exposeState();
    setInterval(() => this.tick(), NUMBERS_EVERY_MS);
    this.camera.start();
    this.connection.open();
  }

  hello() {
    const how = { mode: "live", camera: "browser", ...this.preferences.hello() };
    return { type: "hello", protocol: PROTOCOL_VERSION, ...how };
  }

  // ---- camera ----------------------------------------------------------------------------------

  listenToCamera() {
    const { camera } = this;
    camera.on("picture", (tMs) => this.flow.take(camera.video, tMs));
    camera.on("problem", (problem) => this.problem.show(problem));
    camera.on("started", () => {
      this.problem.clear(...CAMERA_PROBLEMS);
      this.showCameras();
    });
    camera.on("devices", () => this.showCameras());
  }

  async showCameras() {
    const chosen = this.camera.stream?.getVideoTracks()[0]?.getSettings().deviceId;
    this.preferences.showCameras(await this.camera.choices(), chosen);
  }

  /** Show what is filmed now, with nothing drawn on it. */
  showCamera() {
    this.overlay.clear();
    this.view.showMeasured(false);
  }

  // ---- server ----------------------------------------------------------------------------------

  listenToServer() {
    const { connection, voice } = this;
    connection.on("status", (status) => this.statusChanged(status));
    connection.on("welcome", (welcome) => this.overlay.learn(welcome));
    connection.on("ready", (ready) => this.ready(ready));
    connection.on("frame", ({ frame, picture }) => this.seen(frame, picture?.canvas));
    connection.on("state", ({ state }) => this.stateChanged(state));
    connection.on("rep", (rep) => this.counted(rep));
    connection.on("not_counted", ({ text }) => voice.say(text, "info"));
    connection.on("say", ({ kind, text }) => voice.say(text, kind));
    connection.on("summary", (summary) => this.summedUp(summary));
    connection.on("kept", ({ url }) => this.kept(url));
    connection.on("calibrated", (result) => this.calibrated(result));
    connection.on("progress", (progress) => this.progressed(progress));
    connection.on("refused", (refusal) => this.refused(refusal));
  }

  /** @param {string} status */
  statusChanged(status) {
    if (status === "connecting" || status === "open") return; // it is lost until it is ready
    clearTimeout(this.lostTimer);
    if (status === "ready") this.connected();
    if (status !== "lost") return;
    this.showCamera();
    this.lostTimer = window.setTimeout(() => {
      if (!CAMERA_PROBLEMS.includes(this.problem.kind)) this.problem.show("lost");
    }, LOST_SHOWN_AFTER_MS);
  }

  /** What stood in the way of the connection is gone; what stands before the camera may show. */
  connected() {
    this.problem.clear(...CONNECTION_PROBLEMS);
    if (this.camera.problem) this.problem.show(this.camera.problem);
  }

  /**
   * @typedef {import("./diagram.js").OwnBend} OwnBend
   * @param {{station: number, movements: {id: string, title: string}[], own_bend: OwnBend | null}}
   *   ready
   */
  ready({ station, movements, own_bend: ownBend }) {
    this.station = station;
    this.titles = new Map(movements.map(({ id, title }) => [id, title]));
    this.preferences.showMovements(movements);
    this.showOwnBend(ownBend);
    this.newSet();
    this.stateChanged("framing");
    if (this.calibratesWhenReady) this.calibrate();
  }

  /**
   * @param {any} frame
   * @param {CanvasImageSource} [picture]
   */
  seen(frame, picture) {
    this.frame = frame;
    this.overlay.draw(frame, picture);
    this.view.showMeasured(Boolean(picture));
    const nowMs = performance.now();
    this.lastDrawnMs = nowMs;
    this.pace.drew(frame.t_ms, nowMs);
    this.reps = frame.reps;
    this.view.showFrame(frame, nowMs);
    this.view.showFinish(this.state, frame.reps);
    this.showGuide(frame);
    if (this.state !== "summary") this.diagram.add(frame.lumbar, frame.phase === "standing");
    this.showDiagramKeys();
  }

  /** @param {OwnBend | null} ownBend */
  showOwnBend(ownBend) {
    this.diagram.setOwnBend(ownBend);
    byId("diagram-own").hidden = !ownBend;
    this.showDiagramKeys();
  }

  /** Say what the lines mean once there are some; until then, when there will be. */
  showDiagramKeys() {
    byId("diagram-caption").classList.toggle("empty", this.diagram.isEmpty);
  }

  /** @param {any} frame */
  showGuide(frame) {
    const guide = this.state === "calibrating" ? this.calibrationGuide(frame) : frame.guide;
    this.view.showGuide(guide ?? this.stateGuide());
    if (guide && this.state !== "summary") this.sayGuide(guide);
  }

  /**
   * Say how to stand when that changes, and again when it lasts.
   * @param {{key: string, text: string}} guide
   */
  sayGuide({ key, text }) {
    const nowMs = performance.now();
    const lasts = text === this.said.text && nowMs - this.said.atMs < GUIDE_AGAIN_MS;
    if (lasts) return;
    this.said = { text, atMs: nowMs };
    this.voice.say(text, key === "calibrate" ? "info" : "guide");
  }

  /** What the stage says when nothing stands in the way. */
  stateGuide() {
    const key = GUIDE_OF_STATE[this.state];
    if (!key) return null;
    const text = this.texts.of(`live.${this.state}_title`);
    return { key, text, detail: this.texts.of(`live.${this.state}_detail`) };
  }

  /** @param {any} frame */
  calibrationGuide(frame) {
    const step = this.steps.see(frame);
    const text = this.texts.of(`live.calibrating.${step}`);
    return { key: "calibrate", text, detail: this.texts.of("live.calibrating.title") };
  }

  /** @param {string} state */
  stateChanged(state) {
    const before = this.state;
    this.state = state;
    this.view.showScreen(state);
    byId("summary").hidden = state !== "summary";
    this.lockStage();
    if (before === "summary" && state !== "summary") this.newSet();
    if (state === "calibrating") this.beginCalibration();
    if (state === "ready" && before !== "ready") this.say(this.texts.of("live.ready_title"));
    this.view.showGuide(this.frame?.guide ?? this.stateGuide());
    this.view.showFinish(state, this.reps);
  }

  beginCalibration() {
    this.steps.begin(this.frame?.t_ms ?? 0);
    this.diagram.reset();
    this.diagram.draw();
    this.view.showReps(0);
  }

  newSet() {
    this.summary = null;
    this.keptUrl = "";
    this.reps = 0;
    this.diagram.reset();
    this.diagram.draw();
    this.view.showReps(0);
    this.voice.hush();
    byId("summary-actions").replaceChildren();
    const focused = document.activeElement;
    if (focused === document.body || byId("summary").contains(focused)) byId("stage").focus();
  }

  /** @param {any} rep */
  counted(rep) {
    this.reps = rep.number;
    this.view.showReps(rep.number);
    this.diagram.finishRep(rep);
    const count = this.texts.of("live.count_said", { count: rep.number });
    if (this.state !== "calibrating") this.voice.say(count, "count");
    this.showFound(rep.movement);
  }

  /**
   * Name the movement that was found, where it was left to be found.
   * @param {string} movement
   */
  showFound(movement) {
    const option = byId("movement").querySelector('option[value="auto"]');
    const title = this.titles.get(movement);
    if (!option || !title || movement === "auto") return;
    option.textContent = this.texts.of("live.found", { movement: title });
  }

  /** @param {any} summary */
  summedUp(summary) {
    const isNew = summary.set_number !== this.summary?.set_number;
    const isNews = isNew || summary.spoken !== this.summary.spoken;
    this.summary = summary;
    if (this.state !== "summary") this.stateChanged("summary");
    this.renderSummary(isNew);
    if (isNews) this.voice.say(summary.spoken || summary.headline, "summary");
  }

  /** @param {boolean} isNew */
  renderSummary(isNew) {
    const place = byId("summary");
    const buttons = byId("summary-actions");
    const focused = place.contains(document.activeElement) ? focusMark(document.activeElement) : "";
    const action = buttons.contains(document.activeElement) && actionMark(document.activeElement);
    const choice = { keep: () => this.keep(), discard: () => this.discard() };
    const actions = {
      pain: (/** @type {number} */ pain) => this.ratePain(pain),
      ...(this.keptUrl ? { kept: this.keptUrl } : choice),
    };
    renderSummary(place, this.summary, this.texts, actions);
    buttons.replaceChildren(...summaryButtons(this.texts, actions));
    if (action) (buttons.querySelector(action) ?? buttons.querySelector("a, button"))?.focus();
    const target = isNew ? ".summary-title" : focused;
    if (target) /** @type {HTMLElement} */ (place.querySelector(target)).focus();
    if (isNew) place.scrollTop = 0;
  }

  keep() {
    this.connection.send({ type: "keep_set" });
    this.voice.hush();
    this.say(this.texts.of("live.summary.keeping"));
  }

  discard() {
    this.connection.send({ type: "discard_set" });
  }

  /** @param {string} url */
  kept(url) {
    this.keptUrl = url;
    this.renderSummary(false);
    this.say(this.texts.of("live.summary.kept"));
  }

  /** @param {{own_bend: OwnBend | null, text: string}} result */
  calibrated({ own_bend: ownBend, text }) {
    if (ownBend) this.showOwnBend(ownBend);
    this.voice.say(text, ownBend ? "good" : "cue");
  }

  /** @param {{doing: string, share: number}} progress */
  progressed({ doing, share }) {
    byId("live").style.setProperty("--progress", String(share));
    if (doing !== "loading" || share >= 1) return;
    const text = this.texts.of("live.loading_title");
    this.view.showGuide({ key: "wait", text, detail: this.texts.of("live.loading_detail") });
  }

  /** @param {{code: string, text: string, final: boolean}} refusal */
  refused({ code, text, final }) {
    if (!final) return this.say(text);
    const kind = { busy: "stations_busy", protocol: "protocol" }[code] ?? "internal";
    this.problem.show(kind, kind === "protocol" ? "" : text);
  }

  /** @param {string} text */
  say(text) {
    this.voice.say(text, "info");
  }

  // ---- person ----------------------------------------------------------------------------------

  listenToPerson() {
    const { connection, preferences, voice } = this;
    voice.on("caption", (caption) => this.view.showCaption(caption));
    voice.on("quiet", () => this.view.fadeCaption());
    voice.on("change", () => this.showSoundHint());
    preferences.on("configure", (change) => connection.send({ type: "configure", ...change }));
    preferences.on("camera", (id) => this.camera.start(id));
    preferences.on("calibrate", () => this.calibrate());
    preferences.on("person", () => this.personChanged());
    preferences.on("numbers", () => this.showNumbers());
    byId("finish").addEventListener("click", () => this.finishOrStart());
    byId("calibrate").addEventListener("click", () => this.calibrate());
    byId("full").addEventListener("click", toggleFullScreen);
    document.addEventListener("visibilitychange", () => this.visibilityChanged());
    listenForKeys(this.keys(), () => preferences.values().keys);
    this.showSoundHint();
  }

  keys() {
    const { preferences, voice } = this;
    const pain = Object.fromEntries(
      Array.from({ length: 10 }, (_, digit) => [
        String(digit),
        (/** @type {KeyboardEvent} */ { timeStamp }) =>
          this.ratePain(this.painKeys.read(digit, timeStamp)),
      ]),
    );
    return {
      ...pain,
      " ": () => this.finishOrStart(),
      m: () => voice.set({ muted: !voice.muted }),
      "+": () => preferences.changeVolume(1),
      "=": () => preferences.changeVolume(1),
      "-": () => preferences.changeVolume(-1),
      k: () => this.mayChoose && this.keep(),
      d: () => this.mayChoose && this.discard(),
      c: () => this.calibrate(),
      s: () => preferences.toggleDialog("settings"),
      h: () => preferences.toggleDialog("help"),
      "?": () => preferences.toggleDialog("help"),
      f: () => toggleFullScreen(),
      i: () => preferences.toggleNumbers(),
    };
  }

  /** Whether a set waits to be kept or let go, with nothing open above it. */
  get mayChoose() {
    return this.summary && !this.keptUrl && !document.querySelector("dialog[open]");
  }

  finishOrStart() {
    if (byId("finish").disabled) return;
    const starts = this.state === "summary" || this.state === "calibrating";
    this.connection.send({ type: starts ? "start_set" : "finish_set" });
  }

  /** @param {number} pain */
  ratePain(pain) {
    if (this.state === "summary") this.connection.send({ type: "rate_pain", pain });
  }

  /** Begin the calibration; where the session begins anew right now, after that. */
  calibrate() {
    if (this.state === "calibrating") return;
    this.calibratesWhenReady = this.connection.status !== "ready" && this.titles.size > 0;
    const { person } = this.preferences.values();
    this.connection.send({ type: "calibrate", person: person || null });
  }

  /** A session knows its person from its first message on; a set under way is not thrown away. */
  personChanged() {
    if (this.state === "framing" || this.state === "ready") this.connection.open();
  }

  again() {
    if (CAMERA_PROBLEMS.includes(this.problem.kind)) this.camera.start();
    else if (this.problem.kind === "protocol") location.reload();
    else this.connection.open();
  }

  visibilityChanged() {
    this.connection.pause(document.hidden);
    if (document.hidden) this.voice.hush();
    else keepAwake();
  }

  showSoundHint() {
    const silent = this.voice.locked && !this.voice.muted;
    this.view.showHint(silent ? this.texts.of("live.sound_locked") : "");
  }

  /** Nothing behind a summary or a problem can be reached. */
  lockStage() {
    byId("stage").inert = this.state === "summary" || this.problem.kind !== "";
  }

  // ---- small print -----------------------------------------------------------------------------

  tick() {
    this.lockStage();
    if (performance.now() - this.lastDrawnMs > STALL_MS) this.showCamera();
    this.showNumbers();
  }

  showNumbers() {
    const { frame, pace } = this;
    const shown = this.preferences.values().numbers && frame;
    const values = shown && {
      fps: Math.round(pace.fps()),
      latency: Math.round(pace.delayMs()),
      dropped: frame.dropped + this.connection.counts.replaced,
      model: frame.quality.model,
      every: frame.quality.outline_every,
    };
    const station = this.texts.of("live.station", { number: this.station });
    this.view.showNumbers(shown ? `${station}: ${this.texts.of("live.numbers", values)}` : "");
  }

  exposeState() {
    expose({
      screen: () => this.view.screen,
      state: () => this.state,
      reps: () => this.reps,
      summary: () => structuredClone(this.summary),
      problem: () => this.problem.kind,
      connection: () => this.connection.status,
      fps: () => this.pace.fps(),
      frames: () => this.pace.frames,
      latencyMs: () => [...this.pace.latencyMs],
      quality: () => structuredClone(this.frame?.quality ?? null),
      frame: () => structuredClone(this.frame),
      pictures: () => ({ encoded: this.flow.encoded, ...this.connection.counts }),
      messages: () => ({ ...this.connection.messages }),
      muted: () => this.voice.muted,
    });
  }
}

/**
 * How to find the like of a focused element after the summary was written anew.
 * @param {Element | null} focused
 */
function focusMark(focused) {
  const { pain } = /** @type {HTMLElement} */ (focused).dataset;
  return pain === undefined ? ".summary-title" : `[data-pain="${pain}"]`;
}

/**
 * How to find the like of a focused button after the buttons were made anew.
 * @param {Element | null} focused
 */
function actionMark(focused) {
  return `[data-action="${/** @type {HTMLElement} */ (focused).dataset.action}"]`;
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => undefined);
}

/** A screen that goes dark in the middle of a set helps nobody. */
function keepAwake() {
  navigator.wakeLock?.request("screen").catch(() => undefined);
}

keepAwake();
new LivePage().begin();
