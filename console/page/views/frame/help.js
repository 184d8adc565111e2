// The sheet that lists the keys and what a filter may say.

import { button, h, put } from "../parts/dom.js";

const ARROWS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

const EXAMPLES = [
  ["fault", "traces whose answer was a 5xx"],
  ['service("front") { fault OR error }', "anything wrong inside a service"],
  ['edge("front", "back") { responsetime > 0.2 }', "slow calls from one to the other"],
  ['annotation.version = "v2" AND !ok', "by annotation"],
  ['http.url CONTAINS "/api" AND responsetime >= 1', "slow requests of a route"],
];

/** Opens the sheet for keys, `[{ key, words }]`: those that work anywhere, and those of the view. */
export function showHelp(anywhere, ofView) {
  const dialog = h("dialog", { class: "help", "aria-labelledby": "help-title", onclose: () => dialog.remove() });
  put(dialog,
    h("h2", { id: "help-title" }, "Keyboard"),
    keyList("Everywhere", anywhere), ofView.length > 0 && keyList("In this view", ofView),
    h("h2", null, "Filter expressions"),
    h("ul", { class: "examples" }, EXAMPLES.map(([text, words]) => h("li", null, h("code", null, text), words))),
    h("p", { class: "hint" }, "A trace id, in X-Ray's spelling or as 32 hex digits, opens its trace."),
    button("Close", () => dialog.close(), { autofocus: true }));
  document.body.append(dialog);
  dialog.showModal();
}

function keyList(words, keys) {
  const byWords = new Map();
  for (const { key, words: what } of keys) byWords.set(what, [...(byWords.get(what) ?? []), h("kbd", null, ARROWS[key] ?? key), " "]);
  return [h("h3", null, words), h("dl", { class: "keys" }, [...byWords].map(([what, all]) => [h("dt", null, all), h("dd", null, what)]))];
}
