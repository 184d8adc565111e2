// Asks /api once a second, never twice at once, and shows what came.

const PERIOD = 1000;
const ROWS = 60;
const PATIENCE = 35_000;

const FACES = {
  content: String.raw`
   .-------------------.
   |   .--.     .--.   |
   |  ( () )   ( () )  |
   |   '--'     '--'   |
   |         /\        |
   |   \           /   |
   |    '._______.'    |
   '-------------------'`,
  puzzled: String.raw`
   .-------------------.
   |   .--.     .--.   |
   |  ( ()) )  ( (() ) |
   |   '--'     '--'   |
   |         /\        |
   |     ________,     |
   |    '              |
   '-------------------'`,
  dizzy: String.raw`
   .-------------------.
   |   \  /     \  /   |
   |    ><       ><    |
   |   /  \     /  \   |
   |         /\        |
   |     .-------.     |
   |    /         \    |
   '-------------------'`,
};

const byId = (id) => document.getElementById(id);
const switches = { slow: byId("slow"), repeat: byId("repeat") };
const pause = byId("pause");
const outcomes = [];
let settings = { console_url: null };

// The page's own parameters are handed to /api, and the switches write them into its address.
const query = new URLSearchParams(location.search);
for (const [name, box] of Object.entries(switches)) {
  box.checked = query.get(name) === "true";
  box.addEventListener("change", () => {
    if (box.checked) query.set(name, "true");
    else query.delete(name);
    history.replaceState(null, "", query.size > 0 ? `?${query}` : location.pathname);
  });
}
pause.addEventListener("click", () => {
  const isPaused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", String(isPaused));
  pause.textContent = isPaused ? "go on" : "pause";
});

async function ask() {
  const wanted = Object.entries(switches).filter(([, box]) => box.checked).map(([name]) => [name, "true"]);
  const started = performance.now();
  const answer = { at: new Date(), status: null, text: "", pods: ["", ""], traceId: null, recorded: false };
  try {
    const response = await fetch(`api?${new URLSearchParams(wanted)}`, { signal: AbortSignal.timeout(PATIENCE) });
    answer.status = response.status;
    answer.pods = (response.headers.get("x-sample-pod") ?? ",").split(",");
    Object.assign(answer, trace(response.headers));
    answer.text = await response.text();
  } catch (error) {
    answer.error = `no answer from the front end: ${error.message}`;
  }
  answer.duration = performance.now() - started;
  return answer;
}

// Reads traceresponse: version, trace, span, and a flag that says whether the trace is recorded.
function trace(headers) {
  const parts = (headers.get("traceresponse") ?? "").split("-");
  if (parts.length !== 4 || parts[1].length !== 32) return {};
  return { traceId: `1-${parts[1].slice(0, 8)}-${parts[1].slice(8)}`, recorded: (parseInt(parts[3], 16) & 1) === 1 };
}

function show(answer) {
  const failed = answer.status !== 200;
  if (!failed) byId("answer").textContent = answer.text;
  byId("error").textContent = failed ? (answer.error ?? `${answer.status}: ${message(answer.text)}`) : "";
  const row = document.createElement("tr");
  row.classList.toggle("failed", failed);
  row.append(
    cell(answer.at.toLocaleTimeString("en-GB")),
    cell(answer.status ?? "—"),
    cell(milliseconds(answer.duration)),
    cell(answer.pods[0], "pod"),
    cell(answer.pods[1] ?? "", "pod"),
    cell(answer.traceId ? `…${answer.traceId.slice(-8)}` : "", "trace", answer.traceId),
    link(answer),
  );
  const rows = byId("rows");
  rows.prepend(row);
  while (rows.children.length > ROWS) rows.lastElementChild.remove();
}

function cell(text, className = "", title = "") {
  const cell = document.createElement("td");
  cell.textContent = text;
  if (className) cell.className = className;
  if (title || className === "pod") cell.title = title || text;
  return cell;
}

function link(answer) {
  const place = cell("", "link");
  if (!answer.traceId) return place;
  if (!answer.recorded) {
    place.textContent = "not sampled";
  } else if (settings.console_url) {
    const anchor = document.createElement("a");
    anchor.href = `${settings.console_url}#/traces/${answer.traceId}`;
    anchor.textContent = "open trace";
    anchor.target = "_blank";
    anchor.rel = "noopener";
    anchor.dataset.trace = answer.traceId;
    place.append(anchor);
  }
  return place;
}

function message(text) {
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text;
  }
}

function milliseconds(duration) {
  if (duration >= 1000) return `${(duration / 1000).toPrecision(3)} s`;
  return `${duration >= 100 ? Math.round(duration) : duration.toPrecision(2)} ms`;
}

// The mood is that of the last minute.
function makeFace(failed) {
  outcomes.push(failed);
  if (outcomes.length > 60) outcomes.shift();
  const share = outcomes.filter(Boolean).length / outcomes.length;
  const mood = share === 0 ? "content" : share < 0.2 ? "puzzled" : "dizzy";
  const face = byId("face");
  if (face.dataset.mood === mood) return;
  face.dataset.mood = mood;
  face.textContent = FACES[mood];
  face.setAttribute("aria-label", `a face, ${mood}`);
}

async function run() {
  try {
    settings = await (await fetch("settings")).json();
  } catch {
    // Without settings there are no links; the answers do not depend on them.
  }
  for (;;) {
    const next = performance.now() + PERIOD;
    if (pause.getAttribute("aria-pressed") !== "true") {
      const answer = await ask();
      show(answer);
      makeFace(answer.status !== 200);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
}

run();
