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
/** @type {Record<string, any>} */
const switches = { slow: byId("slow"), repeat: byId("repeat") };
const pause = byId("pause");
const recent = [];
let settings = { console_url: null, faults: false };
let askedFor = () => ({ parameters: {}, headers: {} });

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
  const switched = Object.entries(switches).filter(([, box]) => box.checked).map(([name]) => [name, "true"]);
  const { parameters, headers } = askedFor();
  const wanted = new URLSearchParams([...switched, ...Object.entries(parameters)]);
  const started = performance.now();
  const answer = { at: new Date(), status: null, text: "", pods: ["", ""], traceId: null, recorded: false };
  try {
    const response = await fetch(`api?${wanted}`, { headers, signal: AbortSignal.timeout(PATIENCE) });
    answer.status = response.status;
    answer.pods = (response.headers.get("x-sample-pod") ?? ",").split(",");
    answer.sampling = response.headers.get("x-ray-sampling");
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
    ...podCells(answer.pods),
    traceCell(answer.traceId),
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

// Which pods answered is for who runs them, and not for who visits a public address.
function podCells([front, back]) {
  return settings.faults ? [cell(front, "pod"), cell(back ?? "", "pod")] : [];
}

function traceCell(traceId) {
  const place = cell("", "trace");
  if (!traceId) return place;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = `…${traceId.slice(-8)}`;
  button.title = `${traceId}: copy`;
  button.setAttribute("aria-label", `copy trace id ${button.textContent}`);
  button.addEventListener("click", async () => {
    byId("copied").textContent = (await copy(traceId)) ? `copied ${traceId}` : traceId;
  });
  place.append(button);
  return place;
}

// Away from localhost and https there is no clipboard; what is selected can still be copied.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
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
function makeFace() {
  const share = recent.filter(({ status }) => status !== 200).length / Math.max(recent.length, 1);
  const mood = share === 0 ? "content" : share < 0.2 ? "puzzled" : "dizzy";
  const face = byId("face");
  if (face.dataset.mood === mood) return;
  face.dataset.mood = mood;
  face.textContent = FACES[mood];
  face.setAttribute("aria-label", `a face, ${mood}`);
}

// What is there for lessons only is loaded only where the service offers it.
async function makeLessons() {
  const { makeFaultPanel } = await import("./faults.js");
  const { makeStatus } = await import("./status.js");
  for (const service of ["front", "back"]) {
    byId("trace-column").before(Object.assign(document.createElement("th"), { textContent: service }));
  }
  const faults = makeFaultPanel(byId("lessons"));
  askedFor = () => {
    const { parameters, headers } = faults();
    return { parameters, headers: { ...headers, "x-ray-debug": "sampling" } };
  };
  makeStatus(byId("lessons"), byId("pod"), () => recent);
}

async function run() {
  makeFace();
  try {
    settings = await (await fetch("settings")).json();
    byId("version").textContent = ["x-ray-sample", settings.version, settings.commit].filter(Boolean).join(" ");
    if (settings.faults) await makeLessons();
  } catch {
    // Without settings there are no links and no lessons; the answers do not depend on them.
  }
  for (;;) {
    const next = performance.now() + PERIOD;
    if (pause.getAttribute("aria-pressed") !== "true") {
      const answer = await ask();
      recent.push(answer);
      if (recent.length > ROWS) recent.shift();
      show(answer);
      makeFace();
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
}

run();
