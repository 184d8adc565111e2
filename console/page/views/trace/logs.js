// The log lines that name the trace, and the query that finds them in CloudWatch.

import { clock, local, plural, utc } from "../../model/format.js";
import { copyButton, h, put } from "../parts/dom.js";
import { problem } from "../parts/problem.js";

const LEVELS = { error: "fault", fatal: "fault", critical: "fault", warn: "error", warning: "error" };

/** Fills `element` with the lines of a trace, or with the error with which they did not come. What shows them all already
 *  stays: somebody reads it. */
export function showLogs(element, id, logs) {
  const state = `${id} ${logs.lines?.length} ${logs.more}`;
  if (element.firstChild && element.dataset.state === state) return;
  element.dataset.state = state;
  put(element, logs instanceof Error ? problem(logs) : [linesOf(logs), queryOf(logs)]);
}

function linesOf({ lines, more, sources, dropped }) {
  if (sources.length === 0) return h("p", { class: "hint" }, "This console reads no logs. Start it with ", h("code", null, "--logs FILE"),
    " (or ", h("code", null, "--logs -"), " behind a pipe); a line is shown if it has the trace's id as ", h("code", null, "traceId"), " or ",
    h("code", null, "trace_id"), ".");
  if (lines.length === 0) return h("p", { class: "hint" }, `No line of ${sources.join(", ")} names this trace. `,
    dropped > 0 && `${plural(dropped, "line")} of all traces made room for newer ones.`);
  return h("section", null,
    h("div", { class: "view-head" }, h("h2", null, plural(lines.length + more, "line")), copyButton("Copy all", () => lines.map(({ text }) => text).join("\n"))),
    h("ol", { class: "log-lines" }, lines.map((line) => lineOf(line, sources.length > 1))),
    more > 0 && h("p", { class: "hint" }, `${plural(more, "more line")} not shown.`));
}

function lineOf({ at, level, source, message, text }, several) {
  const about = [at && `${local(at)} local, ${utc(at)}`, source].filter(Boolean).join(" · ");
  return h("li", { "data-level": level },
    h("details", null,
      h("summary", { title: about },
        h("time", { class: "number" }, at ? `${clock(at)}${utc(at).slice(19, 23)}` : ""), " ",
        h("b", { class: `level ${LEVELS[String(level ?? "").toLowerCase()] ?? ""}` }, level ?? ""), " ",
        several && h("span", { class: "hint" }, `${source} `), message ?? text),
      h("pre", { class: "json" }, pretty(text))));
}

function queryOf({ query, start, end }) {
  const range = start && end ? `Time range: ${utc(start)} to ${utc(end)}. ` : "";
  return h("section", null,
    h("div", { class: "view-head" }, h("h2", null, "CloudWatch Logs Insights"), copyButton("Copy query", () => query)),
    h("p", { class: "hint" }, `${range}Choose the log groups of the services there, and paste this:`),
    h("pre", { class: "json", tabindex: "0", "data-query": true }, query));
}

// A line is JSON, perhaps behind a prefix, or anything else.
function pretty(text) {
  const begin = text.indexOf("{");
  try {
    return text.slice(0, begin) + JSON.stringify(JSON.parse(text.slice(begin)), null, 2);
  } catch {
    return text;
  }
}
