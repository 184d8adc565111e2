// The bar at the top: views, time range, filter, what arrives, theme.

import { linkKeeping } from "../../model/address.js";
import { count, plural } from "../../model/format.js";
import { losses } from "../../model/losses.js";
import { button, h, set } from "../parts/dom.js";
import { makeFilterBox } from "./filter-box.js";
import { openButton } from "./opening.js";
import { themeSwitch } from "./theme-switch.js";
import { makeTimeRange } from "./time-range.js";

const TABS = [["service-map", "Service map"], ["traces", "Traces"], ["sampling", "Sampling"], ["wire", "Wire"]];

/** The frame around a screen: `{ element, main, filter, showRoute(route), showStatus(status), showLive(live) }`. `actions` are what
 *  the reader can do: `{ go(fragment), completions(), toggleLive(), openFiles(files), clear(), help(), chooseTheme(name) }`. */
export function makeFrame(panel, actions) {
  const tabs = TABS.map(([view, words]) => h("a", { "data-view": view }, words));
  const range = makeTimeRange(actions.go);
  const filter = makeFilterBox(actions.go, actions.completions);
  const delivery = makeDelivery(actions.toggleLive);
  const brand = h("a", { class: "brand" }, "X-Ray", h("span", null, " console"));
  const main = h("main", { id: "main", tabindex: "-1" });
  const bar = h("header", { class: "topbar" },
    brand,
    h("nav", { "aria-label": "Views" }, tabs), range.element, filter.element, delivery.element,
    openButton(actions.openFiles), clearButton(actions.clear), button("?", actions.help, { class: "icon", title: "Keyboard and help (?)", "aria-label": "Keyboard and help" }),
    themeSwitch(actions.chooseTheme));
  return {
    element: h("div", { class: "frame" }, bar, h("div", { class: "content" }, main, panel)),
    main,
    filter,
    showStatus: delivery.showStatus,
    showLive: delivery.showLive,
    showRoute(route) {
      for (const tab of tabs) showTab(tab, route);
      brand.href = linkKeeping(route, "service-map");
      delivery.showRoute(route);
      range.show(route);
      filter.show(route);
    },
  };
}

function showTab(tab, route) {
  const chosen = tab.dataset.view === route.view || (tab.dataset.view === "traces" && route.view === "trace");
  set(tab, { href: linkKeeping(route, tab.dataset.view), "aria-current": chosen ? "page" : null });
}

// What arrives: whether it is shown as it comes, and what was refused.
function makeDelivery(ontoggle) {
  const state = h("span", { "data-live": true, role: "status" });
  const toggle = button([h("span", { class: "dot", "aria-hidden": "true" }), state], ontoggle, { class: "live" });
  const refused = h("a", { class: "refused", hidden: true });
  let perMinute = null;
  let live = { state: "connecting", paused: false, waiting: 0 };
  function showStatus(status) {
    perMinute = status?.traces_per_minute ?? null;
    const lost = status ? losses(status) : [];
    refused.hidden = lost.length === 0;
    refused.textContent = `✕ ${count(lost.reduce((sum, [, times]) => sum + times, 0))} refused`;
    refused.title = lost.map(([reason, times]) => `${count(times)} × ${reason}`).join("\n");
    showLive(live);
  }
  function showLive(next) {
    live = next;
    toggle.dataset.state = live.paused ? "paused" : live.state;
    state.textContent = stateWords(live, perMinute);
    set(toggle, { title: live.paused ? "Go on (p)" : "Pause (p)", "aria-pressed": String(live.paused) });
  }
  function showRoute(route) {
    refused.href = linkKeeping(route, "wire", { verdict: "refused" });
  }
  showLive(live);
  return { showRoute, element: h("span", { class: "delivery" }, refused, toggle), showStatus, showLive };
}

function stateWords({ state, paused, waiting }, perMinute) {
  if (paused) return waiting ? `Paused, ${count(waiting)} new` : "Paused";
  if (state !== "live") return state === "offline" ? "No connection" : "Connecting";
  return perMinute === null ? "Live" : `${plural(Math.round(perMinute), "trace")}/min`;
}

function clearButton(onclear) {
  return button("Clear", () => confirm("Forget all traces of this console?") && onclear(),
    { class: "quiet", title: "Empty the console's store" });
}
