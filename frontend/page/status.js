// What tracing does at the pod that answers, asked every few seconds, and where that pod is.

const PERIOD = 5000;

// Why documents are lost, and what to do about it.
const REMEDIES = {
  refused: "nothing listens at that address",
  rejected: "the collector does not want them, and its log says why",
  shed: "documents come faster than they are taken, or nobody was found or answered for long",
  unresolved: "the name does not resolve",
  unreachable: "nobody was found at the address",
  congested: "this host's network takes no more",
  failed: "the network refused, or the collector did not answer in time",
  too_large: "too large even after trimming",
};

export function makeStatus(place, footer, answers) {
  const line = document.createElement("summary");
  const explanation = document.createElement("pre");
  const details = document.createElement("details");
  details.id = "status";
  details.append(line, explanation);
  place.append(details);

  // How often the daemon was found to be away by the time of the last answer: it grows while documents wait.
  let before;
  const refresh = async () => {
    try {
      const status = await (await fetch("status")).json();
      status.waits = status.failed_probes > before;
      before = status.failed_probes;
      line.textContent = summary(status, answers());
      explanation.textContent = explain(status, answers());
      footer.textContent = pod(status.pod);
    } catch (error) {
      line.textContent = `tracing status: no answer (${error.message})`;
    }
    setTimeout(refresh, PERIOD);
  };
  refresh();
}

function summary({ receiver, sent, lost, waits }, answers) {
  const sampled = answers.filter(({ recorded }) => recorded).length;
  const share = answers.length > 0 ? ` · sampled ${sampled} of ${answers.length}` : "";
  if (!receiver) return "nothing is traced: AWS_XRAY_SDK_DISABLED, OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER=none is set";
  return `${receiver.kind} ${receiver.address} · sent ${sent} · lost ${lost}${waits ? " · documents wait" : ""}${share}`;
}

function explain({ receiver, losses, waits }, answers) {
  const why = answers.at(-1)?.sampling;
  return [
    ...(receiver ? [found(receiver)] : []),
    ...(waits ? [`documents wait: ${REMEDIES.refused}`] : []),
    ...Object.entries(losses)
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => `lost, ${reason}: ${count} (${REMEDIES[reason] ?? "see /metrics"})`),
    why ? `the last answer: ${why}` : "why a request is sampled: set XRAY_DEBUG=true",
    "hop by hop: console doctor",
  ].join("\n");
}

function found({ address, resolves_to: addresses, error }) {
  return error ? `${address} does not resolve: ${error}` : `${address} is ${addresses.join(", ")}`;
}

function pod({ name, namespace, node, zone, cluster }) {
  const facts = { pod: name, namespace, node, zone, cluster };
  return Object.entries(facts).filter(([, value]) => value).map(([fact, value]) => `${fact} ${value}`).join(" · ");
}
