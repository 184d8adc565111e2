// Keys, and the sheet that lists them.

import { button, h, put } from "./dom.js";
import { live } from "./live.js";
import { go, linkKeeping } from "./route.js";

const ANYWHERE = [
  { key: "m", words: "Service map", run: () => go(linkKeeping("service-map")) },
  { key: "t", words: "Traces", run: () => go(linkKeeping("traces")) },
  { key: "s", words: "Sampling", run: () => go(linkKeeping("sampling")) },
  { key: "w", words: "Wire", run: () => go(linkKeeping("wire")) },
  { key: "p", words: "Pause, go on", run: () => live.toggle() },
  { key: "/", words: "Filter, or search within a trace", run: () => document.querySelector("#filter").focus() },
  { key: "?", words: "This sheet", run: showHelp },
];

const ARROWS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

let keysOfView = () => [];

/** Listens; `ofView()` gives the keys of the view that is shown, which outweigh those that work anywhere. */
export function listen(ofView) {
  keysOfView = ofView;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (takesText(event.target) || document.querySelector("dialog[open]")) return;
    const action = [...keysOfView(), ...ANYWHERE].find(({ key }) => key === event.key);
    if (!action) return;
    event.preventDefault();
    action.run();
  });
}

/** Opens the sheet. */
export function showHelp() {
  const dialog = h("dialog", { class: "help", "aria-labelledby": "help-title", onclose: () => dialog.remove() });
  put(dialog,
    h("h2", { id: "help-title" }, "Keyboard"),
    keyList("Everywhere", ANYWHERE), keysOfView().length > 0 && keyList("In this view", keysOfView()),
    h("h2", null, "Filter expressions"),
    h("ul", { class: "examples" }, EXAMPLES.map(([text, words]) => h("li", null, h("code", null, text), words))),
    h("p", { class: "hint" }, "A trace id, in X-Ray's spelling or as 32 hex digits, opens its trace."),
    button("Close", () => dialog.close(), { autofocus: true }));
  document.body.append(dialog);
  dialog.showModal();
}

const EXAMPLES = [
  ["fault", "traces whose answer was a 5xx"],
  ['service("front") { fault OR error }', "anything wrong inside a service"],
  ['edge("front", "back") { responsetime > 0.2 }', "slow calls from one to the other"],
  ['annotation.version = "v2" AND !ok', "by annotation"],
  ['http.url CONTAINS "/api" AND responsetime >= 1', "slow requests of a route"],
];

function keyList(words, keys) {
  const byWords = new Map();
  for (const { key, words: what } of keys) byWords.set(what, [...(byWords.get(what) ?? []), h("kbd", null, ARROWS[key] ?? key), " "]);
  return [h("h3", null, words), h("dl", { class: "keys" }, [...byWords].map(([what, all]) => [h("dt", null, all), h("dd", null, what)]))];
}

function takesText(target) {
  return target.matches?.("input:not([type=checkbox]), select, textarea");
}
