// Error messages above a view that keeps working.

import { h, put } from "./dom.js";

/** A notice of an error. */
export function problem(error) {
  return h("div", { class: "notice", role: "alert" },
    h("span", { class: "sign fault", "aria-hidden": "true" }, "✕"), ` ${error.message}`);
}

/** Runs `work` and shows in `message` what goes wrong, or nothing. → whether nothing did. */
export async function attempt(message, work) {
  try {
    await work();
    put(message);
    return true;
  } catch (error) {
    put(message, problem(error));
    return false;
  }
}
