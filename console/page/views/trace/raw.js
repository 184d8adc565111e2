// Raw data: the segment documents as they were received, and as the API compiles them.

import { plural } from "../../model/format.js";
import { copyButton, h, put } from "../parts/dom.js";
import { problem } from "../parts/problem.js";

/** Fills `element` with the raw documents of a trace: as they were received, or the error with which they did not come, and as
 *  they are compiled. */
export function showRaw(element, received, compiled) {
  put(element,
    received instanceof Error ? problem(received) : section(`As received: ${plural(received.length, "document")}`, received.map(pretty)),
    section(`As compiled by BatchGetTraces: ${plural(compiled.length, "segment")}`, compiled.map(indented)));
}

function section(title, texts) {
  return h("section", null,
    h("div", { class: "view-head" }, h("h2", null, title), copyButton("Copy all", () => texts.join("\n"))),
    texts.map((text) => h("pre", { class: "json", tabindex: "0" }, text)));
}

// What was received may be anything; what is not JSON is shown as it came.
function pretty(text) {
  try {
    return indented(JSON.parse(text));
  } catch {
    return text;
  }
}

function indented(document) {
  return JSON.stringify(document, null, 2);
}
