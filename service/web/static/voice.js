// @ts-check
import { Emitter } from "./emitter.js";
import { recall, remember } from "./storage.js";

/** @typedef {"count" | "guide" | "info" | "good" | "cue" | "summary"} Kind */
/** @typedef {{text: string, kind: Kind, tone: string, madeMs: number}} Utterance */

/** What may interrupt what: something at least as important as that which is being said. */
const IMPORTANCE = { count: 0, info: 1, guide: 1, good: 2, cue: 3, summary: 4 };

/** @type {Record<Kind, string>} */
const TONE_OF_KIND = {
  count: "count",
  info: "",
  guide: "adjust",
  good: "good",
  cue: "adjust",
  summary: "done",
};

/**
 * Notes of each tone: frequency in Hz, start and length in seconds.
 * @type {Record<string, number[][]>}
 */
const TONES = {
  count: [[660, 0, 0.12]],
  good: [[660, 0, 0.12], [880, 0.11, 0.2]],
  adjust: [[587, 0, 0.14], [440, 0.13, 0.22]],
  done: [[523, 0, 0.16], [659, 0.13, 0.16], [784, 0.26, 0.34]],
  tick: [[440, 0, 0.08]],
  start: [[880, 0, 0.3]],
};

const SAME_AGAIN_MS = 6000;
const STALE_MS = 3000;
const TONE_LEADS_MS = 220;
/** How long a caption stands when there is no voice to say it. */
const LEAST_READING_MS = 1200;
const READING_MS_PER_WORD = 330;
/** Speech that sends no end, as in some browsers, is taken as ended after so many times that. */
const SLOWEST_SPEECH = 2.5;

/**
 * Says and shows one thing at a time: a tone, a caption, and speech when the browser has a voice.
 *
 * Emits `caption` with `{text, kind}` for everything, heard or muted, and `change` when a setting
 * changes. The newest important thing wins; a less important one waits, and is dropped when late.
 */
export class Voice extends Emitter {
  /** @param {{language?: string}} [options] */
  constructor({ language = "en" } = {}) {
    super();
    this.language = language;
    this.muted = recall("muted", false);
    this.speaks = recall("speaks", true);
    this.volume = recall("volume", 0.8);
    /** @type {Utterance | null} */
    this.current = null;
    /** @type {Utterance | null} */
    this.waiting = null;
    /** @type {{text: string, atMs: number}} */
    this.last = { text: "", atMs: -Infinity };
    this.timer = 0;
    this.turn = 0;
    /** @type {AudioContext | null} */
    this.audio = null;
    for (const gesture of ["pointerdown", "keydown"]) {
      addEventListener(gesture, () => this.unlock(), { capture: true });
    }
  }

  /** Browsers let a page make sound after the first key or tap. */
  unlock() {
    this.audio ??= "AudioContext" in window ? new AudioContext() : null;
    if (this.audio?.state === "suspended") this.audio.resume().catch(() => undefined);
    this.emit("change");
  }

  /** Whether the browser still keeps the page silent. */
  get locked() {
    return this.audio?.state !== "running";
  }

  /** @param {{muted?: boolean, speaks?: boolean, volume?: number}} settings */
  set(settings) {
    Object.assign(this, settings);
    for (const [name, value] of Object.entries(settings)) remember(name, value);
    if (this.muted || !this.speaks) window.speechSynthesis?.cancel();
    this.emit("change");
  }

  /**
   * Say something, or keep it for when what is being said has ended.
   * @param {string} text
   * @param {Kind} [kind]
   */
  say(text, kind = "info") {
    const nowMs = performance.now();
    const isRepeated = text === this.last.text && nowMs - this.last.atMs < SAME_AGAIN_MS;
    if (!text || (isRepeated && kind !== "count")) return;
    this.last = { text, atMs: nowMs };
    const utterance = { text, kind, tone: TONE_OF_KIND[kind], madeMs: nowMs };
    const busy = this.current && IMPORTANCE[kind] < IMPORTANCE[this.current.kind];
    if (!busy) this.begin(utterance);
    else if (kind === "count") this.tone("count");
    else this.waiting = utterance;
  }

  /** Fall silent, and forget what waits. */
  hush() {
    this.turn += 1;
    clearTimeout(this.timer);
    this.current = this.waiting = null;
    window.speechSynthesis?.cancel();
  }

  /** @param {Utterance} utterance */
  begin(utterance) {
    this.turn += 1;
    const { turn } = this;
    this.current = utterance;
    window.speechSynthesis?.cancel();
    clearTimeout(this.timer);
    this.emit("caption", { text: utterance.text, kind: utterance.kind });
    if (utterance.tone) this.tone(utterance.tone);
    const lead = utterance.tone && utterance.kind !== "count" ? TONE_LEADS_MS : 0;
    this.timer = window.setTimeout(() => this.speak(utterance, turn), lead);
  }

  /**
   * @param {Utterance} utterance
   * @param {number} turn
   */
  speak(utterance, turn) {
    if (turn !== this.turn) return;
    const words = utterance.text.split(/\s+/).length;
    const readingMs = Math.max(LEAST_READING_MS, words * READING_MS_PER_WORD);
    const voice = this.findVoice();
    const done = () => this.ended(turn);
    if (!voice || this.muted || !this.speaks) {
      this.timer = window.setTimeout(done, utterance.kind === "count" ? 400 : readingMs);
      return;
    }
    const speech = new SpeechSynthesisUtterance(utterance.text);
    Object.assign(speech, { voice, lang: voice.lang, volume: this.volume });
    Object.assign(speech, { onend: done, onerror: done });
    window.speechSynthesis.speak(speech);
    this.timer = window.setTimeout(done, SLOWEST_SPEECH * readingMs);
  }

  /** @param {number} turn */
  ended(turn) {
    if (turn !== this.turn) return;
    clearTimeout(this.timer);
    this.current = null;
    const next = this.waiting;
    this.waiting = null;
    if (next && performance.now() - next.madeMs < STALE_MS) this.begin(next);
    else this.emit("quiet");
  }

  /** A voice of the page's language; null when there is none. */
  findVoice() {
    const voices = window.speechSynthesis?.getVoices() ?? [];
    const fitting = voices.filter((voice) => voice.lang.toLowerCase().startsWith(this.language));
    return fitting.find((voice) => voice.localService) ?? fitting[0] ?? null;
  }

  /**
   * Play a tone without words.
   * @param {string} name one of count, good, adjust, done, tick, start
   */
  tone(name) {
    this.emit("tone", name);
    if (this.muted || !this.audio || this.audio.state !== "running") return;
    const { audio } = this;
    for (const [hertz, start, length] of TONES[name] ?? []) {
      playNote(audio, { hertz, start: audio.currentTime + start, length, volume: this.volume });
    }
  }
}

/**
 * @param {AudioContext} audio
 * @param {{hertz: number, start: number, length: number, volume: number}} note
 */
function playNote(audio, { hertz, start, length, volume }) {
  const oscillator = new OscillatorNode(audio, { type: "triangle", frequency: hertz });
  const gain = new GainNode(audio, { gain: 0 });
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.4 * volume, start + 0.012);
  gain.gain.exponentialRampToValueAtTime(0.001, start + length);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + length);
}
