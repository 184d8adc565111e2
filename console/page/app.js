// Puts the frame together, shows the view that the URL names, and refreshes it when something arrives.

import * as api from "./api.js";
import { compareView } from "./compare/view.js";
import { put } from "./dom.js";
import { makeFrame } from "./frame.js";
import { listen } from "./keyboard.js";
import { live, refresher } from "./live.js";
import { mapView } from "./map/view.js";
import { makePanel } from "./panel.js";
import { here } from "./route.js";
import { samplingView } from "./sampling/view.js";
import { applyTheme } from "./theme.js";
import { traceView } from "./trace/view.js";
import { tracesView } from "./traces/view.js";
import { wireView } from "./wire.js";

// Windows slide and ages grow although nothing arrives.
const TICK = 5_000;

const VIEWS = {
  "service-map": mapView, traces: tracesView, trace: traceView, compare: compareView, sampling: samplingView, wire: wireView,
};

applyTheme();
const panel = makePanel();
const frame = makeFrame(panel.element);
document.body.append(frame.element);

let current = null;
let name = null;
const refreshView = refresher(() => current?.refresh());
const refreshStatus = refresher(async () => {
  const status = await api.status().catch(() => null);
  frame.showStatus(status);
  current?.showStatus?.(status);
});

// A view: `{ element, title, show(route), refresh(), showStatus?(status), concerns?(event), close?() }`.
function navigate() {
  const route = here();
  frame.showRoute(route);
  if (route.view !== name) {
    current?.close?.();
    panel.close();
    name = route.view;
    current = VIEWS[name]({ panel, frame, refresh: refreshView.run });
    put(frame.main, current.element);
    if (document.activeElement === document.body) frame.main.focus();
    frame.main.scrollTop = 0;
  }
  current.show(route);
  document.title = `${current.title} – X-Ray console`;
  refreshView.run();
  refreshStatus.run();
}

live.addEventListener("changed", ({ detail }) => {
  if (document.hidden) return;
  refreshStatus.run();
  if (current.concerns?.(detail) ?? true) refreshView.run();
});
live.addEventListener("state", refreshStatus.run);
addEventListener("hashchange", navigate);
document.addEventListener("visibilitychange", tick);
setInterval(tick, TICK);

function tick() {
  if (document.hidden) return;
  refreshStatus.run();
  if (!live.paused) refreshView.run();
}

listen(() => [...(current.keys ?? []), { key: "Escape", words: "Close the panel", run: panel.close }]);
live.connect();
navigate();
