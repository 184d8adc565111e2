// What happened, in words, above a view that goes on.

import { h } from "./dom.js";

/** A notice of an error. */
export function problem(error) {
  return h("div", { class: "notice", role: "alert" },
    h("span", { class: "sign fault", "aria-hidden": "true" }, "✕"), ` ${error.message}`);
}
