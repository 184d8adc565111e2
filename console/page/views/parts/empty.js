// Empty states with help: the address for segments, the lines to paste, what was received last and what was refused.

import { linkKeeping, overview } from "../../model/address.js";
import { age, plural } from "../../model/format.js";
import { button, copyButton, h } from "./dom.js";
import { received } from "./received.js";

/** What to show when a window holds nothing. `status`: what the console says of itself, or null if it says nothing;
 *  `host`: where it should be; `go(fragment)` is called by the way to a longer window. */
export function emptyState(status, route, host, go) {
  if (!status) return empty("Waiting for the console", h("p", null, `Nothing answers at ${host}.`));
  return status.store.traces > 0 ? nothingHere(status, route, go) : nothingYet(status, route, host);
}

function nothingYet(status, route, host) {
  const [udp, tcp] = [status.address.udp, status.address.tcp].map((address) => reachable(address, host));
  return empty("No segments yet",
    h("p", null, "This console listens where the node's X-Ray daemon would: ", h("b", null, `UDP ${udp}`), ". Start a service that uses an X-Ray SDK with"),
    pasteable([`export AWS_XRAY_DAEMON_ADDRESS=${udp}`, "export AWS_XRAY_TRACING_NAME=my-service"]),
    h("p", null, "one that uses OpenTelemetry with"),
    pasteable([`export OTEL_EXPORTER_OTLP_ENDPOINT=http://${tcp}`, "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
      "export OTEL_SERVICE_NAME=my-service", "export OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none"]),
    h("p", null, "or send one segment by hand, from bash:"),
    pasteable(oneSegment(udp)),
    arrivals(status, route));
}

function nothingHere(status, route, go) {
  const { filter } = route.params;
  const address = (params) => linkKeeping(route, overview(route), params);
  const oldest = status.store.oldest ? `, the oldest ${age(Date.now() / 1000 - status.store.oldest)} old` : "";
  return empty(filter ? "No trace matches" : "Nothing in this time range",
    h("p", null, `The store holds ${plural(status.store.traces, "trace")}${oldest}.`),
    filter && h("p", null, h("code", null, filter), " matches none of those in this time range."),
    h("p", { class: "actions" },
      filter && h("a", { class: "button", href: address({ filter: "" }) }, "Without the filter"),
      button("Last 6 hours", () => go(address({ timeRange: "PT6H" })), { class: "longer" })),
    arrivals(status, route));
}

function empty(title, ...content) {
  return h("section", { class: "empty" }, h("h2", null, title), content);
}

function arrivals(status, route) {
  return [received(status, route), h("p", null, h("a", { href: linkKeeping(route, "wire") }, "Last datagrams"))];
}

function pasteable(lines) {
  const text = lines.join("\n");
  return h("div", { class: "pasteable" }, h("pre", { tabindex: "0" }, text), copyButton("Copy", () => text));
}

// Who listens on every address is reached where the page is.
function reachable(address, host) {
  return address.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, host.replace(/:\d+$/, ""));
}

// A here-document goes out in one datagram; echo and printf of bash write line by line.
function oneSegment(udp) {
  const device = udp.replace(/:(\d+)$/, "/$1").replace(/[[\]]/g, "");
  return [`cat > /dev/udp/${device} <<END`, '{"format":"json","version":1}',
    '{"trace_id":"1-$(printf %08x-%024x $(date +%s) $RANDOM)","id":"$(printf %016x $RANDOM)",',
    ' "name":"hello","start_time":$(date +%s),"end_time":$(date +%s)}', "END"];
}
