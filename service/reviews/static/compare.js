// @ts-check
import { Motion } from "./motion.js";
import { PairDiagram } from "./pair_diagram.js";
import { boundsOf, PhasePair } from "./phases.js";
import { followPrinting } from "./printing.js";
import { loopOf } from "./rep_diagram.js";
import { Screen } from "./screen.js";
import { ask } from "/static/asking.js";
import { clock } from "./words.js";
import { byId, element, setIcon, setText } from "/static/elements.js";
import { listenForKeys } from "/static/keys.js";
import { expose } from "/static/support.js";
import { readTexts } from "/static/texts.js";

const SIDES = /** @type {const} */ ([0, 1]);
const NAMES = ["a", "b"];
const SPEEDS = [1, 0.5, 0.25, 0.125];
const STEPS = 1000;
const PARTS = ["descent", "bottom", "ascent"];
/** The side that follows runs up to this much faster or slower until it has caught up. */
const MOST_HURRY = 0.5;
const HURRY_PER_S = 2;
const JUMP_S = 0.4;
const SLOWEST = 0.07;
const FASTEST = 4;

/** One set in its half of the page. */
class Side extends Screen {
  /**
   * @param {string} name
   * @param {Motion} motion
   * @param {string} address of the video, empty when it is not kept
   */
  constructor(name, motion, address) {
    super(motion, address, `-${name}`);
    this.overlay.redraw = () => this.draw();
    this.clock = byId(`time-${name}`);
  }

  /** @override */
  draw() {
    super.draw();
    setText(this.clock, clock(this.player.tS));
  }
}

/** Two sets side by side: the same phase of a repetition of each, whatever time it took. */
class Comparison {
  /** @param {Side[]} sides */
  constructor(sides) {
    this.texts = readTexts();
    this.sides = sides;
    this.place = 0;
    this.speed = 1;
    this.running = false;
    const [hip, lumbar] = ["hip", "lumbar"].map((name) => this.texts.of(`review.axis_${name}`));
    this.diagram = new PairDiagram(byId("diagram"), { hip, lumbar, limit: "" });
    for (const side of SIDES) {
      this.choices(side);
      sides[side].player.on("frame", (index) => this.shown(side, index));
    }
    this.pair = this.paired();
    this.choose();
    this.bind();
  }

  /** @param {0 | 1} side */
  choices(side) {
    const field = byId(`rep-${NAMES[side]}`);
    field.value = String(this.sides[side].motion.typical?.number ?? 1);
    field.addEventListener("change", () => this.choose());
  }

  /** Pair the chosen repetitions, and stand at their lowest points. */
  choose() {
    for (const side of SIDES) {
      this.diagram.setLoop(side, loopOf(this.sides[side].motion, this.rep(side)));
    }
    this.pair = this.paired();
    this.pause();
    this.go(this.pair.place(this.rep(0).bottom_s, 0));
  }

  paired() {
    return new PhasePair(boundsOf(this.rep(0)), boundsOf(this.rep(1)));
  }

  /**
   * The repetition that is chosen on a side.
   * @param {0 | 1} side
   */
  rep(side) {
    const { motion } = this.sides[side];
    return motion.rep(Number(byId(`rep-${NAMES[side]}`).value)) ?? motion.reps[0];
  }

