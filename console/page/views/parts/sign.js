// The coloured sign of an outcome.

import { outcome } from "../../model/outcome.js";
import { h } from "./dom.js";

/** The sign of "ok", "error", "throttle" or "fault", with its word for screen readers. */
export function sign(key) {
  const { sign: text, word: label } = outcome(key);
  return h("span", { class: `sign ${key}`, role: "img", "aria-label": label, title: label }, text);
}
