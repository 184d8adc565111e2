// The console's events, which the reader can pause.

import * as api from "../api.js";

const RETRY = 2_000;

/** Fires `changed` (detail: the event's data) unless paused, and `state` when `state` or `waiting` changes. */
class Live extends EventTarget {
  state = "connecting";
  paused = false;
  waiting = 0;

  connect() {
    api.events({ onhello: () => this.#arrive(), onchanged: (detail) => this.#change(detail), onlost: (ended) => this.#lose(ended) });
  }

  toggle() {
    this.paused = !this.paused;
    if (!this.paused && this.waiting) this.#tell();
    this.waiting = 0;
    this.dispatchEvent(new Event("state"));
  }

  #arrive() {
    const returned = this.state === "offline";
    this.#become("live");
    if (returned && !this.paused) this.#tell();
  }

  // What was held back or missed is unknown in detail: `more` says that anything may have changed.
  #tell(detail = { traces: [], more: true }) {
    this.dispatchEvent(new CustomEvent("changed", { detail }));
  }

  #change(detail) {
    if (!this.paused) return this.#tell(detail);
    this.waiting += detail.traces.length;
    this.dispatchEvent(new Event("state"));
  }

  // The browser reconnects by itself after a lost connection, but not after an answer that is no event stream.
  #lose(ended) {
    this.#become("offline");
    if (ended) setTimeout(() => this.connect(), RETRY);
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

export const live = new Live();
