// @ts-check
import { ask, Refusal } from "/static/asking.js";
import { byId, setText } from "/static/elements.js";
import { readTexts } from "/static/texts.js";

const FINAL = ["done", "failed", "cancelled"];
const ASK_AGAIN_MS = 3000;

/** Shows how far the analysis of a set is, until it is done. */
class Waiting {
  /** @param {string} job address of the job */
  constructor(job) {
    this.job = job;
    this.texts = readTexts();
    this.page = byId("waiting");
    byId("cancel").addEventListener("click", () => void this.order("cancel"));
    byId("restart").addEventListener("click", () => void this.order("restart"));
    const status = this.page.dataset.status ?? "queued";
    this.show({ status, progress: null, reason: byId("reason").textContent });
    if (!FINAL.includes(status)) this.listen();
  }

  listen() {
    const events = new EventSource(`${this.job}/events`);
    events.addEventListener("message", ({ data }) => {
      const told = JSON.parse(data);
      if (FINAL.includes(told.status)) events.close();
      this.show(told);
    });
    events.addEventListener("error", () => {
      if (events.readyState !== EventSource.CLOSED) return;
      setTimeout(() => void this.look(), ASK_AGAIN_MS);
    });
  }

  /** Ask once, where the server tells nothing by itself. */
  async look() {
    try {
      const told = await ask(this.job);
      this.show(told);
      if (FINAL.includes(told.status)) return;
    } catch {
      setText(byId("status-text"), this.texts.of("review.waiting.no_answer"));
    }
    setTimeout(() => void this.look(), ASK_AGAIN_MS);
  }

  /**
   * @param {object} told
   * @param {string} told.status
   * @param {number | null} told.progress
   * @param {string | null} told.reason
   * @param {boolean | null} [told.has_worker] whether any worker runs, while it waits
   */
  show({ status, progress, reason, has_worker }) {
    if (status === "done" && this.page.dataset.status !== "done") location.reload();
    this.page.dataset.status = status;
    setText(byId("status-title"), this.texts.of(`review.waiting.${status}_title`));
    const text = has_worker === false ? "no_worker" : `${status}_text`;
    setText(byId("status-text"), this.texts.of(`review.waiting.${text}`));
    setText(byId("reason"), reason ?? "");
    byId("reason").hidden = !reason;
    const ended = FINAL.includes(status);
    const wasHere = document.activeElement === byId("cancel");
    byId("progress").hidden = ended;
    byId("cancel").hidden = ended;
    byId("again").hidden = !ended;
    if (ended && wasHere) byId("restart").focus();
    if (progress === null || progress === undefined) byId("progress").removeAttribute("value");
    else byId("progress").value = progress;
    const percent = Math.round(100 * (progress ?? 0));
    const words = percent ? this.texts.of("review.waiting.percent", { percent }) : "";
    setText(byId("percent"), ended ? "" : words);
  }

  /** @param {"cancel" | "restart"} what */
  async order(what) {
    try {
      await ask(`${this.job}/${what}`, { method: "POST" });
      if (what === "restart") location.reload();
    } catch (error) {
      const why = error instanceof Refusal ? error.message : "";
      setText(byId("status-text"), why || this.texts.of("review.waiting.no_answer"));
    }
  }
}

new Waiting(byId("waiting").dataset.job ?? "");
