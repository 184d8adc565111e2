// "Something new", by server-sent events; pause holds it back, and a refresher keeps a busy stream from flooding a view.

const RETRY = 2_000;
const SHORTEST_GAP = 250;

/** Fires `changed` (detail: the event's data) unless paused, and `state` when `state` or `waiting` changes. */
class Live extends EventTarget {
  state = "connecting";
  paused = false;
  waiting = 0;
  #source = null;

  connect() {
    this.#source = new EventSource("/events");
    this.#source.addEventListener("hello", () => this.#arrive());
    this.#source.addEventListener("changed", (event) => this.#change(JSON.parse(event.data)));
    this.#source.addEventListener("error", () => this.#lose());
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
  #lose() {
    this.#become("offline");
    if (this.#source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => this.connect(), RETRY);
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

export const live = new Live();

/** Runs `work` once at a time; asked again meanwhile, it runs again after a pause in proportion to what a run costs. */
export function refresher(work) {
  let running = false;
  let again = false;
  async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    const started = performance.now();
    try {
      await work();
    } finally {
      setTimeout(goOn, Math.max(SHORTEST_GAP, (performance.now() - started) * 3));
    }
  }
  function goOn() {
    running = false;
    if (again) run();
    again = false;
  }
  return { run };
}
