// The bar at the top: views, time range, filter, what arrives, theme.

import * as api from "./api.js";
import { losses } from "./delivery.js";
import { button, h, put, set } from "./dom.js";
import { makeFilterBox } from "./filter-box.js";
import { count, plural } from "./format.js";
import { showHelp } from "./keyboard.js";
import { live } from "./live.js";
import { DEFAULT_RANGE, go, here, isFiltered, link, linkKeeping } from "./route.js";
import { themeSwitch } from "./theme.js";

const TABS = [["service-map", "Service map"], ["traces", "Traces"], ["sampling", "Sampling"], ["wire", "Wire"]];
const RANGES = [["PT1M", "Last minute"], ["PT5M", "Last 5 minutes"], ["PT15M", "Last 15 minutes"], ["PT30M", "Last 30 minutes"],
  ["PT1H", "Last hour"], ["PT3H", "Last 3 hours"], ["PT6H", "Last 6 hours"]];

/** The frame around a view: `{ element, main, filter, showRoute, showStatus }`. */
export function makeFrame(panel) {
  const tabs = TABS.map(([view, words]) => h("a", { "data-view": view }, words));
  const range = rangeSelect();
  const filter = makeFilterBox();
  const delivery = makeDelivery();
  const main = h("main", { id: "main", tabindex: "-1" });
  const bar = h("header", { class: "topbar" },
    h("a", { class: "brand", href: link("service-map") }, "X-Ray", h("span", null, " console")),
    h("nav", { "aria-label": "Views" }, tabs), range, filter.element, delivery.element,
    clearButton(), button("?", showHelp, { class: "icon", title: "Keyboard and help (?)", "aria-label": "Keyboard and help" }),
    themeSwitch());
  return {
    element: h("div", { class: "frame" }, bar, h("div", { class: "content" }, main, panel)),
    main,
    filter,
    showStatus: delivery.show,
    showRoute(route) {
      for (const tab of tabs) showTab(tab, route);
      showRange(range, route);
      filter.show(route);
    },
  };
}

function showTab(tab, route) {
  const chosen = tab.dataset.view === route.view || (tab.dataset.view === "traces" && route.view === "trace");
  set(tab, { href: linkKeeping(tab.dataset.view), "aria-current": chosen ? "page" : null });
}

function rangeSelect() {
  return h("select", { "aria-label": "Time range", class: "range", onchange: ({ target }) => {
    const view = here().view === "service-map" ? "service-map" : "traces";
    go(linkKeeping(view, { timeRange: target.value }));
  } });
}

function showRange(select, { params, view }) {
  const chosen = params.timeRange ?? DEFAULT_RANGE;
  const known = RANGES.some(([value]) => value === chosen);
  const options = known ? RANGES : [...RANGES, [chosen, chosen.includes("~") ? "Selected range" : chosen]];
  put(select, options.map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
  select.hidden = !isFiltered(view);
}

function makeDelivery() {
  const state = h("span", { "data-live": true, role: "status" });
  const toggle = button([h("span", { class: "dot", "aria-hidden": "true" }), state], () => live.toggle(), { class: "live" });
  const refused = h("a", { class: "refused", href: link("wire", { verdict: "refused" }), hidden: true });
  let perMinute = null;
  function show(status) {
    perMinute = status?.traces_per_minute ?? null;
    const lost = status ? losses(status) : [];
    refused.hidden = lost.length === 0;
    refused.textContent = `✕ ${count(lost.reduce((sum, [, times]) => sum + times, 0))} refused`;
    refused.title = lost.map(([reason, times]) => `${count(times)} × ${reason}`).join("\n");
    showState();
  }
  function showState() {
    const shown = live.paused ? "paused" : live.state;
    toggle.dataset.state = shown;
    state.textContent = stateWords(shown, perMinute);
    set(toggle, { title: live.paused ? "Go on (p)" : "Pause (p)", "aria-pressed": String(live.paused) });
  }
  live.addEventListener("state", showState);
  showState();
  return { element: h("span", { class: "delivery" }, refused, toggle), show };
}

function stateWords(state, perMinute) {
  if (state === "paused") return live.waiting ? `Paused, ${count(live.waiting)} new` : "Paused";
  if (state !== "live") return state === "offline" ? "No connection" : "Connecting";
  return perMinute === null ? "Live" : `${plural(Math.round(perMinute), "trace")}/min`;
}

function clearButton() {
  return button("Clear", async () => {
    if (!confirm("Forget all traces of this console?")) return;
    await api.clear().catch(() => null);
    dispatchEvent(new Event("hashchange"));
  }, { class: "quiet", title: "Empty the console's store" });
}
