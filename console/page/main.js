// Puts the page together: the frame, and in it the screen that the address names, asked anew when something arrives.
//
// What lives where, and what it may import; `make boundaries` checks it.
//
//   model/    what the answers mean: addresses, formats, the filter language, the graph and its layout, a trace's tree and
//             critical path. Pure: no element, no request, no memory. A figure that is computed belongs here.
//   api.js    all that is asked of the console, and nothing else. A new operation, or a new page of one, belongs here.
//   state/    what the page remembers: the address (route.js), what arrives (live.js), the reader's choices (preferences.js).
//   views/    elements from data; what the reader does is handed back to a function. A folder for each screen, and parts/ for
//             what several share. They know neither state nor API. A chart, a table, a side of the panel belongs here.
//   screens/  one for each view of the address: asks, gives the answers to its views, and goes where the reader wants.
//
// model ← api ← state ← screens ← main, and model ← views ← screens. A new screen is a file in screens/, a folder in views/, a
// line in SCREENS below, and a name in model/address.js; if it has a tab, a line in views/frame/frame.js.

import * as api from "./api.js";
import { compareScreen } from "./screens/compare.js";
import { lengthOf } from "./model/address.js";
import { listen, openHelp } from "./screens/keys.js";
import { openFiles } from "./screens/open-file.js";
import { samplingScreen } from "./screens/sampling.js";
import { serviceMapScreen } from "./screens/service-map.js";
import { traceScreen } from "./screens/trace.js";
import { tracesScreen } from "./screens/traces.js";
import { wireScreen } from "./screens/wire.js";
import { live } from "./state/live.js";
import { preferences } from "./state/preferences.js";
import { refresher } from "./state/refresher.js";
import { again, go, here, onRoute } from "./state/route.js";
import { makeFrame } from "./views/frame/frame.js";
import { applyTheme } from "./views/frame/theme-switch.js";
import { listenForFiles } from "./views/frame/opening.js";
import { put } from "./views/parts/dom.js";
import { makePanel } from "./views/parts/panel.js";

const TICK = 5_000;

// A screen: `{ element, title, keys?, show(route), refresh(signal), touch?(), isSettled?(), showStatus?(status), concerns?(news), close?() }`.
const SCREENS = {
  "service-map": serviceMapScreen, traces: tracesScreen, trace: traceScreen, compare: compareScreen, sampling: samplingScreen, wire: wireScreen,
};

// Called first, so that nothing is painted in the wrong colours.
applyTheme(preferences.theme);
const panel = makePanel(preferences.panelWidth, (width) => { preferences.panelWidth = width; });
const frame = makeFrame(panel.element, {
  go, completions: api.completions, toggleLive: () => live.toggle(), openFiles, clear, help: openHelp,
  chooseTheme: (name) => { preferences.theme = name; },
});
document.body.append(frame.element);

let current = null;
let name = null;
let asked = 0;
const refreshScreen = refresher((signal) => current?.refresh(signal));
let busy = true;
const refreshStatus = refresher(async () => {
  const status = await api.status().catch(() => null);
  busy = (status?.traces_per_minute ?? 0) > 0;
  frame.showStatus(status);
  current?.showStatus?.(status);
});

function navigate() {
  const route = here();
  frame.showRoute(route);
  if (route.view !== name) {
    current?.close?.();
    panel.close();
    name = route.view;
    current = SCREENS[name]({ panel, frame, refresh: refreshScreen.run, ask: refreshScreen.now });
    put(frame.main, current.element);
    if (document.activeElement === document.body) frame.main.focus();
    frame.main.scrollTop = 0;
  }
  current.show(route);
  document.title = `${current.title} – X-Ray console`;
  asked = Date.now();
  refreshScreen.now();
  refreshStatus.run();
}

async function clear() {
  await api.clear().catch(() => null);
  again();
}

live.addEventListener("changed", (/** @type {CustomEvent} */ { detail }) => {
  if (document.hidden) return;
  asked = Date.now();
  refreshStatus.run();
  if (current.concerns?.(detail) ?? true) refreshScreen.run();
});
live.addEventListener("state", () => {
  frame.showLive(live);
  refreshStatus.run();
});
onRoute(navigate);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !live.paused) refreshScreen.run();
  tick();
});
setInterval(tick, TICK);

// Ages grow although nothing arrives, and nothing need be asked for that. What arrives or is refused is told; without it only the traces a
// minute become fewer, until there are none. And when a window has slid past all that it showed, it is asked for once more.
function tick() {
  if (document.hidden) return;
  current.touch?.();
  if (busy) refreshStatus.run();
  if (live.paused) return;
  if (live.state === "live" && (current.isSettled?.() ?? true) && Date.now() - asked < lengthOf(here().params.timeRange) * 1000) return;
  asked = Date.now();
  refreshScreen.run();
}

listen(() => [...(current.keys ?? []), { key: "Escape", words: "Close the panel", run: panel.close }]);
listenForFiles(openFiles);
live.connect();
navigate();
