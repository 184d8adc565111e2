// What tracing does at the pod that answers, asked every few seconds, and where that pod is.

const PERIOD = 5000;

// Counters that mean a loss, and what to do about it.
const REMEDIES = {
  refused: "nothing listens at the daemon's address",
  shed: "documents come faster than the daemon takes them, or its name did not resolve for long",
  unresolved: "the daemon's name does not resolve",
  congested: "this host's network takes no more",
  failed: "the network refused",
  too_large: "too large for a datagram even after trimming",
};

export function makeStatus(place, footer, answers) {
  const line = document.createElement("summary");
  const explanation = document.createElement("pre");
  const details = document.createElement("details");
  details.id = "status";
  details.append(line, explanation);
  place.append(details);

  const refresh = async () => {
    try {
      const status = await (await fetch("status")).json();
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

function summary({ daemon, sent, lost }, answers) {
  const sampled = answers.filter(({ recorded }) => recorded).length;
  const share = answers.length > 0 ? ` · sampled ${sampled} of ${answers.length}` : "";
  return `daemon ${daemon.address} · sent ${sent} · lost ${lost}${share}`;
}

function explain({ daemon, delivery }, answers) {
  const losses = Object.entries(REMEDIES).filter(([reason]) => delivery[reason] > 0);
  const why = answers.at(-1)?.sampling;
  return [
    daemon.error ? `${daemon.address} does not resolve: ${daemon.error}` : `${daemon.address} is ${daemon.resolves_to.join(", ")}`,
    ...losses.map(([reason, remedy]) => `lost, ${reason}: ${delivery[reason]} (${remedy})`),
    why ? `the last answer: ${why}` : "why a request is sampled: set XRAY_DEBUG=true",
    "hop by hop: console doctor",
  ].join("\n");
}

function pod({ name, namespace, node, zone, cluster }) {
  const facts = { pod: name, namespace, node, zone, cluster };
  return Object.entries(facts).filter(([, value]) => value).map(([fact, value]) => `${fact} ${value}`).join(" · ");
}