  bind() {
    const slider = byId("place");
    slider.addEventListener("input", () => {
      this.pause();
      this.go(slider.value / STEPS);
    });
    slider.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.toggle();
    });
    byId("play").addEventListener("click", () => this.toggle());
    for (const speed of SPEEDS) {
      byId(`speed-${1 / speed}`).addEventListener("click", () => this.setSpeed(speed));
    }
    byId("print").addEventListener("click", () => print());
    /** @type {Record<string, () => void>} */
    const actions = {
      " ": () => this.toggle(),
      arrowleft: () => this.step(-1),
      arrowright: () => this.step(1),
    };
    for (const speed of SPEEDS) actions[String(1 / speed)] = () => this.setSpeed(speed);
    listenForKeys(actions);
    followPrinting(() => this.diagram.draw());
    this.showState();
  }

  /**
   * Go some pictures of the first set on or back.
   * @param {number} count
   */
  step(count) {
    this.pause();
    const { player, motion } = this.sides[0];
    const index = Math.max(0, Math.min(motion.count - 1, player.wanted + count));
    this.go(this.pair.place(motion.times[index], 0));
  }

  /** @param {number} place */
  go(place) {
    this.place = Math.max(0, Math.min(1, place));
    for (const side of SIDES) {
      const { player, motion } = this.sides[side];
      player.seek(motion.nearest(this.pair.time(this.place, side)));
    }
    this.tell();
  }

  tell() {
    const slider = byId("place");
    const part = PARTS[this.pair.part(this.place)];
    slider.value = String(Math.round(STEPS * this.place));
    slider.setAttribute("aria-valuetext", this.texts.of(`phase.${part}`));
    setText(byId("phase"), this.texts.of(`phase.${part}`));
  }

  toggle() {
    if (this.running) this.pause();
    else void this.play();
  }

  async play() {
    if (this.place > 0.99) this.go(0);
    this.running = true;
    this.keepUp();
    this.showState();
    try {
      await Promise.all(this.sides.map(({ player }) => player.film.play()));
    } catch {
      if (this.sides.some(({ player }) => !player.playing)) this.pause();
    }
  }

  /** Stop both; the one that ran ahead or behind goes to where the other one is. */
  pause() {
    const ran = this.running;
    this.running = false;
    for (const { player } of this.sides) player.pause();
    if (ran) this.go(this.place);
    this.showState();
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.keepUp();
    this.showState();
  }

  /**
   * @param {0 | 1} side
   * @param {number} index
   */
  shown(side, index) {
    this.sides[side].draw();
    this.diagram.show(side, index);
    const { player } = this.sides[side];
    if (!this.running || player.seeking) return;
    if (side === 1) {
      if (player.tS >= this.pair.bounds[1][3]) player.pause();
      return;
    }
    this.place = this.pair.place(player.tS, 0);
    if (this.place >= 1) this.pause();
    else this.keepUp();
    this.tell();
  }

  /** The first side leads; the second runs at the pace of its phase, and catches up when late. */
  keepUp() {
    const [leader, follower] = this.sides.map(({ player }) => player);
    leader.film.playbackRate = this.speed;
    const due = this.pair.time(this.place, 1);
    const late = due - follower.tS;
    if (this.running && Math.abs(late) > JUMP_S) follower.seek(follower.motion.nearest(due));
    const hurry = Math.max(-MOST_HURRY, Math.min(MOST_HURRY, HURRY_PER_S * late));
    const rate = this.speed * this.pair.pace(this.place, 1) * (1 + hurry);
    follower.film.playbackRate = Math.max(SLOWEST, Math.min(FASTEST, rate));
  }

  showState() {
    setIcon(byId("play").querySelector(".icon"), this.running ? "finish" : "begin");
    const word = this.texts.of(this.running ? "review.pause" : "review.play");
    setText(byId("play").querySelector("span"), word);
    for (const each of SPEEDS) {
      byId(`speed-${1 / each}`).setAttribute("aria-pressed", String(each === this.speed));
    }
  }
}

async function start() {
  const { reportA, reportB, videoA = "", videoB = "" } = byId("compare").dataset;
  try {
    const told = await Promise.all([reportA, reportB].map((report) => ask(`${report}/motion`)));
    const [a, b] = told.map((each) => new Motion(each));
    const sides = [new Side("a", a, videoA), new Side("b", b, videoB)];
    const comparison = new Comparison(sides);
    expose({
      place: () => comparison.place,
      indexes: () => sides.map(({ player }) => player.index),
      times: () => sides.map(({ player }) => player.tS),
      due: () => SIDES.map((side) => comparison.pair.time(comparison.place, side)),
      seeking: () => sides.some(({ player }) => player.seeking),
      running: () => comparison.running,
      edges: () => comparison.pair.edges,
      bounds: () => comparison.pair.bounds,
    });
  } catch {
    const words = readTexts().of("review.not_loaded");
    byId("pair").prepend(element("p", { class: "trouble", role: "alert" }, words));
  }
}

void start();
