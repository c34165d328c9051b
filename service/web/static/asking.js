// @ts-check

/** An answer that takes longer than this is taken for none. */
const PATIENCE_MS = 120_000;

/** What the server said when it could not do as it was asked; its words may be shown. */
export class Refusal extends Error {
  /**
   * @param {string} detail
   * @param {number} status 0 where there was no answer at all
   */
  constructor(detail, status) {
    super(detail);
    this.status = status;
  }

  /** Whether the same request may go well a little later. */
  get passes() {
    return [0, 408, 425, 429, 502, 503, 504].includes(this.status);
  }
}

/**
 * Ask the server; null where it has nothing to answer.
 * @param {string} address
 * @param {{method?: string, body?: unknown, headers?: Record<string, string>}} [how]
 * @returns {Promise<any>}
 */
export async function ask(address, { method = "GET", body, headers = {} } = {}) {
  /** @type {Record<string, string>} */
  const kind = body === undefined ? {} : { "content-type": "application/json" };
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const request = { method, headers: { ...kind, ...headers }, body: sent, signal };
  let status = 0;
  let text = "";
  try {
    const answer = await fetch(address, request);
    status = answer.status;
    text = await answer.text();
  } catch {
    throw new Refusal("", 0);
  }
  return readAnswer(status, text);
}

/**
 * Read an answer's JSON, or throw what it refuses with.
 * @param {number} status
 * @param {string} text
 */
export function readAnswer(status, text) {
  const content = parsed(text);
  if (status < 200 || status >= 300) throw new Refusal(String(content?.detail ?? ""), status);
  return content;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
