// @ts-check
import { Curves } from "./curves.js";
import { Motion } from "./motion.js";
import { Notes } from "./notes.js";
import { followPrinting } from "./printing.js";
import { RepDiagram } from "./rep_diagram.js";
import { Screen } from "./screen.js";
import { listenAsSlider, listenForDrags, LONG_STEP } from "./scrubbing.js";
import { ask } from "/static/asking.js";
import { Sketch } from "./sketch.js";
import { StillPictures } from "./still_pictures.js";
import { clock, degrees } from "./words.js";
import { byId, element, setIcon, setText } from "/static/elements.js";
import { listenForKeys } from "/static/keys.js";
import { recall, remember } from "/static/storage.js";
import { expose } from "/static/support.js";
import { readTexts } from "/static/texts.js";

const SPEEDS = [1, 0.5, 0.25, 0.125];
const LAYERS = /** @type {const} */ (["skeleton", "outline", "angles"]);
const TOOLS = /** @type {const} */ (["free", "line", "arrow"]);
/** Two moments this near are the same one, when the next is looked for. */
const SAME_MOMENT_S = 0.02;
const MOST_PICTURES = 24;

/** The review page: one moment of a set, shown in video, curves and diagram at once. */
class Review {
  /**
   * @param {Motion} motion
   * @param {string} address of the video, empty when it is not kept
   */
  constructor(motion, address) {
    this.texts = readTexts();
    this.motion = motion;
    this.drawn = -1;
    this.screen = new Screen(motion, address);
    this.player = this.screen.player;
    this.overlay = this.screen.overlay;
    this.overlay.redraw = () => this.draw();
    const name = (/** @type {string} */ curve) => this.texts.of(`review.curve.${curve}`);
    this.curves = new Curves(byId("curves"), motion, name);
    const [hip, lumbar, limit] = ["axis_hip", "axis_lumbar", "own_limit"].map((key) =>
      this.texts.of(`review.${key}`),
    );
    this.diagram = new RepDiagram(byId("diagram"), motion, { hip, lumbar, limit });
    byId("diagram-own").hidden = !this.diagram.own;
    this.sketch = new Sketch(byId("sketch"), motion.size);
    this.stills = new StillPictures(motion, address);
    this.notes = this.makeNotes();
    this.bind();
  }

  makeNotes() {
    const here = () => ({ tS: this.player.tS, drawing: this.sketch.strokes });
    /** @type {(canvas: HTMLCanvasElement, note: import("./notes.js").Note) => void} */
    const illustrate = (canvas, note) => {
      const index = this.motion.nearest(note.t_s ?? 0);
      void this.stills.draw({ canvas, index, strokes: note.drawing ?? [] });
    };
    return new Notes(`${byId("review").dataset.report}/notes`, this.texts, here, illustrate);
  }

  bind() {
    this.bindPlayer();
    this.bindLayers();
    this.bindScrubbing();
    this.bindSketch();
    this.bindMoments();
    this.bindDialog();
    this.bindKeys();
    followPrinting(() => {
      this.curves.redraw();
      this.diagram.draw();
    });
    if (!this.screen.video) this.player.seek(0);
    this.showState();
    void this.drawPictures();
  }

  bindPlayer() {
    const { player } = this;
    player.on("frame", (index) => this.showFrame(index));
    player.on("wanted", (index) => this.showMoment(index));
    player.on("state", () => this.showState());
    byId("play").addEventListener("click", () => player.toggle());
    byId("back").addEventListener("click", () => player.step(-1));
    byId("on").addEventListener("click", () => player.step(1));
    for (const speed of SPEEDS) {
      byId(`speed-${1 / speed}`).addEventListener("click", () => player.setSpeed(speed));
    }
  }

  bindLayers() {
    for (const layer of LAYERS) {
      const shown = recall(`review.${layer}`, true);
      this.overlay.layers[layer] = shown;
      byId(layer).setAttribute("aria-pressed", String(shown));
      byId(layer).addEventListener("click", () => this.toggleLayer(layer));
    }
  }

  /** @param {(typeof LAYERS)[number]} layer */
  toggleLayer(layer) {
    const shown = !this.overlay.layers[layer];
    remember(`review.${layer}`, shown);
    this.overlay.setLayer(layer, shown);
    byId(layer).setAttribute("aria-pressed", String(shown));
  }

