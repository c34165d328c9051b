// @ts-check

/** Calls handlers by the name of what happened. */
export class Emitter {
  constructor() {
    /** @type {Map<string, Set<(detail: any) => void>>} */
    this.handlers = new Map();
  }

  /**
   * Call a handler whenever something of that name happens.
   * @param {string} name
   * @param {(detail: any) => void} handler
   * @returns {() => void} takes the handler off again
   */
  on(name, handler) {
    const handlers = this.handlers.get(name) ?? new Set();
    this.handlers.set(name, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  /**
   * @param {string} name
   * @param {any} [detail]
   */
  emit(name, detail) {
    for (const handler of this.handlers.get(name) ?? []) handler(detail);
  }
}
