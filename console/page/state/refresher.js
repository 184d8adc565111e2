// Keeps a busy stream of news from flooding a view.

const SHORTEST_GAP = 250;

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