  bindScrubbing() {
    const { player, curves, diagram } = this;
    listenForDrags(curves.canvas, ([x]) => this.scrub(curves.indexAt(x)));
    listenForDrags(diagram.canvas, (place, begins) => {
      if (!diagram.isEmpty) this.scrub(diagram.indexAt(place, begins));
    });
    for (const { canvas } of [curves, diagram]) {
      canvas.setAttribute("aria-valuemax", String(this.motion.endS));
      listenAsSlider(canvas, {
        step: (count) => player.step(count),
        leap: (way) => this.leap(this.bottoms(), way),
        end: (last) => this.scrub(last ? this.motion.count - 1 : 0),
      });
    }
  }

  /** @param {number} index */
  scrub(index) {
    this.player.pause();
    this.player.seek(index);
  }

  bottoms() {
    return this.motion.reps.map((rep) => rep.bottom_s);
  }

  findings() {
    const times = [...document.querySelectorAll(".notable [data-time]")].map((button) =>
      Number(/** @type {HTMLElement} */ (button).dataset.time),
    );
    return [...new Set(times)].sort((a, b) => a - b);
  }

  /**
   * Go to the next or the last of some moments; round at the ends.
   * @param {number[]} times
   * @param {1 | -1} way
   */
  leap(times, way) {
    if (!times.length) return;
    const at = this.motion.times[this.player.wanted];
    const inOrder = way > 0 ? times : [...times].reverse();
    const next = inOrder.find((tS) => way * (tS - at) > SAME_MOMENT_S) ?? inOrder[0];
    this.player.seekTime(next);
  }

  bindSketch() {
    const { sketch } = this;
    byId("draw").addEventListener("click", () => this.togglePanel());
    byId("undo").addEventListener("click", () => sketch.undo());
    byId("clear").addEventListener("click", () => sketch.clear());
    for (const tool of TOOLS) {
      byId(`tool-${tool}`).addEventListener("click", () => this.chooseTool(tool));
    }
    sketch.changed = () => {
      byId("undo").disabled = byId("clear").disabled = !sketch.strokes.length;
      if (sketch.strokes.length) byId("note-moment").checked = true;
    };
    this.notes.on("open", (note) => this.openNote(note));
    this.notes.on("write", (note) => this.openPanel(note === null));
    this.notes.on("done", () => this.closePanel());
  }

  togglePanel() {
    if (!byId("note-form").hidden) this.closePanel();
    else {
      if (this.notes.changing) this.notes.edit(null);
      this.openPanel(true);
    }
  }

  /**
   * Open the place to write in; the curves give way to it, so that the picture keeps its size.
   * @param {boolean} draws whether there is something to draw on, too
   */
  openPanel(draws) {
    if (draws) this.player.pause();
    if (draws !== this.sketch.isOpen) this.sketch.clear();
    this.sketch.open(draws);
    this.showPanel(true);
  }

  closePanel() {
    const wasIn = byId("note-form").contains(document.activeElement);
    this.sketch.open(false);
    this.sketch.clear();
    this.showPanel(false);
    if (wasIn) byId("draw").focus();
  }

  /** @param {boolean} open */
  showPanel(open) {
    byId("note-form").hidden = !open;
    byId("player").classList.toggle("noting", open);
    byId("draw").setAttribute("aria-pressed", String(open));
  }

  /** @param {(typeof TOOLS)[number]} tool */
  chooseTool(tool) {
    this.sketch.tool = tool;
    for (const each of TOOLS) {
      byId(`tool-${each}`).setAttribute("aria-pressed", String(each === tool));
    }
  }

  /** @param {import("./notes.js").Note} note */
  openNote(note) {
    this.closePanel();
    this.player.seekTime(note.t_s ?? 0);
    this.sketch.show(note.drawing ?? []);
    this.noteIndex = this.player.wanted;
    byId("overlay").scrollIntoView({ block: "nearest" });
  }

  bindMoments() {
    for (const button of document.querySelectorAll("[data-time]")) {
      const tS = Number(/** @type {HTMLElement} */ (button).dataset.time);
      button.addEventListener("click", () => {
        this.player.seekTime(tS);
        byId("overlay").scrollIntoView({ block: "nearest" });
      });
    }
    byId("print").addEventListener("click", () => print());
  }

  bindDialog() {
    const dialog = byId("help");
    byId("open-help").addEventListener("click", () => dialog.showModal());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    this.bindLimits();
  }

  /** What a limit rests on shows on hover and focus, and goes with Escape. */
  bindLimits() {
    const limits = [...document.querySelectorAll(".limit")];
    addEventListener("keydown", ({ key }) => {
      if (key === "Escape") for (const limit of limits) limit.classList.add("dismissed");
    });
    for (const limit of limits) {
      for (const name of ["mouseleave", "focusout"]) {
        limit.addEventListener(name, () => limit.classList.remove("dismissed"));
      }
    }
  }

