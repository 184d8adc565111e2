// Limits how often a view refreshes when much arrives, and lets the reader's own requests go first.

const SHORTEST_GAP = 250;

/** `run()` starts `work(signal)` once at a time: asked again meanwhile, it runs again after a pause in proportion to what a run
 *  costs. `now()` is for what the reader does: it ends the run under way, by its signal, and starts at once. */
export function refresher(work) {
  let running = null;
  let again = false;
  let pause = 0;

  async function start() {
    const mine = new AbortController();
    running = mine;
    again = false;
    clearTimeout(pause);
    const started = performance.now();
    try {
      await work(mine.signal);
    } finally {
      if (running === mine) pause = setTimeout(goOn, Math.max(SHORTEST_GAP, (performance.now() - started) * 3));
    }
  }

  function goOn() {
    running = null;
    if (again) start();
  }

  function run() {
    if (running) again = true;
    else start();
  }

  function now() {
    running?.abort();
    start();
  }

  return { run, now };
}