  bindKeys() {
    const { player } = this;
    /** @type {Record<string, (event: KeyboardEvent) => void>} */
    const actions = {
      " ": () => player.toggle(),
      arrowleft: (event) => player.step(event.shiftKey ? -LONG_STEP : -1),
      arrowright: (event) => player.step(event.shiftKey ? LONG_STEP : 1),
      n: () => this.leap(this.bottoms(), 1),
      p: () => this.leap(this.bottoms(), -1),
      f: (event) => this.leap(this.findings(), event.shiftKey ? -1 : 1),
      s: () => this.toggleLayer("skeleton"),
      b: () => this.toggleLayer("outline"),
      a: () => this.toggleLayer("angles"),
      d: () => this.togglePanel(),
      z: () => this.sketch.undo(),
      w: () => this.notes.write(null),
      "?": () => byId("help").showModal(),
      h: () => byId("help").showModal(),
    };
    for (const speed of SPEEDS) actions[String(1 / speed)] = () => player.setSpeed(speed);
    listenForKeys(actions, () => !document.querySelector("dialog[open]"));
  }

  /** @param {number} index */
  showFrame(index) {
    this.draw();
    if (!this.player.seeking) this.showMoment(index);
    const { isOpen, strokes } = this.sketch;
    if (!isOpen && strokes.length && index !== this.noteIndex) this.sketch.show([]);
  }

  draw() {
    const { index } = this.player;
    if (!this.motion.count) return;
    this.screen.draw();
    this.drawn = index;
  }

  /**
   * Show a moment everywhere but in the picture, which may come a little later.
   * @param {number} index
   */
  showMoment(index) {
    this.curves.show(index);
    this.diagram.show(index);
    setText(byId("time"), `${clock(this.motion.times[index])} / ${clock(this.motion.endS)}`);
    this.notes.showMoment();
    this.sayMoment(index);
  }

  /** @param {number} index */
  sayMoment(index) {
    const tS = this.motion.times[index];
    const rep = this.motion.repAt(tS);
    const unknown = this.texts.of("review.unknown");
    const [hip, knee, lumbar] = ["hip", "knee", "lumbar"].map((name) =>
      degrees(this.motion.value(name, index), unknown),
    );
    const phase = this.texts.of(`phase.${this.motion.phaseAt(tS)}`);
    const values = { time: clock(tS), hip, knee, lumbar, phase, number: rep?.number ?? 0 };
    const said = this.texts.of(rep ? "review.moment_in_rep" : "review.moment", values);
    for (const canvas of [this.curves.canvas, this.diagram.canvas]) {
      canvas.setAttribute("aria-valuenow", String(tS));
      canvas.setAttribute("aria-valuetext", said);
    }
    this.markRep(rep?.number ?? null);
  }

  /** @param {number | null} number of the repetition that is shown */
  markRep(number) {
    for (const button of document.querySelectorAll(".moments [data-rep]")) {
      const isNow = Number(/** @type {HTMLElement} */ (button).dataset.rep) === number;
      if (isNow) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  showState() {
    const { playing, speed } = this.player;
    setIcon(byId("play").querySelector(".icon"), playing ? "finish" : "begin");
    const word = this.texts.of(playing ? "review.pause" : "review.play");
    setText(byId("play").querySelector("span"), word);
    for (const each of SPEEDS) {
      byId(`speed-${1 / each}`).setAttribute("aria-pressed", String(each === speed));
    }
  }

  /** The deepest moment of each repetition, to press and to print. */
  async drawPictures() {
    const places = [...document.querySelectorAll(".moments canvas")].slice(0, MOST_PICTURES);
    for (const place of places) {
      const canvas = /** @type {HTMLCanvasElement} */ (place);
      await this.stills.draw({ canvas, index: this.motion.nearest(Number(canvas.dataset.at)) });
    }
  }
}

async function start() {
  const { report, video } = byId("review").dataset;
  try {
    const review = new Review(new Motion(await ask(`${report}/motion`)), video ?? "");
    expose({
      index: () => review.player.index,
      drawn: () => review.drawn,
      wanted: () => review.player.wanted,
      seeking: () => review.player.seeking,
      playing: () => review.player.playing,
      speed: () => review.player.speed,
      times: () => review.motion.times,
      chosen: () => review.diagram.chosen?.number ?? null,
      strokes: () => review.sketch.strokes,
      near: () => review.overlay.near,
    });
  } catch {
    const words = readTexts().of("review.not_loaded");
    byId("player").prepend(element("p", { class: "trouble", role: "alert" }, words));
  }
}

void start();
